//! The sampling lane.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::analysis::Digest;
use crate::analysis::sample::{ArmSample, PairedSample};
use crate::experiment::{Experiment, Pair, PipelineType, State};
use crate::id::{ExperimentId, PipelineName, ReplicaId};
use crate::ports::failure::Failure;
use crate::ports::samples::{SampleRow, SampleStore, SamplingMember, SamplingUnit};
use crate::testing::fake::store::{Class, FakeStore, Held, Slot, Stored, World};
use crate::time::{Span, Timestamp};

#[async_trait]
impl SampleStore for FakeStore {
    async fn claim_sampling(
        &self,
        _owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure> {
        Ok(self.with(|world| {
            while let Some(interval) = world.most_overdue(now) {
                let instant = now.align_down(interval);
                let members = world.members(interval, instant);
                let class = world.classes.entry(interval).or_default();
                if members.is_empty() {
                    class.next = Some(now.next_aligned(interval));
                    continue;
                }
                class.held = Some(Held { instant, until: now + lease });
                return Some(SamplingUnit { interval, instant, members });
            }
            None
        }))
    }

    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure> {
        self.with(|world| {
            for row in rows {
                if let Some(experiment) = world.experiments.get(&row.experiment_id) {
                    let stored = Stored { sample: row.sample, is_late: experiment.state != State::Running };
                    world.samples.entry((row.experiment_id, row.collected_at, row.pipeline)).or_insert(stored);
                }
            }
            for (id, digest) in digests {
                let is_newer = |slot: &&mut Slot| slot.last_instant.is_none_or(|last| last < unit.instant);
                if let Some(slot) = world.slots.get_mut(&id).filter(is_newer) {
                    slot.digest = digest;
                    slot.last_instant = Some(unit.instant);
                }
            }
            let is_held = |class: &&mut Class| class.held.is_some_and(|held| held.instant == unit.instant);
            if let Some(class) = world.classes.get_mut(&unit.interval).filter(is_held) {
                class.held = None;
                class.next = class.next.map(|next| next.max(unit.instant.next_aligned(unit.interval)));
            }
        });
        Ok(())
    }

    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure> {
        let at = |class: &Class| Some(class.next?.max(class.held.map_or(class.next?, |held| held.until)));
        Ok(self.with(|world| world.classes.values().filter_map(at).min()))
    }

    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure> {
        let Some(pipelines) = &experiment.status.pipelines else { return Ok(Vec::new()) };
        Ok(self.with(|world| {
            let mut paired: BTreeMap<Timestamp, PairedSample> = BTreeMap::new();
            for (instant, name, arm) in world.evidence(&experiment.id) {
                let kind = PipelineType::ALL.into_iter().find(|kind| pipelines.get(*kind).name == *name);
                if instant < from || instant > to {
                    continue;
                }
                let empty = PairedSample { instant, baseline: None, candidate: None };
                match kind {
                    Some(PipelineType::Baseline) => {
                        paired.entry(instant).or_insert(empty).baseline = Some(arm.clone());
                    }
                    Some(PipelineType::Candidate) => {
                        paired.entry(instant).or_insert(empty).candidate = Some(arm.clone());
                    }
                    None => {}
                }
            }
            paired.into_values().take(limit.try_into().unwrap_or(usize::MAX)).collect()
        }))
    }

    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure> {
        Ok(self.with(|world| world.evidence(&experiment.id).map(|(instant, _, _)| instant).max()))
    }
}

impl World {
    /// The samples of an experiment that were stored while it ran.
    fn evidence(&self, id: &ExperimentId) -> impl Iterator<Item = (Timestamp, &PipelineName, &ArmSample)> {
        let of_experiment = self.samples.iter().filter(move |((of, _, _), stored)| of == id && !stored.is_late);
        of_experiment.map(|((_, instant, name), stored)| (*instant, name, &stored.sample))
    }

    fn most_overdue(&self, now: Timestamp) -> Option<Span> {
        self.classes
            .iter()
            .filter(|(_, class)| class.held.is_none_or(|held| held.until <= now))
            .filter_map(|(interval, class)| Some((class.next.filter(|next| *next <= now)?, *interval)))
            .min()
            .map(|(_, interval)| interval)
    }

    fn members(&self, interval: Span, instant: Timestamp) -> Vec<SamplingMember> {
        let takes_part = |slot: &Slot| slot.sampling.is_some_and(|one| one.interval == interval && one.since < instant);
        let observed = |id: &ExperimentId, kind| self.deployments.get(&(id.clone(), kind))?.observed.clone();
        self.slots
            .iter()
            .filter(|(_, slot)| takes_part(slot))
            .filter_map(|(id, slot)| {
                Some(SamplingMember {
                    experiment: self.experiments.get(id)?.clone(),
                    observed: Pair {
                        baseline: observed(id, PipelineType::Baseline),
                        candidate: observed(id, PipelineType::Candidate),
                    },
                    digest: slot.digest,
                    last_instant: slot.last_instant,
                })
            })
            .collect()
    }
}
