//! `watch`: follows an experiment to its end and prints its report.

use phoenix_core::experiment::Experiment;

use crate::args::Watch;
use crate::exit::Outcome;
use crate::follow::{End, Goal, Patience, Wishes, follow};
use crate::output::progress::Progress;
use crate::output::{Printer, note, report};
use crate::server::Server;

pub(super) async fn watch(args: &Watch, server: Server, printer: Printer) -> anyhow::Result<Outcome> {
    let experiment = server.experiment(&args.reference.experiment).await?;
    // An interrupt ends the program, not the experiment: somebody else may have started it.
    let wishes = Wishes {
        goal: Goal::Ended,
        progress: Progress::on_stderr(),
        timeout: args.timeout,
        interrupts: None,
        patience: Patience::default(),
    };
    to_the_end(server, experiment, wishes, printer).await
}

/// Follows an experiment, and prints its report if it ended.
pub(super) async fn to_the_end(
    mut server: Server,
    experiment: Experiment,
    wishes: Wishes<'_>,
    printer: Printer,
) -> anyhow::Result<Outcome> {
    let name = experiment.name.clone();
    let timeout = wishes.timeout;
    let (followed, end) = follow(&mut server, experiment, wishes).await.inspect_err(|error| {
        if error.may_pass() {
            note(&format!(
                "not waiting for the server any more; follow the experiment later with: phoenixctl watch {name}"
            ));
        }
    })?;
    if !followed.state.is_terminal() {
        let why = match (end, timeout) {
            (End::TimedOut, Some(timeout)) => format!("has not ended within {timeout}"),
            (End::TimedOut | End::Ended | End::Reached | End::Interrupted, _) => {
                "is not waited for any more".to_owned()
            }
        };
        note(&format!(
            "experiment {name} {why}: it is {} and goes on\n  follow it with: phoenixctl watch {name}; end it with: phoenixctl cancel {name}",
            followed.state
        ));
        return Ok(Outcome::WaitedTooLong);
    }
    let outcome = Outcome::of_experiment(&followed);
    // By its id: the name may belong to the next experiment by now.
    let mut answer = server.report(followed.id.as_str()).await?;
    if !printer.is_for_programs() {
        server.complete_message(&mut answer.experiment).await;
    }
    printer.show(&answer, |paint| report::render(&answer, paint))?;
    if let (Outcome::ExperimentFailed, Some(reason)) = (outcome, followed.status.reason) {
        note(&format!("more: phoenixctl explain {reason}"));
    }
    Ok(outcome)
}
