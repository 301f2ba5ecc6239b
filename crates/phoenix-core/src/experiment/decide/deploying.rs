//! `deploying`: both pipelines are applied; the run begins when both are ready with their current configuration on every targeted host.

use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{
    Command, EventKind, Input, Pair, PipelineObservation, PipelinePhase, PipelineRef, PipelineType, Reason, RunClock,
    State,
};
use crate::time::Timestamp;

const LATE: &str = "the pipelines were not ready before the deadline";

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        Input::Command(command) => match command {
            Command::Cancel { message } => Ok(context.fail_as_cancelled(message)),
            Command::Abort { message } => Ok(context.fail(Reason::AbortRequested, message)),
            Command::Redeploy { pipeline } => Ok(context.redeploy(pipeline.as_str())),
            Command::Start | Command::Stop { .. } | Command::Pause { .. } | Command::Resume { .. } => {
                Err(refuse(context, command))
            }
        },
        Input::Tick => Ok(tick(context)),
        Input::Observed(observed) => Ok(observe(context, observed)),
        // The generator's result was taken already; nothing is sampled yet.
        Input::EffectEnded { .. }
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => Ok(Decision::unchanged(next_look(context))),
    }
}

fn tick(context: &Context<'_>) -> Decision {
    if context.is_past(context.deadline()) {
        return context.fail(Reason::DeployingDeadline, LATE);
    }
    if context.is_past(context.experiment.spec.schedule.end) {
        return context.fail(Reason::ScheduledEnd, "the scheduled end has come before both pipelines were ready");
    }
    Decision::unchanged(next_look(context))
}

fn next_look(context: &Context<'_>) -> Option<Timestamp> {
    context.deadline().into_iter().chain(context.experiment.spec.schedule.end).min()
}

fn observe(context: &Context<'_>, observed: &Pair<PipelineObservation>) -> Decision {
    for (kind, pipeline) in observed.iter() {
        if pipeline.phase == PipelinePhase::Failed {
            return context.fail(Reason::PipelineFailed, &format!("{kind}: {}", pipeline.message));
        }
    }
    if let Some(pipelines) = &context.experiment.status.pipelines
        && observed.iter().all(|(kind, pipeline)| is_current(pipeline, pipelines.get(kind)))
    {
        return run(context);
    }
    if context.is_past(context.deadline()) {
        let message = format!("{LATE}: {}", unready(observed));
        return context.fail(Reason::DeployingDeadline, &message);
    }
    tick(context)
}

/// Which pipelines are not ready, and what they wait for.
fn unready(observed: &Pair<PipelineObservation>) -> String {
    let one = |(kind, pipeline): (PipelineType, &PipelineObservation)| match pipeline.message.as_str() {
        "" => format!("the {kind} is {}", pipeline.phase),
        message => format!("the {kind} is {} ({message})", pipeline.phase),
    };
    observed.iter().filter(|(_, pipeline)| !pipeline.is_ready()).map(one).collect::<Vec<_>>().join(", ")
}

/// Ready, and not with an older configuration.
fn is_current(observed: &PipelineObservation, wanted: &PipelineRef) -> bool {
    observed.is_ready()
        && observed.name == wanted.name
        && observed.hosts.iter().all(|host| host.config_hash.as_ref() == Some(&wanted.hash))
}

fn run(context: &Context<'_>) -> Decision {
    let schedule = &context.experiment.spec.schedule;
    let length = match schedule.end {
        Some(end) => schedule.duration.min(end.since(context.now)),
        None => schedule.duration,
    };
    let planned = length.saturating_sub(schedule.warm_up).count_of(schedule.sample_interval);
    let mut change = context.change(State::Running, EventKind::Running, Reason::PipelinesReady, "");
    change.status.clock = Some(RunClock::start(context.now, planned));
    Decision { change: Some(change), wake_at: Some(context.now + length) }
}
