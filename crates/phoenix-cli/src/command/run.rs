//! `run`: create, start, watch and report in one.

use phoenix_core::experiment::{Experiment, State};
use serde_json::Value;

use crate::args::Run;
use crate::command::{create, watch};
use crate::document;
use crate::exit::Outcome;
use crate::follow::{Interrupts, Wishes};
use crate::output::{Printer, note};
use crate::server::{RequestError, Server};

pub(super) async fn run(args: &Run, server: Server, printer: Printer) -> anyhow::Result<Outcome> {
    let document = document::read(&args.file.file)?;
    // Before anything exists that an interrupt would leave behind.
    let mut interrupts = Interrupts::listen()?;
    let Some(experiment) = interrupts.unless_twice(create_and_start(args, &server, &document)).await else {
        note("not waiting for the answer of the server any more; it may have created the experiment: phoenixctl list");
        return Ok(Outcome::WaitedTooLong);
    };
    let wishes = Wishes { timeout: args.timeout, interrupts: Some(&mut interrupts) };
    watch::to_the_end(server, experiment?, wishes, printer).await
}

async fn create_and_start(args: &Run, server: &Server, document: &Value) -> Result<Experiment, RequestError> {
    let experiment = create::ask(server, document, &args.file).await?;
    let Experiment { name, id, state, .. } = &experiment;
    if *state != State::Pending {
        // The file gives an id, so the same request is the same experiment.
        note(&format!("experiment {name} ({id}) was created before and is {state}; following it"));
        return Ok(experiment);
    }
    note(&format!("experiment {name} ({id}) created"));
    // With a scheduled start it starts by itself.
    if experiment.spec.schedule.start.is_some() {
        return Ok(experiment);
    }
    server.command(id.as_str(), "start", "").await.inspect_err(|_| {
        note(&format!("experiment {name} was created and could not be started; try: phoenixctl start {name}"));
    })
}
