//! `start`, `pause`, `resume`, `stop`, `cancel` and `abort`: one request under six names.

use crate::args::{Abort, Reference, WithReason};
use crate::command::list::state;
use crate::exit::Outcome;
use crate::output::Printer;
use crate::server::Server;

pub(super) async fn start(args: &Reference, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.experiment, "start", "", server, printer).await
}

pub(super) async fn pause(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "pause", &args.reason, server, printer).await
}

pub(super) async fn resume(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "resume", &args.reason, server, printer).await
}

pub(super) async fn stop(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "stop", &args.reason, server, printer).await
}

pub(super) async fn cancel(args: &WithReason, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "cancel", &args.reason, server, printer).await
}

pub(super) async fn abort(args: &Abort, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    command(&args.reference.experiment, "abort", &args.reason, server, printer).await
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
        } else if command == "pause" {
            format!("go on with: phoenixctl resume {name}")
        } else {
            format!("follow it with: phoenixctl watch {name}")
        };
        format!("experiment {name}: {}\n  {next}", state(&experiment))
    })?;
    Ok(Outcome::Done)
}
