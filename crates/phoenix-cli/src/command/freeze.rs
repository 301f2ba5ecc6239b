//! `freeze` and `thaw`: whether anything new may start.

use phoenix_core::ports::control::Freeze;

use crate::args::FreezeArgs;
use crate::command::list::short;
use crate::exit::Outcome;
use crate::output::{Printer, line, note};
use crate::server::{FreezeState, Server};

pub(super) async fn freeze(args: &FreezeArgs, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    if args.show {
        let state = server.freeze_state().await?;
        printer.show(&state, |_| shown(&state))?;
        return Ok(Outcome::Done);
    }
    let state = server.freeze(&args.reason).await?;
    printer.show(&state, |_| shown(&state))?;
    if state.freeze.as_ref().is_some_and(|freeze| freeze.reason != args.reason) {
        note("it was frozen before, and that freeze stays as it is; to give another reason, thaw and freeze again");
    }
    Ok(Outcome::Done)
}

pub(super) async fn thaw(server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let state = server.thaw().await?;
    printer.show(&state, |_| {
        "the controller is not frozen any more\n  scheduled starts that are overdue follow within seconds; start others with: phoenixctl \
         start EXPERIMENT"
            .to_owned()
    })?;
    Ok(Outcome::Done)
}

/// `the controller is frozen since 2026-12-01T08:00:00Z by local: release 4.2`
fn shown(state: &FreezeState) -> String {
    let Some(Freeze { since, actor, reason }) = state.freeze.as_ref().filter(|_| state.frozen) else {
        return "the controller is not frozen".to_owned();
    };
    let why = if reason.is_empty() { String::new() } else { format!(": {}", line(reason)) };
    let since = short(&since.to_string());
    format!(
        "the controller is frozen since {since} by {actor}{why}\n  nothing new starts, what has started goes on; end it with: phoenixctl thaw"
    )
}
