//! What is shown while an experiment runs: values of the latest samples, or none.

use super::*;
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector, paired, unreadable};

fn db() -> Vec<ProcessPattern> {
    vec![ProcessPattern::try_from("^db$".to_owned()).expect("a valid pattern")]
}

#[test]
fn values_are_those_of_the_latest_two_samples() {
    let baseline = collector().seeing("db", 1, 10.0).seeing("web", 1, 10.0);
    let candidate = Collector { series: 98.0, failed_per_sec: 92.0, ..collector().seeing("web", 1, 10.0) };
    let samples: Vec<PairedSample> =
        (0..3).map(|secs| paired(secs, baseline.sample(secs), candidate.sample(secs))).collect();
    let latest = latest_values(&db(), &samples);
    assert_eq!(latest.at, Some(at(2)));
    assert_eq!(
        latest.values.baseline,
        BTreeMap::from([
            (Indicator::ActiveSeries, 474.0),
            (Indicator::DatapointsRate, 92.0),
            (Indicator::MemoryUsage, 55.0 * 1_048_576.0),
            (Indicator::CpuUsage, 0.03125),
            (Indicator::ErrorRate, 0.0),
            (Indicator::CriticalRetention, 1.0),
            (Indicator::ProcessCount, 2.0),
        ])
    );
    let of_candidate = |indicator| latest.values.candidate.get(&indicator).copied();
    assert_eq!(of_candidate(Indicator::ActiveSeries), Some(98.0));
    assert_eq!(of_candidate(Indicator::ErrorRate), Some(0.5));
    assert_eq!(of_candidate(Indicator::CriticalRetention), Some(0.0));
}

#[test]
fn one_sample_has_no_rates_and_none_has_nothing() {
    let latest = latest_values(&[], &[paired(0, collector().sample(0), collector().sample(0))]);
    let indicators: Vec<Indicator> = latest.values.baseline.into_keys().collect();
    assert_eq!(indicators, [Indicator::ActiveSeries, Indicator::MemoryUsage, Indicator::ProcessCount]);
    assert_eq!(latest_values(&[], &[]), Latest::default());
}

#[test]
fn an_arm_that_fell_silent_keeps_its_latest_values() {
    let silent = paired(1, collector().with_series(475.0).sample(1), unreadable(SampleOutcome::NoData));
    let latest = latest_values(&[], &[paired(0, collector().sample(0), collector().sample(0)), silent]);
    assert_eq!(latest.at, Some(at(1)));
    assert_eq!(latest.values.baseline.get(&Indicator::ActiveSeries), Some(&475.0));
    assert_eq!(latest.values.candidate.get(&Indicator::ActiveSeries), Some(&474.0));
}
