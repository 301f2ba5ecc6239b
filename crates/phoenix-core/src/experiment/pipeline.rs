//! The two pipelines of an experiment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ConfigHash, PipelineName};
use crate::time::Span;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PipelineType {
    /// The pipeline that is in use.
    Baseline,
    /// The pipeline that is wanted.
    Candidate,
}

impl PipelineType {
    /// Both, baseline first.
    pub const ALL: [Self; 2] = [Self::Baseline, Self::Candidate];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        }
    }
}

impl fmt::Display for PipelineType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing of each pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair<T> {
    /// The baseline's.
    pub baseline: T,
    /// The candidate's.
    pub candidate: T,
}

impl<T> Pair<T> {
    /// The one of the given type.
    pub const fn get(&self, kind: PipelineType) -> &T {
        match kind {
            PipelineType::Baseline => &self.baseline,
            PipelineType::Candidate => &self.candidate,
        }
    }

    /// The one of the given type, to be changed.
    pub const fn get_mut(&mut self, kind: PipelineType) -> &mut T {
        match kind {
            PipelineType::Baseline => &mut self.baseline,
            PipelineType::Candidate => &mut self.candidate,
        }
    }

    /// Both with their types, baseline first.
    pub fn iter(&self) -> impl Iterator<Item = (PipelineType, &T)> {
        PipelineType::ALL.into_iter().map(|kind| (kind, self.get(kind)))
    }

    /// The pair of what `f` makes of each.
    pub fn map<U>(&self, mut f: impl FnMut(PipelineType, &T) -> U) -> Pair<U> {
        Pair {
            baseline: f(PipelineType::Baseline, &self.baseline),
            candidate: f(PipelineType::Candidate, &self.candidate),
        }
    }
}

/// Where a deployed pipeline is: the one vocabulary of the database, the API, the cache and the custom resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PipelinePhase {
    /// Wanted, nothing is there yet.
    Pending,
    /// Being started.
    Progressing,
    /// Running with its current configuration on every targeted host.
    Ready,
    /// Was ready, is not any more, may recover.
    Degraded,
    /// Will not recover by itself.
    Failed,
    /// Being removed.
    Removing,
    /// Gone.
    Removed,
}

impl PipelinePhase {
    /// Every phase.
    pub const ALL: [Self; 7] =
        [Self::Pending, Self::Progressing, Self::Ready, Self::Degraded, Self::Failed, Self::Removing, Self::Removed];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Progressing => "progressing",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Removing => "removing",
            Self::Removed => "removed",
        }
    }
}

impl fmt::Display for PipelinePhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A generated configuration of a pipeline of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedPipeline {
    /// Name under which it is deployed.
    pub name: PipelineName,
    /// The collector configuration.
    pub config: String,
    /// SHA-256 of exactly the bytes of `config`.
    pub hash: ConfigHash,
    /// How often its collector measures.
    pub collection_interval: Span,
}

/// What the status remembers of a generated pipeline; the configuration itself is in `pipeline_deployments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineRef {
    /// Name under which it is deployed.
    pub name: PipelineName,
    /// SHA-256 of its configuration.
    pub hash: ConfigHash,
    /// How often its collector measures.
    pub collection_interval: Span,
}

impl From<&GeneratedPipeline> for PipelineRef {
    fn from(pipeline: &GeneratedPipeline) -> Self {
        Self {
            name: pipeline.name.clone(),
            hash: pipeline.hash.clone(),
            collection_interval: pipeline.collection_interval,
        }
    }
}
