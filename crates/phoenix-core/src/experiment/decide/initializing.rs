//! `initializing`: both configurations are generated and checked. Nothing is deployed yet.

use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{
    Command, EffectOutcome, EventKind, GeneratedPipeline, Input, Pair, PipelineRef, Reason, State,
};

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        Input::Command(command) => match command {
            Command::Cancel { message } => Ok(context.fail_as_cancelled(message)),
            Command::Abort { message } => Ok(context.fail(Reason::AbortRequested, message)),
            Command::Start
            | Command::Stop { .. }
            | Command::Redeploy { .. }
            | Command::Pause { .. }
            | Command::Resume { .. } => Err(refuse(context, command)),
        },
        Input::Tick => Ok(context.wait_or_fail(
            Reason::InitializingDeadline,
            "the configurations were not generated and checked before the deadline",
        )),
        Input::EffectEnded { id, outcome } if context.is_current(id) => Ok(effect_ended(context, outcome)),
        // Superseded results, and observations of pipelines that this experiment does not have yet.
        Input::EffectEnded { .. }
        | Input::Observed(_)
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => Ok(context.wait()),
    }
}

fn effect_ended(context: &Context<'_>, outcome: &EffectOutcome) -> Decision {
    match outcome {
        EffectOutcome::Generated { pipelines, warnings } => deploy(context, pipelines, warnings),
        EffectOutcome::Failed { reason, message } => context.fail(*reason, message),
        EffectOutcome::Analysed(_) => context.wait(),
    }
}

fn deploy(context: &Context<'_>, generated: &Pair<GeneratedPipeline>, warnings: &str) -> Decision {
    let mut change = context.change(State::Deploying, EventKind::Deploying, Reason::Generated, warnings);
    change.status.pipelines = Some(generated.map(|_, pipeline| PipelineRef::from(pipeline)));
    change.generated = Some(Box::new(generated.clone()));
    Decision { change: Some(change), wake_at: Some(context.now) }
}
