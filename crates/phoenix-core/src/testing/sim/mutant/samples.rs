//! Stores of samples with one defect each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::analysis::Digest;
use crate::analysis::sample::{ArmSample, PairedSample};
use crate::experiment::{Experiment, PipelineType};
use crate::id::{ExperimentId, PipelineName, ReplicaId};
use crate::ports::failure::Failure;
use crate::ports::samples::{SampleRow, SampleStore, SamplingUnit};
use crate::testing::sim::Mutant;
use crate::time::{Span, Timestamp};

type Rows = BTreeMap<(ExperimentId, Timestamp, PipelineName), ArmSample>;

/// A store of samples with a defect.
pub(super) struct Broken {
    store: Arc<dyn SampleStore>,
    mutant: Mutant,
    /// Every row as it was handed in, also those that came late.
    rows: Mutex<Rows>,
}

impl Broken {
    pub(super) fn over(store: Arc<dyn SampleStore>, mutant: Mutant) -> Arc<Self> {
        Arc::new(Self { store, mutant, rows: Mutex::default() })
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handed_in(&self, experiment: &Experiment, kind: PipelineType, instant: Timestamp) -> Option<ArmSample> {
        let name = &experiment.status.pipelines.as_ref()?.get(kind).name;
        self.rows().get(&(experiment.id.clone(), instant, name.clone())).cloned()
    }

    fn pair(&self, experiment: &Experiment, instant: Timestamp) -> PairedSample {
        PairedSample {
            instant,
            baseline: self.handed_in(experiment, PipelineType::Baseline, instant),
            candidate: self.handed_in(experiment, PipelineType::Candidate, instant),
        }
    }

    /// Every instant of which a row was handed in.
    fn instants(&self, experiment: &Experiment) -> BTreeSet<Timestamp> {
        self.rows().keys().filter(|(id, _, _)| *id == experiment.id).map(|(_, instant, _)| *instant).collect()
    }

    fn spoil(
        &self,
        experiment: &Experiment,
        samples: Vec<PairedSample>,
        (from, to, limit): (Timestamp, Timestamp, u32),
    ) -> Vec<PairedSample> {
        match self.mutant {
            Mutant::SamplesTwice => samples.first().cloned().into_iter().chain(samples).collect(),
            Mutant::ReplacesSamples => samples.iter().map(|one| self.pair(experiment, one.instant)).collect(),
            Mutant::TakesLateSamples => {
                let instants = self.instants(experiment).into_iter().filter(|one| (from..=to).contains(one));
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                instants.take(limit).map(|instant| self.pair(experiment, instant)).collect()
            }
            _ => samples,
        }
    }
}

#[async_trait]
impl SampleStore for Broken {
    async fn claim_sampling(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure> {
        self.store.claim_sampling(owner, now, lease).await
    }

    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure> {
        for row in &rows {
            let key = (row.experiment_id.clone(), row.collected_at, row.pipeline.clone());
            match self.mutant {
                Mutant::ReplacesSamples => drop(self.rows().insert(key, row.sample.clone())),
                _ => drop(self.rows().entry(key).or_insert_with(|| row.sample.clone())),
            }
        }
        self.store.record_samples(unit, rows, digests).await
    }

    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure> {
        self.store.next_sampling().await
    }

    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure> {
        let samples = self.store.samples(experiment, from, to, limit).await?;
        Ok(self.spoil(experiment, samples, (from, to, limit)))
    }

    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure> {
        self.store.latest_instant(experiment).await
    }
}
