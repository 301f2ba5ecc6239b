//! Whole comparisons, by literal numbers.

mod coverage;
mod golden;
mod properties;
mod rules;

use crate::analysis::sample::PairedSample;
use crate::analysis::{Comparison, Evidence, Indicator, IndicatorResult, compare};
use crate::spec::{ExperimentSpec, ProcessPattern};
use crate::testing::build::{self, at};
use crate::time::Span;

/// The comparison of samples that were taken every second of collectors that measure every second; ready at `at(0)`.
fn compared(spec: &ExperimentSpec, samples: &[PairedSample]) -> Comparison {
    compare(&Evidence { spec, collection_interval: Span::from_secs(1), ready_at: at(0), samples })
}

/// A specification with these critical processes.
fn spec(critical: &[&str]) -> ExperimentSpec {
    ExperimentSpec {
        critical_processes: critical
            .iter()
            .map(|pattern| ProcessPattern::try_from((*pattern).to_owned()).expect("a valid pattern"))
            .collect(),
        ..build::spec()
    }
}

fn result(comparison: &Comparison, indicator: Indicator) -> &IndicatorResult {
    comparison.indicator(indicator).expect("every indicator has a result")
}
