//! A cache of what is read often. Losing it costs speed, never truth: every caller goes on without it.

use std::fmt;

use async_trait::async_trait;

use crate::analysis::Indicator;
use crate::experiment::PipelineType;
use crate::id::{ExperimentId, PipelineName};
use crate::ports::failure::Failure;
use crate::time::Span;

/// What is cached. `Display` is the exact key, [`CacheKey::ttl`] its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CacheKey {
    /// `experiment:state:{experiment_id}` = the state's word.
    ExperimentState(ExperimentId),
    /// `pipeline:status:{pipeline_name}` = the observation as JSON.
    PipelineStatus(PipelineName),
    /// `experiment:metrics:{experiment_id}:{baseline|candidate}.{indicator}` = a number.
    ExperimentMetric(ExperimentId, PipelineType, Indicator),
}

impl CacheKey {
    /// How long an entry lives.
    pub const fn ttl(&self) -> Span {
        match self {
            Self::ExperimentState(_) => Span::from_secs(300),
            Self::PipelineStatus(_) => Span::from_secs(60),
            Self::ExperimentMetric(..) => Span::from_secs(30),
        }
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExperimentState(id) => write!(f, "experiment:state:{id}"),
            Self::PipelineStatus(name) => write!(f, "pipeline:status:{name}"),
            Self::ExperimentMetric(id, kind, indicator) => write!(f, "experiment:metrics:{id}:{kind}.{indicator}"),
        }
    }
}

/// Keeps values for their key's life.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value, unless it is missing or has outlived its life.
    async fn get(&self, key: &CacheKey) -> Result<Option<String>, Failure>;

    /// Sets the values for their keys' lives, replacing older ones. May be repeated.
    async fn put(&self, entries: Vec<(CacheKey, String)>) -> Result<(), Failure>;

    /// Sets an experiment's state only if it comes later in the order of states than the cached one; a slow writer cannot turn it back.
    async fn advance_state(&self, id: &ExperimentId, state: crate::experiment::State) -> Result<(), Failure>;

    /// Forgets the keys. May be repeated.
    async fn forget(&self, keys: Vec<CacheKey>) -> Result<(), Failure>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_exactly_as_other_programs_expect_them() {
        let id: ExperimentId = "e1".parse().expect("valid");
        assert_eq!(CacheKey::ExperimentState(id.clone()).to_string(), "experiment:state:e1");
        assert_eq!(CacheKey::PipelineStatus("p-1".parse().expect("valid")).to_string(), "pipeline:status:p-1");
        let metric = CacheKey::ExperimentMetric(id, PipelineType::Candidate, Indicator::ActiveSeries);
        assert_eq!(metric.to_string(), "experiment:metrics:e1:candidate.active_series");
    }
}
