//! The comparison of a whole run.

use crate::analysis::Comparison;
use crate::analysis::sample::PairedSample;
use crate::spec::ExperimentSpec;
use crate::time::{Span, Timestamp};

/// Everything that a comparison rests on.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was asked for.
    pub spec: &'a ExperimentSpec,
    /// The longer collection interval of the two pipelines.
    pub collection_interval: Span,
    /// When both pipelines were ready: the warm-up begins here.
    pub ready_at: Timestamp,
    /// The samples from `ready_at` to the seal, in order.
    pub samples: &'a [PairedSample],
}

/// Compares both arms. Deterministic: the same evidence gives the same comparison.
pub fn compare(evidence: &Evidence<'_>) -> Comparison {
    let _ = evidence;
    unimplemented!()
}
