//! A raw experiment to a valid one: every mistake at once.

pub(super) mod document;
pub(super) mod parameter;
pub(super) mod pipeline;
pub(super) mod policy;
pub(super) mod schedule;
mod text;

use crate::spec::{Catalog, PipelineSpec, RawExperiment, RawPipelineSpec, ValidExperiment, Violation, path};
use crate::time::Span;

pub(super) use text::identifier;

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

impl Default for Limits {
    /// Runs of 10 s to 30 days, sampled every second to every 10 minutes.
    fn default() -> Self {
        Self {
            min_duration: Span::from_secs(10),
            max_duration: Span::from_mins(30 * 24 * 60),
            min_sample_interval: Span::from_secs(1),
            max_sample_interval: Span::from_mins(10),
        }
    }
}

/// Checks an experiment against the catalog and the limits.
///
/// # Errors
///
/// Every violation, in the order in which a reader meets their fields.
pub fn validate(raw: RawExperiment, catalog: &Catalog, limits: &Limits) -> Result<ValidExperiment, Vec<Violation>> {
    let mut found = Vec::new();
    let valid = document::experiment(raw, catalog, limits, &mut found);
    answer(valid, found)
}

/// Checks a pipeline specification that stands at `field`. It has no name of its own there: a caller that allows one takes it out first.
///
/// # Errors
///
/// Every violation, in the order in which a reader meets their fields.
pub fn validate_pipeline(raw: RawPipelineSpec, field: &str, catalog: &Catalog) -> Result<PipelineSpec, Vec<Violation>> {
    let mut found = Vec::new();
    let valid = pipeline::pipeline(raw, field, catalog, &mut found);
    answer(valid, found)
}

fn answer<T>(valid: Option<T>, mut found: Vec<Violation>) -> Result<T, Vec<Violation>> {
    match valid {
        Some(valid) if found.is_empty() => Ok(valid),
        Some(_) | None => {
            path::sort(&mut found);
            Err(found)
        }
    }
}

#[cfg(test)]
mod tests;
