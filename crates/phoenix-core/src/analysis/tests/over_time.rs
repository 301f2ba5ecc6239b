//! A run over time shows the values that the comparison rests on.

use proptest::prelude::*;

use crate::analysis::sample::PairedSample;
use crate::analysis::tests::properties::{any_samples, any_series, of_series};
use crate::analysis::tests::{compare, spec};
use crate::analysis::{Curve, Evidence, Indicator, OverTime, Timeline};
use crate::experiment::PipelineType;
use crate::spec::ExperimentSpec;
use crate::testing::build::at;
use crate::time::Span;

fn folded(evidence: &Evidence<'_>, samples: &[PairedSample], most_steps: usize) -> OverTime {
    let until = samples.iter().map(|sample| sample.instant).max().unwrap_or(evidence.ready_at);
    let mut timeline = Timeline::of(evidence, until, most_steps);
    for sample in samples {
        timeline.take(sample);
    }
    timeline.conclude()
}

/// The mean of an arm over the judged steps, weighted by their pairs.
fn mean(found: &OverTime, curve: &Curve, kind: PipelineType) -> Option<f64> {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for ((step, number), value) in found.steps.iter().zip(&curve.samples).zip(curve.values(kind)) {
        if step.judged && *number > 0 {
            let weight = f64::from(u32::try_from(*number).expect("few"));
            sum += (*value)? * weight;
            pairs += weight;
        }
    }
    Some(sum / pairs).filter(|mean| mean.is_finite())
}

fn agrees(spec: &ExperimentSpec, samples: &[PairedSample], most_steps: usize) -> Result<(), TestCaseError> {
    let evidence = Evidence { spec, collection_interval: Span::from_secs(1), ready_at: at(0) };
    let comparison = compare(evidence, samples);
    let found = folded(&evidence, samples, most_steps);
    prop_assert!(found.steps.len() <= most_steps);
    prop_assert_eq!(found.steps.iter().map(|step| step.taken).sum::<u64>(), comparison.samples.taken);
    let judged: u64 = found.steps.iter().filter(|step| step.judged).map(|step| step.usable).sum();
    prop_assert_eq!(judged, comparison.samples.judged);
    for result in comparison.indicators.iter().filter(|result| result.indicator != Indicator::ValueAgreement) {
        let curve = found.curves.iter().find(|curve| curve.indicator == result.indicator);
        for (kind, expected) in [(PipelineType::Baseline, result.baseline), (PipelineType::Candidate, result.candidate)]
        {
            let shown = curve.and_then(|curve| mean(&found, curve, kind));
            // Sums beyond the largest number are nothing that either could show.
            let Some((expected, shown)) = expected.zip(shown) else { continue };
            let scale = expected.abs().max(1e-300);
            prop_assert!((expected - shown).abs() <= 1e-9 * scale, "{}: {expected} and {shown}", result.indicator);
        }
        let is_shown = curve.is_some_and(|curve| mean(&found, curve, PipelineType::Baseline).is_some());
        prop_assert!(
            result.baseline.is_none_or(|value| is_shown || value > 1e300),
            "{} is not shown",
            result.indicator
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_means_over_time_are_those_of_the_comparison(
        mut samples in any_samples(),
        series in any_series(),
        most_steps in 2..40_usize,
        warm_up in 0..60_u64,
    ) {
        let mut spec = spec(&["a"]);
        spec.schedule.warm_up = Span::from_secs(warm_up);
        samples.sort_by_key(|sample| sample.instant);
        agrees(&spec, &samples, most_steps)?;
        agrees(&spec, &of_series(&series, 1.5), most_steps)?;
    }

    #[test]
    fn the_same_samples_give_the_same_curves(samples in any_samples(), most_steps in 0..40_usize) {
        let spec = spec(&["a"]);
        let evidence = Evidence { spec: &spec, collection_interval: Span::from_secs(1), ready_at: at(0) };
        let found = folded(&evidence, &samples, most_steps);
        prop_assert_eq!(&found, &folded(&evidence, &samples, most_steps));
        for curve in &found.curves {
            let values = curve.baseline.iter().chain(&curve.candidate).flatten();
            prop_assert!(values.into_iter().all(|value| value.is_finite()));
            prop_assert_eq!((curve.samples.len(), curve.baseline.len()), (found.steps.len(), found.steps.len()));
        }
    }
}
