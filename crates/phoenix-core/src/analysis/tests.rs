//! Whole comparisons, by literal numbers.

mod coverage;
mod golden;
mod over_time;
mod properties;
mod rules;

use crate::analysis::sample::PairedSample;
use crate::analysis::{Analysis, Comparison, Evidence, Indicator, IndicatorResult};
use crate::spec::{ExperimentSpec, ProcessPattern};
use crate::testing::build::{self, at};
use crate::time::Span;

/// The comparison of samples that were taken every second of collectors that measure every second; ready at `at(0)`.
fn compared(spec: &ExperimentSpec, samples: &[PairedSample]) -> Comparison {
    compare(Evidence { spec, collection_interval: Span::from_secs(1), ready_at: at(0) }, samples)
}

/// The comparison of samples that are all at hand.
pub(super) fn compare(evidence: Evidence<'_>, samples: &[PairedSample]) -> Comparison {
    let mut analysis = Analysis::of(evidence);
    for sample in samples {
        analysis.take(sample);
    }
    analysis.conclude()
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
