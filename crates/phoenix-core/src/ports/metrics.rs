//! Reads what pipelines report.

use async_trait::async_trait;

use crate::analysis::sample::HostReading;
use crate::experiment::Endpoints;
use crate::id::{HostName, PipelineName};
use crate::ports::failure::Failure;
use crate::time::{Span, Timestamp};

/// One collector to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTarget {
    /// Its pipeline.
    pub pipeline: PipelineName,
    /// Its host.
    pub host: HostName,
    /// Where it can be scraped, if it can.
    pub endpoints: Option<Endpoints>,
}

/// What one collector reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The host.
    pub host: HostName,
    /// Its values, or why there are none.
    pub result: Result<HostReading, Unreadable>,
}

/// Why a collector could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The collector is down or is not scraped: evidence about the arm.
    NoData(String),
    /// The source itself failed: no evidence about the arm.
    ProviderError(String),
}

/// Reads collectors, always many at once.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait MetricsSource: Send + Sync {
    /// One reading per target, in the order of the targets. A collector that has not answered `within` this long is
    /// [`Unreadable::NoData`]: it must not cost the others their next instant. `Err` means that the source as a whole failed and is the
    /// same as a [`Unreadable::ProviderError`] for every target. May be repeated.
    async fn read(&self, instant: Timestamp, within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure>;
}
