//! `start`, `stop` and `cancel`: one request under three names.

use crate::args::{Reference, WithReason};
use crate::exit::Outcome;
use crate::output::Printer;
use crate::server::Server;

pub(super) async fn start(args: &Reference, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.experiment, "start", "", server, printer).await
}

pub(super) async fn stop(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "stop", &args.reason, server, printer).await
}

pub(super) async fn cancel(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "cancel", &args.reason, server, printer).await
}

async fn command(
    reference: &str,
    command: &str,
    reason: &str,
    server: &Server,
    printer: Printer,
) -> anyhow::Result<Outcome> {
    let experiment = server.command(reference, command, reason).await.map_err(|error| {
        error.hinting("STATE_TRANSITION_INVALID", || format!("see where it is with: phoenixctl get {reference}"))
    })?;
    printer.show(&experiment, |_| {
        let name = &experiment.name;
        let next = if experiment.state.is_terminal() {
            format!("what it came to: phoenixctl report {name}")
        } else {
            format!("follow it with: phoenixctl watch {name}")
        };
        format!("experiment {name}: {}\n  {next}", experiment.state)
    })?;
    Ok(Outcome::Done)
}
