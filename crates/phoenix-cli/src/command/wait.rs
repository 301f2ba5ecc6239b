//! `wait`: quiet until an experiment has ended, or has come to a state.

use crate::args::Wait;
use crate::command::list::state;
use crate::exit::Outcome;
use crate::follow::{End, Patience, Wishes, follow};
use crate::output::progress::Progress;
use crate::output::{Printer, note};
use crate::server::Server;

pub(super) async fn wait(args: &Wait, mut server: Server, printer: Printer) -> anyhow::Result<Outcome> {
    let Wait { goal, timeout, .. } = *args;
    let experiment = server.experiment(&args.reference.experiment).await?;
    let wishes = Wishes { goal, progress: Progress::Quiet, timeout, interrupts: None, patience: Patience::default() };
    let (experiment, end) = follow(&mut server, experiment, wishes).await?;
    let name = &experiment.name;
    if end == End::TimedOut {
        let in_time = timeout.map_or_else(String::new, |timeout| format!(" within {timeout}"));
        let wanted = goal.as_str();
        note(&format!(
            "experiment {name} is not {wanted}{in_time}: it is {} and goes on\n  see what it does with: phoenixctl watch {name}",
            state(&experiment)
        ));
        return Ok(Outcome::WaitedTooLong);
    }
    printer.show(&experiment, |_| {
        let result = match (experiment.status.verdict, experiment.status.reason) {
            (Some(verdict), _) => format!(", {verdict}"),
            (None, Some(reason)) if experiment.state.is_terminal() => format!(", {reason}"),
            (None, Some(_) | None) => String::new(),
        };
        format!("experiment {name}: {}{result}", state(&experiment))
    })?;
    Ok(if end == End::Reached { Outcome::Done } else { Outcome::of_experiment(&experiment) })
}
