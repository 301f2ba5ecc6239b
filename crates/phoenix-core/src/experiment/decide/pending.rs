//! `pending`: waits for the scheduled start, or for the start command when none is set.

use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{Command, Effect, EventKind, Input, Reason, State};
use crate::time::Span;

/// How often a scheduled start is tried while the controller is frozen.
const FROZEN_POLL: Span = Span::from_secs(10);

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        Input::Command(command) => match command {
            Command::Start if context.policy.frozen => Err(Rejected::Frozen),
            Command::Start => Ok(start(context, Reason::StartRequested)),
            Command::Cancel { message } => Ok(context.cancel(Reason::CancelRequested, message)),
            Command::Stop { .. }
            | Command::Abort { .. }
            | Command::Redeploy { .. }
            | Command::Pause { .. }
            | Command::Resume { .. } => Err(refuse(context, command)),
        },
        Input::Tick => Ok(tick(context)),
        // Nothing is deployed or asked for yet: anything that arrives here is late.
        Input::Observed(_)
        | Input::EffectEnded { .. }
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => Ok(Decision::unchanged(wake_at(context))),
    }
}

fn tick(context: &Context<'_>) -> Decision {
    let schedule = &context.experiment.spec.schedule;
    if context.is_past(schedule.end) {
        return context.cancel(Reason::PendingExpired, "the scheduled end has come before the start");
    }
    if context.is_past(schedule.start) && !context.policy.frozen {
        return start(context, Reason::ScheduledStart);
    }
    if context.is_past(context.deadline()) {
        return context.cancel(Reason::PendingExpired, "nobody started it before the deadline of pending");
    }
    Decision::unchanged(wake_at(context))
}

fn start(context: &Context<'_>, reason: Reason) -> Decision {
    let mut change = context.change(State::Initializing, EventKind::Started, reason, "");
    change.effects.push(Effect::GeneratePipelines);
    Decision { change: Some(change), wake_at: Some(context.now) }
}

fn wake_at(context: &Context<'_>) -> Option<crate::time::Timestamp> {
    let schedule = &context.experiment.spec.schedule;
    // A start that has come and may not happen is tried again; the end of the freeze wakes nobody.
    let start =
        schedule.start.map(|start| if context.policy.frozen { start.max(context.now + FROZEN_POLL) } else { start });
    [start, schedule.end, context.deadline()].into_iter().flatten().min()
}
