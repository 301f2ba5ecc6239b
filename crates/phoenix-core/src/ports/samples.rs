//! The sampling lane of the store: due instants, and what was measured at them.

use async_trait::async_trait;

use crate::analysis::Digest;
use crate::analysis::sample::{ArmSample, PairedSample};
use crate::experiment::{Experiment, Pair, PipelineObservation};
use crate::id::{ExperimentId, PipelineName, ReplicaId};
use crate::ports::failure::Failure;
use crate::time::{Span, Timestamp};

/// One unit of sampling work: every running experiment of an interval class at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingUnit {
    /// The interval class.
    pub interval: Span,
    /// The due instant.
    pub instant: Timestamp,
    /// The experiments of the class that are running and were so at the instant.
    pub members: Vec<SamplingMember>,
}

/// A running experiment that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingMember {
    /// The experiment.
    pub experiment: Experiment,
    /// Its pipelines as they were last observed.
    pub observed: Pair<Option<PipelineObservation>>,
    /// What earlier samples amount to, for the screen.
    pub digest: Digest,
    /// Its latest stored instant; instants between it and the due one were missed.
    pub last_instant: Option<Timestamp>,
}

/// One row to be stored: one pipeline at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRow {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The due instant.
    pub collected_at: Timestamp,
    /// What was measured, or why nothing.
    pub sample: ArmSample,
}

/// The sampling lane.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SampleStore: Send + Sync {
    /// Claims the most overdue class for `lease`; `None` when nothing is due. A class is due at multiples of its interval since the epoch;
    /// after a pause only the latest due instant is handed out. Two claimants never hold the same class within a lease.
    async fn claim_sampling(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure>;

    /// Stores the rows and digests of a claimed unit in one batch and moves the class to its next instant. A row that is there already
    /// (same experiment, pipeline and instant) stays as it is, so this may be repeated. A late call never turns back the class or the digest
    /// of a newer instant; rows of experiments that are not running any more are marked as late, those of experiments that do not exist any
    /// more are dropped.
    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure>;

    /// When the next class is due that nobody holds, or the next lease ends; `None` when nothing is running.
    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure>;

    /// The evidence of an experiment within `[from, to]`, in order, paired by instant: its first `limit` instants there. Of a long run ask
    /// again from behind the last one. Evidence is what was stored while the experiment was running; what comes later is kept in the
    /// store and is none, so that a run that has ended has the same evidence for ever.
    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure>;

    /// The latest instant of which the experiment has evidence.
    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure>;
}
