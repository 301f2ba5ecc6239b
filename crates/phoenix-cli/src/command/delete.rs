//! `delete`: removes an experiment that has ended; its history stays.

use serde_json::json;

use crate::args::Reference;
use crate::exit::Outcome;
use crate::output::Printer;
use crate::server::Server;

pub(super) async fn delete(args: &Reference, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let reference = &args.experiment;
    server.delete(reference).await.map_err(|error| {
        error.hinting("STATE_TRANSITION_INVALID", || format!("see where it is with: phoenixctl get {reference}"))
    })?;
    printer.show(&json!({ "deleted": reference }), |_| format!("experiment {reference}: deleted"))?;
    Ok(Outcome::Done)
}
