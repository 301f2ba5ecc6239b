//! What a single decision can show.

use super::{Broken, due_by, holds};
use crate::analysis::Verdict;
use crate::experiment::{
    Change, Desired, EffectOutcome, Experiment, Input, Policy, Reason, RunClock, State, Status, desired,
};
use crate::time::Timestamp;

/// Checks the step from `before` by `change`, decided about `input`.
pub fn check(now: Timestamp, before: &Experiment, input: &Input, change: &Change) -> Result<(), Broken> {
    let after = before.clone().after(change, now);
    holds(1, follows_the_table(before.state, after.state), || format!("{} -> {}", before.state, after.state))?;
    holds(3, after.revision == before.revision.next(), || format!("{} -> {}", before.revision, after.revision))?;
    holds(4, !is_superseded(before, input), || {
        format!("{} came about a result at revision {}", change.kind, before.revision)
    })?;
    holds(6, rests_on_evidence(before, input, &after), || "promoted on no usable sample".to_owned())?;
    holds(9, keeps_what_is_fixed(&before.status, &after.status), || {
        format!("{:?} became {:?}", before.status, after.status)
    })?;
    holds(16, goes_on_in_time(before, &after), || {
        format!("updated {} -> {}, entered {}", before.updated_at, after.updated_at, after.status.entered_at)
    })?;
    holds(18, heeds_the_end(&after), || format!("{:?} after {:?}", after.status.verdict, after.status.ended_by))?;
    inherited(before, &after)
}

/// What holds of a state by itself. A step is not blamed for what it inherited: a row that was damaged must still come to an end.
fn inherited(before: &Experiment, after: &Experiment) -> Result<(), Broken> {
    for rule in [leaves_nothing_behind, has_its_verdict, keeps_time] {
        if rule(before).is_ok() {
            rule(after)?;
        }
    }
    Ok(())
}

/// Checks that whoever waits looks again by the deadline of the state that `experiment` is in after the decision; at once if it has passed.
pub fn check_wait(
    now: Timestamp,
    policy: &Policy,
    experiment: &Experiment,
    wake_at: Option<Timestamp>,
) -> Result<(), Broken> {
    let Some(due_by) = due_by(policy, experiment).map(|due_by| due_by.max(now)) else { return Ok(()) };
    holds(11, wake_at.is_some_and(|wake_at| wake_at <= due_by), || {
        let woken = wake_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        format!("{} must be left by {due_by} and is looked at again: {woken}", experiment.state)
    })
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
    let promotes = before.status.verdict != after.status.verdict && after.status.verdict == Some(Verdict::Promote);
    !promotes || usable > 0
}

fn keeps_what_is_fixed(before: &Status, after: &Status) -> bool {
    fn kept<T: PartialEq>(before: Option<&T>, after: Option<&T>) -> bool {
        before.is_none() || before == after
    }
    let fixed = |clock: RunClock| (clock.ready_at, clock.planned_samples);
    kept(before.pipelines.as_ref(), after.pipelines.as_ref())
        && kept(before.clock.map(fixed).as_ref(), after.clock.map(fixed).as_ref())
        && kept(before.ended_by.as_ref(), after.ended_by.as_ref())
        && kept(before.verdict.as_ref(), after.verdict.as_ref())
}

fn goes_on_in_time(before: &Experiment, after: &Experiment) -> bool {
    let entered_at = if before.state == after.state { before.status.entered_at } else { after.updated_at };
    after.updated_at >= before.updated_at && after.status.entered_at == entered_at
}

fn heeds_the_end(after: &Experiment) -> bool {
    let is_rejected = after.status.ended_by.is_some_and(Reason::rejects_candidate);
    !is_rejected || after.state != State::Completed || after.status.verdict == Some(Verdict::Reject)
}

pub(super) fn leaves_nothing_behind(experiment: &Experiment) -> Result<(), Broken> {
    let is_left = match desired(experiment) {
        Desired::Present(_) => experiment.state.is_terminal() && !experiment.spec.keep_pipelines,
        Desired::Untouched | Desired::Absent(_) => false,
    };
    holds(5, !is_left, || format!("{} with cleanup {:?}", experiment.state, experiment.status.cleanup))
}

pub(super) fn has_its_verdict(experiment: &Experiment) -> Result<(), Broken> {
    let verdict = experiment.status.verdict;
    holds(7, verdict.is_some() == (experiment.state == State::Completed), || {
        format!("{verdict:?} in {}", experiment.state)
    })
}

pub(super) fn keeps_time(experiment: &Experiment) -> Result<(), Broken> {
    let Some(clock) = experiment.status.clock else { return Ok(()) };
    let now = experiment.updated_at;
    let (elapsed, outage, paused) = (clock.elapsed_at(now), clock.outage_at(now), clock.paused_at(now));
    let since_ready = now.since(clock.ready_at);
    let going_on = [clock.running_since, clock.outage_since, clock.paused_since].into_iter().flatten().count();
    let is_running = experiment.state == State::Running;
    holds(8, elapsed + outage + paused <= since_ready && going_on == usize::from(is_running), || {
        format!("{} after {since_ready}: run {elapsed}, outage {outage}, pause {paused}: {clock:?}", experiment.state)
    })
}
