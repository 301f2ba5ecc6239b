//! `create`: hands a file to the server.

use phoenix_core::experiment::{Experiment, State};
use serde_json::Value;

use crate::args::File;
use crate::document;
use crate::exit::Outcome;
use crate::output::Printer;
use crate::server::{RequestError, Server};

pub(super) async fn create(file: &File, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let document = document::read(&file.file)?;
    let experiment = ask(server, &document, file).await?;
    printer.show(&experiment, |_| {
        let Experiment { name, id, state, .. } = &experiment;
        let next = match (state, experiment.spec.schedule.start) {
            (State::Pending, None) => format!("start it with: phoenixctl start {name}"),
            (State::Pending, Some(start)) => format!("it starts at {start}; follow it with: phoenixctl watch {name}"),
            (_, _) => format!("it was created before; follow it with: phoenixctl watch {name}"),
        };
        format!("experiment {name} ({id}): {state}\n  {next}")
    })?;
    Ok(Outcome::Done)
}

/// Creates the experiment. A name that is in use is the usual mistake of a repeated call, so the answer says what can be done.
pub(super) async fn ask(server: &Server, document: &Value, file: &File) -> Result<Experiment, RequestError> {
    server.create(document).await.map_err(|error| {
        error.hinting("ALREADY_EXISTS", || {
            let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("EXPERIMENT");
            let file = document::name(&file.file);
            format!(
                "follow it with: phoenixctl watch {name}; end it with: phoenixctl cancel {name}; or change metadata.name (or \
                 metadata.id) in {file}"
            )
        })
    })
}
