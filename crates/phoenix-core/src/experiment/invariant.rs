//! The numbered invariants of the crate, as far as a single step of one experiment can show them. The numbers are those of the crate's
//! documentation; what only a store can keep (2) is in the contract suites.
//!
//! [`crate::experiment::decide()`] checks every change against them in debug builds, and so does every test that decides anything.

use crate::analysis::Verdict;
use crate::experiment::{Change, Desired, EffectOutcome, Experiment, Input, State, desired};
use crate::time::Timestamp;

/// A step that breaks an invariant: a defect of the state machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invariant {number} is broken: {text}")]
pub(super) struct Broken {
    number: u8,
    text: &'static str,
}

/// Checks the step from `before` by `change`, decided about `input`.
pub(super) fn check(now: Timestamp, before: &Experiment, input: &Input, change: &Change) -> Result<(), Broken> {
    let after = before.clone().after(change, now);
    let rules = [
        (1, "a state changes only along the table", follows_the_table(before.state, after.state)),
        (3, "every decision counts one revision", after.revision == before.revision.next()),
        (4, "a superseded result changes nothing", !is_superseded(before, input)),
        (5, "in a terminal state nothing is desired to be deployed unless it is kept", leaves_nothing_behind(&after)),
        (6, "nothing is promoted without a usable sample", rests_on_evidence(before, input, &after)),
        (7, "there is a verdict in completed and nowhere else", has_its_verdict(&after)),
        (8, "the clock counts no time twice and none that has not passed", keeps_time(&after, now)),
    ];
    match rules.into_iter().find(|(_, _, holds)| !holds) {
        Some((number, text, _)) => Err(Broken { number, text }),
        None => Ok(()),
    }
}

fn follows_the_table(from: State, to: State) -> bool {
    from == to || from.may_become(to)
}

fn is_superseded(before: &Experiment, input: &Input) -> bool {
    match input {
        Input::EffectEnded { id, .. } => id.experiment_id != before.id || id.revision != before.revision,
        Input::Command(_)
        | Input::Tick
        | Input::Observed(_)
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => false,
    }
}

fn leaves_nothing_behind(after: &Experiment) -> bool {
    match desired(after) {
        Desired::Present(_) => !after.state.is_terminal() || after.spec.keep_pipelines,
        Desired::Untouched | Desired::Absent(_) => true,
    }
}

fn rests_on_evidence(before: &Experiment, input: &Input, after: &Experiment) -> bool {
    let usable = match input {
        Input::EffectEnded { outcome: EffectOutcome::Analysed(analysed), .. } => analysed.usable_samples,
        Input::EffectEnded { .. }
        | Input::Command(_)
        | Input::Tick
        | Input::Observed(_)
        | Input::OutageBegan { .. }
        | Input::OutageEnded { .. }
        | Input::GuardrailBreached { .. }
        | Input::CandidateEmitsNothing => 0,
    };
    let promotes = before.state != after.state && after.status.verdict == Some(Verdict::Promote);
    !promotes || usable > 0
}

fn has_its_verdict(after: &Experiment) -> bool {
    after.status.verdict.is_some() == (after.state == State::Completed)
}

fn keeps_time(after: &Experiment, now: Timestamp) -> bool {
    after.status.clock.is_none_or(|clock| {
        let passed = now.since(clock.ready_at);
        clock.elapsed_at(now) + clock.outage_at(now) + clock.paused_at(now) <= passed
            && !(clock.running_since.is_some() && clock.outage_since.is_some())
    })
}
