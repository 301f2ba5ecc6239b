//! `completed`, `failed`, `cancelled`: only the cleanup goes on, until it is confirmed.

use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{Cleanup, EventKind, Input, PipelinePhase, Reason};

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        Input::Command(command) => Err(refuse(context, command)),
        Input::Observed(observed) => {
            let gone = observed.iter().all(|(_, pipeline)| pipeline.phase == PipelinePhase::Removed);
            match context.experiment.status.cleanup {
                Cleanup::Pending if gone => Ok(confirm(context)),
                Cleanup::Pending | Cleanup::NotDue | Cleanup::Confirmed | Cleanup::Kept => {
                    Ok(Decision::unchanged(None))
                }
            }
        }
        // Late results and late evidence change nothing.
        Input::Tick
        | Input::EffectEnded { .. }
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => Ok(Decision::unchanged(None)),
    }
}

fn confirm(context: &Context<'_>) -> Decision {
    let mut decision = context.note(EventKind::CleanedUp, Reason::PipelinesRemoved, "", None);
    if let Some(change) = &mut decision.change {
        change.status.cleanup = Cleanup::Confirmed;
    }
    decision
}
