//! `analyzing`: the evidence is sealed; the comparison and the verdict are computed from it.

use crate::analysis::Verdict;
use crate::experiment::decide::{Context, Decision, Rejected, refuse};
use crate::experiment::{Analysed, Command, EffectOutcome, EventKind, Input, Reason, State};

pub(super) fn decide(context: &Context<'_>, input: &Input) -> Result<Decision, Rejected> {
    match input {
        // The state lasts a moment, and the verdict is not to depend on who is faster; an abort asks for none.
        Input::Command(command) => match command {
            Command::Abort { message } => Ok(context.fail(Reason::AbortRequested, message)),
            Command::Start
            | Command::Stop { .. }
            | Command::Cancel { .. }
            | Command::Redeploy { .. }
            | Command::Pause { .. }
            | Command::Resume { .. } => Err(refuse(context, command)),
        },
        Input::Tick => {
            Ok(context.wait_or_fail(Reason::AnalyzingDeadline, "the comparison was not computed before the deadline"))
        }
        Input::EffectEnded { id, outcome } if context.is_current(id) => Ok(effect_ended(context, outcome)),
        // Superseded results, and evidence that came after the seal.
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
        EffectOutcome::Analysed(analysed) => conclude(context, analysed),
        EffectOutcome::Failed { reason, message } => context.fail(*reason, message),
        EffectOutcome::Generated { .. } => context.wait(),
    }
}

fn conclude(context: &Context<'_>, analysed: &Analysed) -> Decision {
    let rejected_by = context.experiment.status.ended_by.filter(|reason| reason.rejects_candidate());
    if analysed.usable_samples == 0 && rejected_by.is_none() {
        return context.fail(Reason::EvidenceNeverCame, "there was no usable sample of both pipelines");
    }
    let (verdict, reason) = match rejected_by {
        Some(reason) => (Verdict::Reject, reason),
        None => (analysed.verdict, Reason::Analysed),
    };
    let message = match rejected_by {
        Some(_) => context.experiment.status.message.as_str(),
        None => analysed.message.as_str(),
    };
    let mut change = context.change(State::Completed, EventKind::Completed, reason, message);
    change.status.verdict = Some(verdict);
    Decision { change: Some(change), wake_at: Some(context.now) }
}
