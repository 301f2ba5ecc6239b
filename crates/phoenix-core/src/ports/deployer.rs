//! Brings pipelines to hosts and keeps them there. Level-triggered: every call may be repeated at any time.

use std::sync::Arc;

use async_trait::async_trait;

use crate::experiment::{PipelineObservation, PipelineType};
use crate::id::{ConfigHash, ExperimentId, PipelineName};
use crate::ports::failure::Failure;
use crate::ports::validator::Finding;
use crate::spec::Target;

/// A pipeline as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredPipeline {
    /// The pipeline.
    pub key: PipelineKey,
    /// Its collector configuration.
    pub config: String,
    /// SHA-256 of exactly the bytes of `config`.
    pub hash: ConfigHash,
    /// Where it should run.
    pub target: Target,
}

/// Identity of a deployed pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PipelineKey {
    /// The experiment it belongs to.
    pub experiment_id: ExperimentId,
    /// Which of the two it is.
    pub pipeline_type: PipelineType,
    /// Its name.
    pub name: PipelineName,
}

/// Something that a deployer owns, found by looking at the world and not at a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPipeline {
    /// The pipeline's name as the world carries it.
    pub name: PipelineName,
    /// The experiment as the world carries it.
    pub experiment_id: ExperimentId,
}

/// How far a removal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Nothing is left.
    Gone,
    /// It is under way; ask again.
    Pending,
}

/// Is told that a pipeline changed. Must not block.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait PipelineSink: Send + Sync {
    /// A pipeline of this experiment changed; somebody should observe it.
    fn pipeline_changed(&self, experiment_id: &ExperimentId);
}

/// Deploys pipelines.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Deployer: Send + Sync {
    /// Where pipelines go: the Kubernetes namespace, or `local`.
    fn namespace(&self) -> &str;

    /// Whether the target could run this configuration: components that are missing, what the collector itself says about it. Changes nothing.
    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure>;

    /// What there is to say about the target itself, whatever the configuration: little memory left, processes that cannot be seen. An error
    /// keeps the experiment from being deployed. Changes nothing.
    async fn survey(&self, target: &Target) -> Result<Vec<Finding>, Failure>;

    /// Brings the pipeline to the wanted configuration. Returns once the work is under way; [`Deployer::observe`] tells how far it is.
    /// Does nothing when it is there already.
    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure>;

    /// The pipelines as they are now, in the order of the keys. One that is not there is [`PipelineObservation::absent`].
    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure>;

    /// Removes the pipeline; `Gone` only when nothing of it is left running.
    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure>;

    /// Everything that this installation owns, also what no record knows of: the orphan sweep compares it with what is desired.
    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure>;

    /// From now on, changes are told to the sink.
    fn watch(&self, sink: Arc<dyn PipelineSink>);
}
