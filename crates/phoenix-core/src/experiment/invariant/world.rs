//! What stores, histories and deployers show of the invariants when one looks at them from outside.

use std::collections::BTreeMap;

use super::step::{has_its_verdict, keeps_time, leaves_nothing_behind};
use super::{Broken, holds, overdue};
use crate::analysis::sample::PairedSample;
use crate::analysis::{Comparison, Verdict};
use crate::experiment::{Cleanup, Desired, Effect, Event, EventKind, Experiment, Pair, Policy, Reason, State, desired};
use crate::id::{EffectId, ExperimentId, Fence, PipelineName, Revision};
use crate::time::{Span, Timestamp};

/// Everything that is stored of one experiment's decisions.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The row.
    pub experiment: &'a Experiment,
    /// The whole history.
    pub history: &'a [Event],
    /// Effects that wait for their result.
    pub pending: &'a [(EffectId, Effect)],
    /// The comparison, if there is one.
    pub comparison: Option<&'a Comparison>,
}

/// Row, history, effects and comparison of an experiment that exists.
pub fn check_record(record: Record<'_>) -> Result<(), Broken> {
    let experiment = record.experiment;
    check_history(record.history)?;
    check_row(record)?;
    check_effects(record)?;
    leaves_nothing_behind(experiment)?;
    has_its_verdict(experiment)?;
    keeps_time(experiment)?;
    check_promotion(experiment, record.comparison)
}

/// The history by itself, also of an experiment that was deleted.
pub fn check_history(history: &[Event]) -> Result<(), Broken> {
    let mut before: Option<&Event> = None;
    for event in history {
        let expected = before.map_or(Revision::FIRST, |before| before.seq.next());
        holds(3, event.seq == expected, || format!("{} follows {before:?}", event.seq))?;
        holds(3, event.from == before.map(|before| before.to), || format!("{event:?} follows {before:?}"))?;
        let moves = event.from.is_none_or(|from| from == event.to || from.may_become(event.to));
        holds(1, moves, || format!("{:?} -> {} at {}", event.from, event.to, event.seq))?;
        let goes_on = before.is_none_or(|before| before.at <= event.at);
        holds(16, goes_on, || format!("{event:?} follows {before:?}"))?;
        before = Some(event);
    }
    check_results(history)
}

/// What follows from the result of an effect happens once.
fn check_results(history: &[Event]) -> Result<(), Broken> {
    let count = |kinds: &[EventKind]| history.iter().filter(|event| kinds.contains(&event.kind)).count();
    for kinds in [
        &[EventKind::Created][..],
        &[EventKind::Started],
        &[EventKind::Deploying],
        &[EventKind::Running],
        &[EventKind::Analyzing],
        &[EventKind::Completed, EventKind::Failed, EventKind::Cancelled],
        &[EventKind::CleanedUp],
        &[EventKind::Deleted],
    ] {
        let times = count(kinds);
        holds(4, times <= 1, || format!("{kinds:?} happened {times} times"))?;
    }
    Ok(())
}

/// The row is what its last event says.
fn check_row(record: Record<'_>) -> Result<(), Broken> {
    let experiment = record.experiment;
    let row = (experiment.revision, experiment.state, experiment.updated_at);
    let told = record.history.last().map(|last| (last.seq, last.to, last.at));
    let counts = told.is_some_and(|(seq, _, _)| seq == experiment.revision);
    holds(3, counts, || format!("the row is at {}, the history ends with {told:?}", experiment.revision))?;
    holds(2, told == Some(row), || format!("the row says {row:?}, the history {told:?}"))
}

/// The effects are those of the present decision: nothing was lost, and nothing of an earlier one is left.
fn check_effects(record: Record<'_>) -> Result<(), Broken> {
    let experiment = record.experiment;
    let effect = match experiment.state {
        State::Initializing => Some(Effect::GeneratePipelines),
        State::Analyzing => Some(Effect::AnalyseSamples),
        State::Pending | State::Deploying | State::Running | State::Completed | State::Failed | State::Cancelled => {
            None
        }
    };
    let id = EffectId { experiment_id: experiment.id.clone(), revision: experiment.revision, ordinal: 0 };
    let expected: Vec<(EffectId, Effect)> = effect.map(|effect| (id, effect)).into_iter().collect();
    holds(2, record.pending == expected.as_slice(), || {
        format!("{} at {} waits for {:?}", experiment.state, experiment.revision, record.pending)
    })
}

fn check_promotion(experiment: &Experiment, comparison: Option<&Comparison>) -> Result<(), Broken> {
    let promotes = experiment.status.verdict == Some(Verdict::Promote);
    let rests = comparison.is_some_and(|one| one.verdict == Verdict::Promote && one.samples.usable() > 0);
    holds(6, !promotes || rests, || format!("promoted on {:?}", comparison.map(|one| (one.verdict, one.samples))))?;
    let is_rejected = experiment.status.ended_by.is_some_and(Reason::rejects_candidate);
    let is_heeded = !is_rejected || experiment.state != State::Completed;
    holds(18, is_heeded || experiment.status.verdict == Some(Verdict::Reject), || {
        format!("{:?} after {:?}", experiment.status.verdict, experiment.status.ended_by)
    })
}

/// What was told before is still told: the history only grows.
pub fn check_growth(earlier: &[Event], later: &[Event]) -> Result<(), Broken> {
    holds(3, later.starts_with(earlier), || format!("{} events were told otherwise before", earlier.len()))
}

/// A commit that a store has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The revision that it was decided about.
    pub expected: Revision,
    /// The revision that was stored.
    pub stored: Option<Revision>,
    /// The fence that it was committed under.
    pub fence: Option<Fence>,
    /// The fence of the present claim, while there is one.
    pub held: Option<Fence>,
}

/// Nobody commits on what has changed since, nor under a claim that is not the present one.
pub fn check_commit(accepted: Accepted) -> Result<(), Broken> {
    let is_current = accepted.stored == Some(accepted.expected);
    let is_held = accepted.fence.is_none() || accepted.fence == accepted.held;
    holds(10, is_current && is_held, || format!("{accepted:?}"))
}

/// No deadline has passed longer ago than `tolerance`.
pub fn check_deadline(policy: &Policy, experiment: &Experiment, now: Timestamp, tolerance: Span) -> Result<(), Broken> {
    let late = overdue(policy, experiment, now).filter(|late| *late > tolerance);
    holds(11, late.is_none(), || {
        format!("{} since {}, late by {late:?}", experiment.state, experiment.status.entered_at)
    })
}

/// One sample per instant, each at a multiple of the interval behind the beginning of the run.
pub fn check_samples(experiment: &Experiment, samples: &[PairedSample]) -> Result<(), Broken> {
    let interval = experiment.spec.schedule.sample_interval;
    let begin = experiment.status.clock.map(|clock| clock.ready_at);
    let mut last = None;
    for sample in samples {
        let instant = sample.instant;
        holds(12, last < Some(instant), || format!("{instant} follows {last:?}"))?;
        holds(12, instant.align_down(interval) == instant, || format!("{instant} is no multiple of {interval}"))?;
        holds(12, begin.is_some_and(|begin| begin < instant), || format!("{instant} lies before {begin:?}"))?;
        last = Some(instant);
    }
    Ok(())
}

/// What was stored of an instant stays, whatever comes later.
pub fn check_kept(earlier: &[PairedSample], later: &[PairedSample]) -> Result<(), Broken> {
    let later: BTreeMap<Timestamp, &PairedSample> = later.iter().map(|sample| (sample.instant, sample)).collect();
    let changed = earlier.iter().find(|sample| later.get(&sample.instant) != Some(sample));
    holds(12, changed.is_none(), || {
        let instant = changed.map(|sample| sample.instant);
        format!("{changed:?} has become {:?}", instant.and_then(|instant| later.get(&instant)))
    })
}

/// A run that has ended has the same evidence for ever.
pub fn check_seal(sealed: &[PairedSample], now: &[PairedSample]) -> Result<(), Broken> {
    holds(13, sealed == now, || format!("{} samples were sealed, now there are {}", sealed.len(), now.len()))
}

/// What runs in the end is desired.
pub fn check_remains<'a>(
    experiments: impl IntoIterator<Item = &'a Experiment>,
    running: &[PipelineName],
) -> Result<(), Broken> {
    let mut wanted = Vec::new();
    for experiment in experiments {
        match desired(experiment) {
            Desired::Present(pipelines) => {
                let Pair { baseline, candidate } = pipelines;
                wanted.extend([baseline.name, candidate.name]);
            }
            Desired::Untouched | Desired::Absent(_) => {}
        }
    }
    let left: Vec<&PipelineName> = running.iter().filter(|name| !wanted.contains(name)).collect();
    holds(14, left.is_empty(), || format!("still running: {left:?}"))
}

/// It has ended, and nothing is left to be done.
pub fn check_end(experiment: &Experiment) -> Result<(), Broken> {
    holds(15, is_over(experiment), || {
        let (state, status) = (experiment.state, &experiment.status);
        format!("{} is {state} with cleanup {:?} at {}", experiment.id, status.cleanup, experiment.revision)
    })
}

/// True when an experiment has ended and nothing is left to be done.
pub fn is_over(experiment: &Experiment) -> bool {
    experiment.state.is_terminal() && experiment.status.cleanup != Cleanup::Pending
}

/// Names of experiments that have not ended are unique within a tenant.
pub fn check_names<'a>(experiments: impl IntoIterator<Item = &'a Experiment>) -> Result<(), Broken> {
    let mut holders: BTreeMap<(String, String), &ExperimentId> = BTreeMap::new();
    for experiment in experiments.into_iter().filter(|experiment| !experiment.state.is_terminal()) {
        let key = (experiment.tenant.to_string(), experiment.name.to_string());
        let other = holders.insert(key, &experiment.id);
        holds(17, other.is_none(), || format!("{} and {other:?} are both {}", experiment.id, experiment.name))?;
    }
    Ok(())
}
