//! `running`: warm-up, then samples, until the duration has passed, the scheduled end, a stop request, or a guardrail.

use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{Command, EventKind, Input, Pair, Party, PipelineObservation, PipelinePhase, Reason, RunClock};
use crate::time::Timestamp;

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        Input::Command(command) => match command {
            Command::Stop { message } => Ok(context.analyse(Reason::StopRequested, message)),
            Command::Cancel { message } => Ok(context.cancel(Reason::CancelRequested, message)),
            Command::Abort { message } => Ok(context.fail(Reason::AbortRequested, message)),
            Command::Redeploy { pipeline } => Ok(context.redeploy(pipeline.as_str())),
            Command::Pause { message } => Ok(pause(context, message)),
            Command::Resume { message } => Ok(resume(context, message)),
            Command::Start => Err(refuse(context, command)),
        },
        Input::Tick => Ok(tick(context)),
        Input::Observed(observed) => Ok(observe(context, observed)),
        Input::OutageBegan { .. } | Input::OutageEnded { .. } | Input::CandidateEmitsNothing if is_paused(context) => {
            Ok(Decision::unchanged(next_look(context)))
        }
        Input::OutageBegan { since } => Ok(outage_began(context, *since)),
        Input::OutageEnded { at } => Ok(outage_ended(context, *at)),
        // A breach ends a paused run too: guardrails are there for the hosts, and those do not pause.
        Input::GuardrailBreached { by, message } => Ok(breached(context, *by, message)),
        Input::CandidateEmitsNothing => Ok(context.analyse(
            Reason::CandidateEmitsNothing,
            "the candidate is up and emits nothing, while the baseline has series",
        )),
        // The generator's result was taken two states ago.
        Input::EffectEnded { .. } => Ok(Decision::unchanged(next_look(context))),
    }
}

fn tick(context: &Context<'_>) -> Decision {
    let Some(clock) = context.experiment.status.clock else {
        // Unreachable through `decide`: the clock is set on entering the state. A damaged row must not run for ever.
        return context.fail(Reason::EvidenceNeverCame, "the experiment has no clock");
    };
    let schedule = &context.experiment.spec.schedule;
    if context.is_past(schedule.end) {
        return context.analyse(Reason::ScheduledEnd, "");
    }
    if context.is_past(clock.ends_at(schedule.duration)) {
        return context.analyse(Reason::DurationElapsed, "");
    }
    if context.is_past(budget_ends_at(context, clock)) {
        return exhausted(context);
    }
    Decision::unchanged(next_look(context))
}

fn observe(context: &Context<'_>, observed: &Pair<PipelineObservation>) -> Decision {
    let failed = observed.map(|_, pipeline| pipeline.phase == PipelinePhase::Failed);
    let by = match (failed.baseline, failed.candidate) {
        (false, false) => return tick(context),
        (true, true) => Party::Both,
        (true, false) => Party::Baseline,
        (false, true) => Party::Candidate,
    };
    let message = observed
        .iter()
        .filter(|(_, pipeline)| pipeline.phase == PipelinePhase::Failed)
        .map(|(kind, pipeline)| format!("{kind}: {}", pipeline.message))
        .collect::<Vec<_>>()
        .join("; ");
    breached(context, by, &message)
}

/// A breach by the candidate alone is a result; by the baseline, or by both, the experiment could not be carried out.
fn breached(context: &Context<'_>, by: Party, message: &str) -> Decision {
    match by {
        Party::Candidate => context.analyse(Reason::GuardrailBreached, message),
        Party::Baseline | Party::Both => context.fail(Reason::GuardrailBreached, message),
    }
}

fn outage_began(context: &Context<'_>, since: Timestamp) -> Decision {
    match context.experiment.status.clock {
        Some(clock) if clock.outage_since.is_none() => {
            // An instant that this clock has not reached yet must not be counted as run.
            let clock = clock.stopped(since.min(context.now));
            let wake_at = wake_at(context, Some(clock));
            with_clock(context.note(EventKind::OutageBegan, Reason::OutageBegan, "", wake_at), clock)
        }
        Some(_) | None => Decision::unchanged(next_look(context)),
    }
}

fn outage_ended(context: &Context<'_>, at: Timestamp) -> Decision {
    match context.experiment.status.clock {
        Some(clock) if clock.outage_since.is_some() => {
            let at = at.min(context.now);
            // Whoever is first after a long outage, the end of it or a tick: the budget is used up.
            if budget_ends_at(context, clock).is_some_and(|end| at >= end) {
                return exhausted(context);
            }
            let clock = clock.resumed(at);
            let wake_at = wake_at(context, Some(clock));
            with_clock(context.note(EventKind::OutageEnded, Reason::OutageEnded, "", wake_at), clock)
        }
        Some(_) | None => Decision::unchanged(next_look(context)),
    }
}

fn is_paused(context: &Context<'_>) -> bool {
    context.experiment.status.clock.is_some_and(|clock| clock.paused_since.is_some())
}

/// To pause a paused run changes nothing: whoever asks twice has what was asked for.
fn pause(context: &Context<'_>, message: &str) -> Decision {
    match context.experiment.status.clock {
        Some(clock) if clock.paused_since.is_none() => {
            let wake_at = context.experiment.spec.schedule.end;
            with_clock(
                context.note(EventKind::Paused, Reason::PauseRequested, message, wake_at),
                clock.paused(context.now),
            )
        }
        Some(_) | None => Decision::unchanged(next_look(context)),
    }
}

fn resume(context: &Context<'_>, message: &str) -> Decision {
    match context.experiment.status.clock {
        Some(clock) if clock.paused_since.is_some() => {
            let clock = clock.unpaused(context.now);
            let wake_at = wake_at(context, Some(clock));
            with_clock(context.note(EventKind::Resumed, Reason::ResumeRequested, message, wake_at), clock)
        }
        Some(_) | None => Decision::unchanged(next_look(context)),
    }
}

fn with_clock(mut decision: Decision, clock: RunClock) -> Decision {
    if let Some(change) = &mut decision.change {
        change.status.clock = Some(clock);
    }
    decision
}

fn exhausted(context: &Context<'_>) -> Decision {
    context.analyse(Reason::OutageBudgetExhausted, "evidence could not be had for longer than the outage budget")
}

/// When the outage budget will be used up if the present outage goes on.
fn budget_ends_at(context: &Context<'_>, clock: RunClock) -> Option<Timestamp> {
    let rest = context.experiment.spec.policy.outage_budget.saturating_sub(clock.outage_used);
    clock.outage_since.map(|since| since + rest)
}

/// When to look again while nothing changes.
fn next_look(context: &Context<'_>) -> Option<Timestamp> {
    wake_at(context, context.experiment.status.clock)
}

/// When the run ends by itself, by this clock.
fn wake_at(context: &Context<'_>, clock: Option<RunClock>) -> Option<Timestamp> {
    let schedule = &context.experiment.spec.schedule;
    let ends_at = clock.and_then(|clock| clock.ends_at(schedule.duration));
    let budget = clock.and_then(|clock| budget_ends_at(context, clock));
    [schedule.end, ends_at, budget].into_iter().flatten().min()
}
