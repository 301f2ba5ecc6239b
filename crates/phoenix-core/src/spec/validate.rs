//! A raw experiment to a valid one: every mistake at once.

use crate::spec::{Catalog, PipelineSpec, RawExperiment, RawPipelineSpec, ValidExperiment, Violation};
use crate::time::Span;

/// The ranges that an installation allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Shortest run.
    pub min_duration: Span,
    /// Longest run.
    pub max_duration: Span,
    /// Shortest distance of two samples.
    pub min_sample_interval: Span,
    /// Longest distance of two samples.
    pub max_sample_interval: Span,
}

/// Checks an experiment against the catalog and the limits.
pub fn validate(raw: RawExperiment, catalog: &Catalog, limits: &Limits) -> Result<ValidExperiment, Vec<Violation>> {
    let _ = (raw, catalog, limits);
    unimplemented!()
}

/// Checks a pipeline specification that stands at `field`.
pub fn validate_pipeline(raw: RawPipelineSpec, field: &str, catalog: &Catalog) -> Result<PipelineSpec, Vec<Violation>> {
    let _ = (raw, field, catalog);
    unimplemented!()
}
