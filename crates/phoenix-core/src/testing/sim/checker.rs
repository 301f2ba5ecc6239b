//! Looks at the store after everything that happens, and judges it by the numbered invariants.

use std::collections::BTreeMap;

use crate::analysis::sample::PairedSample;
use crate::experiment::invariant::{Broken, overdue, world};
use crate::experiment::{Event, Experiment, Policy, State};
use crate::id::{ExperimentId, Revision};
use crate::ports::store::ExperimentStore as _;
use crate::testing::sim::Coverage;
use crate::testing::sim::replica::LEASE;
use crate::testing::sim::stage::{Stage, at_once};
use crate::time::{Span, Timestamp};

/// How late a deadline may be met: a replica that died keeps its claim until the lease ends, and then somebody else has to be told.
const TOLERANCE: Span = Span::from_micros(LEASE.as_micros() + 5_000_000);
/// Most events and samples of one experiment that are looked at.
const ALL: u32 = 1_000_000;

/// What was seen so far.
#[derive(Default)]
pub(super) struct Checker {
    known: BTreeMap<ExperimentId, Known>,
    /// The latest instant that the clock showed before it was set back: until then, what happened in the future is in the way.
    horizon: Option<Timestamp>,
}

#[derive(Default)]
struct Known {
    /// `None` once it is deleted.
    row: Option<Experiment>,
    history: Vec<Event>,
    evidence: Vec<PairedSample>,
    is_sealed: bool,
    /// How long it has been overdue while a replica was at work and nothing disturbed it.
    overdue: Span,
}

impl Checker {
    /// Looks at what has changed.
    pub(super) fn look(&mut self, stage: &Stage) -> Result<(), Broken> {
        if let Some(broken) = stage.broken() {
            return Err(broken);
        }
        let changed = stage.witness.changed();
        for id in &changed {
            self.look_at(stage, id)?;
        }
        if changed.is_empty() { Ok(()) } else { world::check_names(self.rows()) }
    }

    fn look_at(&mut self, stage: &Stage, id: &ExperimentId) -> Result<(), Broken> {
        let row = answered(at_once(stage.witness.load(id)));
        let history = answered(at_once(stage.events.history(id, Revision(0), ALL)));
        let known = self.known.entry(id.clone()).or_default();
        world::check_growth(&known.history, &history)?;
        if let Some(experiment) = &row {
            let pending = answered(at_once(stage.outbox.pending(id)));
            let pending: Vec<_> = pending.into_iter().map(|one| (one.id, one.effect)).collect();
            let comparison = answered(at_once(stage.reports.comparison(id)));
            world::check_record(world::Record {
                experiment,
                history: &history,
                pending: &pending,
                comparison: comparison.as_ref(),
            })?;
            known.look_at_evidence(stage, experiment)?;
        } else {
            world::check_history(&history)?;
        }
        known.overdue = Span::ZERO;
        known.history = history;
        known.row = row;
        Ok(())
    }

    /// So much time has passed in which a replica was at work and nothing disturbed it.
    pub(super) fn waited(&mut self, now: Timestamp, passed: Span, policy: &Policy) -> Result<(), Broken> {
        let passed = self.horizon.map_or(passed, |horizon| passed.min(now.since(horizon)));
        for known in self.known.values_mut() {
            let Some(experiment) = known.row.as_ref().filter(|row| !row.state.is_terminal()) else { continue };
            match overdue(policy, experiment, now) {
                None => known.overdue = Span::ZERO,
                Some(late) => {
                    known.overdue = (known.overdue + passed).min(late);
                    let excused = late.saturating_sub(known.overdue);
                    world::check_deadline(policy, experiment, now, TOLERANCE + excused)?;
                }
            }
        }
        Ok(())
    }

    /// The clock is set from this instant to another.
    pub(super) fn jumped(&mut self, from: Timestamp) {
        self.horizon = self.horizon.max(Some(from));
        self.disturbed();
    }

    /// When the clock has caught up with everything that it has shown before.
    pub(super) fn caught_up(&self, now: Timestamp) -> Timestamp {
        self.horizon.map_or(now, |horizon| horizon.max(now))
    }

    /// Something went wrong: what is overdue has a new excuse.
    pub(super) fn disturbed(&mut self) {
        for known in self.known.values_mut() {
            known.overdue = Span::ZERO;
        }
    }

    /// Experiments that exist.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Experiment> {
        self.known.values().filter_map(|known| known.row.as_ref())
    }

    /// When nothing can happen any more: everything is over, nothing runs that should not, and the evidence is what it was.
    pub(super) fn conclude(&mut self, stage: &Stage) -> Result<(), Broken> {
        for known in self.known.values_mut() {
            if let Some(experiment) = known.row.clone() {
                world::check_end(&experiment)?;
                known.look_at_evidence(stage, &experiment)?;
            }
        }
        world::check_remains(self.rows(), &stage.running())
    }

    pub(super) fn cover(&self, coverage: &mut Coverage) {
        for known in self.known.values() {
            coverage.take(&known.history);
        }
    }
}

impl Known {
    fn look_at_evidence(&mut self, stage: &Stage, experiment: &Experiment) -> Result<(), Broken> {
        let Some(clock) = experiment.status.clock else { return Ok(()) };
        let to = Timestamp::from_micros(i64::MAX);
        let samples = answered(at_once(stage.samples.samples(experiment, clock.ready_at, to, ALL)));
        world::check_samples(experiment, &samples)?;
        world::check_kept(&self.evidence, &samples)?;
        if self.is_sealed {
            world::check_seal(&self.evidence, &samples)?;
        }
        self.is_sealed = experiment.state != State::Running;
        self.evidence = samples;
        Ok(())
    }
}

/// What a fake answers: it does not fail unless a fault is put before it, and the checker goes around those.
fn answered<T, E: std::fmt::Debug>(answer: Result<T, E>) -> T {
    match answer {
        Ok(value) => value,
        Err(failure) => unreachable!("a fake does not fail by itself: {failure:?}"),
    }
}
