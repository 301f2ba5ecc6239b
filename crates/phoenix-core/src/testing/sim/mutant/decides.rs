//! Decision functions with one defect each, around the real one.

use crate::analysis::Verdict;
use crate::experiment::{
    Change, Cleanup, Command, Decision, EffectOutcome, EventKind, Experiment, Input, Policy, Reason, Rejected, State,
    decide,
};
use crate::id::EffectId;
use crate::time::{Span, Timestamp};

type Answer = Result<Decision, Rejected>;

/// The real decision with its change put to rights, or rather to wrongs.
fn changed(answer: Answer, mut change: impl FnMut(&mut Change)) -> Answer {
    answer.map(|mut decision| {
        if let Some(one) = &mut decision.change {
            change(one);
        }
        decision
    })
}

pub(super) fn takes_an_arrow_that_is_not_there(
    now: Timestamp,
    policy: &Policy,
    e: &Experiment,
    input: &Input,
) -> Answer {
    let starts = matches!(input, Input::Command(Command::Start));
    changed(decide(now, policy, e, input), |change| {
        if starts {
            change.to = State::Running;
        }
    })
}

pub(super) fn applies_late_results(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    let Input::EffectEnded { id, outcome } = input else { return decide(now, policy, e, input) };
    let id = EffectId { revision: e.revision, ..id.clone() };
    decide(now, policy, e, &Input::EffectEnded { id, outcome: outcome.clone() })
}

pub(super) fn keeps_pipelines(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if change.status.cleanup == Cleanup::Pending {
            change.status.cleanup = Cleanup::Kept;
        }
    })
}

pub(super) fn promotes_without_evidence(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    let is_analysed = matches!(input, Input::EffectEnded { outcome: EffectOutcome::Analysed(_), .. });
    changed(decide(now, policy, e, input), |change| {
        if is_analysed && change.reason == Reason::EvidenceNeverCame {
            change.to = State::Completed;
            change.kind = EventKind::Completed;
            change.status.verdict = Some(Verdict::Promote);
        }
    })
}

pub(super) fn keeps_a_verdict_in_failed(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if e.state == State::Analyzing && change.to == State::Failed {
            change.status.verdict = Some(Verdict::Inconclusive);
        }
    })
}

pub(super) fn counts_an_outage_as_run(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if let Some(clock) = change.status.clock.as_mut().filter(|_| change.kind == EventKind::OutageEnded) {
            clock.elapsed = clock.elapsed + clock.outage_used;
        }
    })
}

pub(super) fn counts_a_pause_as_run(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if let Some(clock) = change.status.clock.as_mut().filter(|_| change.kind == EventKind::Resumed) {
            clock.elapsed = clock.elapsed + clock.paused;
        }
    })
}

pub(super) fn plans_again(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if let Some(clock) = change.status.clock.as_mut().filter(|_| e.state == State::Running) {
            clock.planned_samples += 1;
        }
    })
}

pub(super) fn forgets_deadlines(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    let decision = decide(now, policy, e, input)?;
    let is_by_time = |change: &Change| {
        matches!(
            change.reason,
            Reason::PendingExpired
                | Reason::InitializingDeadline
                | Reason::DeployingDeadline
                | Reason::AnalyzingDeadline
                | Reason::DurationElapsed
                | Reason::ScheduledEnd
                | Reason::OutageBudgetExhausted
        )
    };
    let is_by_time = decision.change.as_ref().is_some_and(is_by_time);
    Ok(if is_by_time { Decision { change: None, wake_at: None } } else { decision })
}

pub(super) fn never_confirms(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    let decision = decide(now, policy, e, input)?;
    let confirms = decision.change.as_ref().is_some_and(|change| change.kind == EventKind::CleanedUp);
    Ok(if confirms { Decision { change: None, wake_at: None } } else { decision })
}

pub(super) fn enters_in_the_past(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if change.to != e.state {
            change.status.entered_at = change.status.entered_at - Span::from_secs(1);
        }
    })
}

pub(super) fn forgives_a_breach(now: Timestamp, policy: &Policy, e: &Experiment, input: &Input) -> Answer {
    changed(decide(now, policy, e, input), |change| {
        if change.to == State::Completed && change.status.verdict == Some(Verdict::Reject) {
            change.status.verdict = Some(Verdict::Inconclusive);
        }
    })
}
