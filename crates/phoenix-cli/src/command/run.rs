//! `run`: create, start, watch and report in one.

use phoenix_core::experiment::{Experiment, State};
use serde_json::Value;

use crate::args::Run;
use crate::command::{create, watch};
use crate::document;
use crate::exit::Outcome;
use crate::follow::{Goal, Interrupts, Patience, Wishes};
use crate::output::progress::Progress;
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
    let wishes = Wishes {
        goal: Goal::Ended,
        progress: Progress::on_stderr(),
        timeout: args.timeout,
        interrupts: Some(&mut interrupts),
        patience: Patience::default(),
    };
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::routing::post;
    use axum::{Json, Router};
    use phoenix_core::testing::build::experiment;
    use reqwest::header::CONNECTION;
    use serde_json::json;
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;
    use crate::args::{Connection, File, Format};

    /// What the server answers, and then it ends the connection.
    fn answer(state: State) -> axum::routing::MethodRouter {
        let mut experiment = experiment("e1", "one");
        experiment.state = state;
        post(async move || ([(CONNECTION, "close")], Json(experiment)))
    }

    /// All of `run` but its signals, which would be the whole test program's.
    #[tokio::test]
    async fn a_server_that_vanishes_for_good_ends_the_waiting_with_5() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/v1/controller/experiments", answer(State::Pending))
            .route("/v1/controller/experiments/e1/start", answer(State::Initializing));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        let home = tempfile::tempdir().expect("a directory");
        let connection =
            Connection { server: Some(format!("http://{address}")), data_dir: Some(home.path().to_owned()) };
        let server = Server::find(&connection).expect("an address");
        let args = Run { file: File { file: "one.yaml".into() }, timeout: None };
        let created = create_and_start(&args, &server, &json!({})).await.expect("both are answered");
        assert_eq!(created.state, State::Initializing);

        serving.abort();
        assert!(serving.await.is_err_and(|error| error.is_cancelled()));
        // Bound without listening: nobody else can begin to answer there.
        let silent = TcpSocket::new_v4().expect("a socket");
        silent.set_reuseaddr(true).expect("a socket");
        silent.bind(address).expect("free again");
        let patience = Patience { server: Duration::from_millis(1), ..Patience::default() };
        let wishes = Wishes { goal: Goal::Ended, progress: Progress::Quiet, timeout: None, interrupts: None, patience };
        let ended = watch::to_the_end(server, created, wishes, Printer::new(Format::Table));
        let ended = tokio::time::timeout(Duration::from_mins(1), ended).await.expect("its patience ends");
        let error = ended.expect_err("nobody answers");
        assert!(error.to_string().contains(&format!("the server at http://{address} does not answer")), "{error}");
        assert_eq!(Outcome::of_error(&error).code(), 5);
    }
}
