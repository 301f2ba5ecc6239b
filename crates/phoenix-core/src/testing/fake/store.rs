//! The durable store in memory: every trait of `ports::store` and `ports::samples` over one mutex.
//!
//! Forgets everything with the process, and is as slow as it is simple: claims look at all experiments.

mod experiments;
mod records;
mod samples;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::analysis::sample::ArmSample;
use crate::analysis::{Comparison, Digest};
use crate::experiment::{Event, Experiment, PipelineType, State};
use crate::id::{EffectId, ExperimentId, PipelineName};
use crate::ports::control::Freeze;
use crate::ports::store::{Deployment, PendingEffect};
use crate::time::{Span, Timestamp};

/// The durable store in memory.
#[derive(Default)]
pub struct FakeStore {
    world: Mutex<World>,
}

impl FakeStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// One transaction: what `work` does is seen by others all at once.
    fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Default)]
struct World {
    experiments: BTreeMap<ExperimentId, Experiment>,
    /// Every id that was ever used.
    known: BTreeSet<ExperimentId>,
    slots: BTreeMap<ExperimentId, Slot>,
    events: Vec<Recorded>,
    effects: BTreeMap<EffectId, PendingEffect>,
    deployments: BTreeMap<(ExperimentId, PipelineType), Deployment>,
    comparisons: BTreeMap<ExperimentId, Comparison>,
    samples: BTreeMap<(ExperimentId, Timestamp, PipelineName), Stored>,
    classes: BTreeMap<Span, Class>,
    freeze: Option<Freeze>,
}

/// A stored sample.
struct Stored {
    sample: ArmSample,
    /// It came after the run had ended.
    is_late: bool,
}

struct Recorded {
    event: Event,
    token: Option<String>,
}

/// An experiment's place in the schedule.
#[derive(Default)]
struct Slot {
    /// While nobody holds it: when it is due. While somebody does: when it was woken to be due again.
    due_at: Option<Timestamp>,
    held_until: Option<Timestamp>,
    fence: u64,
    sampling: Option<Sampling>,
    digest: Digest,
    last_instant: Option<Timestamp>,
}

#[derive(Clone, Copy)]
struct Sampling {
    interval: Span,
    since: Timestamp,
}

/// An interval class of the sampling lane.
#[derive(Default)]
struct Class {
    /// `None` while the class has no members.
    next: Option<Timestamp>,
    held: Option<Held>,
}

#[derive(Clone, Copy)]
struct Held {
    instant: Timestamp,
    until: Timestamp,
}

impl Slot {
    fn ready_at(&self) -> Option<Timestamp> {
        self.held_until.or(self.due_at)
    }

    fn due_by(&mut self, at: Option<Timestamp>) {
        self.due_at = [self.due_at, at].into_iter().flatten().min();
    }
}

impl World {
    /// Keeps the sampling lane in step with the experiment's state.
    fn follow(&mut self, experiment: &Experiment) {
        let interval = Some(experiment.spec.schedule.sample_interval)
            .filter(|interval| experiment.state == State::Running && !interval.is_zero());
        let slot = self.slots.entry(experiment.id.clone()).or_default();
        let before = slot.sampling.map(|sampling| sampling.interval);
        if before == interval {
            return;
        }
        slot.sampling = interval.map(|interval| Sampling { interval, since: experiment.updated_at });
        if let Some(interval) = interval {
            let class = self.classes.entry(interval).or_default();
            class.next = class.next.or(Some(experiment.updated_at.next_aligned(interval)));
        }
        if let Some(interval) = before {
            self.rest_if_empty(interval);
        }
    }

    /// A class that has lost its last member is not due any more.
    fn rest_if_empty(&mut self, interval: Span) {
        let is_empty = !self.slots.values().any(|slot| slot.sampling.is_some_and(|one| one.interval == interval));
        if let Some(class) = self.classes.get_mut(&interval).filter(|_| is_empty) {
            class.next = None;
        }
    }
}
