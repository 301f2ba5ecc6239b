//! What must hold for any samples at all.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::analysis::sample::{ArmSample, Executable, HostReading, Measure, PairedSample, SampleOutcome, Value};
use crate::analysis::tests::{compared, result, spec};
use crate::analysis::{Comparison, Digest, Indicator, Outcome, Verdict, latest_values, screen};
use crate::id::{ConfigHash, HostName};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, arm, collector, run, unreadable};

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        any::<f64>(),
        0.0..1e9,
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_number().prop_map(|value| Value::Gauge { value }),
        (any_number(), 0..2_i64).prop_map(|(total, epoch)| Value::Counter { total, epoch: at(epoch) }),
    ]
}

fn any_reading() -> impl Strategy<Value = HostReading> {
    let measure = prop_oneof![
        Just(Measure::ActiveSeries),
        Just(Measure::MemoryBytes),
        Just(Measure::CpuSeconds),
        Just(Measure::DatapointsSent),
        Just(Measure::DatapointsFailed),
    ];
    let executable =
        (any::<u32>(), any_number()).prop_map(|(processes, memory_bytes)| Executable { processes, memory_bytes });
    let executables = proptest::collection::btree_map("[a-c]", executable, 0..3);
    (0..200_i64, proptest::collection::btree_map(measure, any_value(), 0..6), executables).prop_map(
        |(read_at, values, executables)| HostReading {
            read_at: at(read_at),
            config_hash: ConfigHash::of(""),
            values,
            executables,
        },
    )
}

fn any_arm() -> impl Strategy<Value = Option<ArmSample>> {
    let outcome = prop_oneof![
        8 => Just(SampleOutcome::Ok),
        1 => Just(SampleOutcome::NoData),
        1 => Just(SampleOutcome::ProviderError),
    ];
    let hosts = proptest::collection::btree_map("[ab]", any_reading(), 0..2).prop_map(named);
    proptest::option::weighted(
        0.9,
        (outcome, hosts).prop_map(|(outcome, hosts)| ArmSample { outcome, reason: None, hosts }),
    )
}

fn named(hosts: BTreeMap<String, HostReading>) -> BTreeMap<HostName, HostReading> {
    hosts.into_iter().map(|(host, reading)| (host.parse().expect("a valid host"), reading)).collect()
}

/// Samples of any content, in any order.
pub(super) fn any_samples() -> impl Strategy<Value = Vec<PairedSample>> {
    let sample = (0..200_i64, any_arm(), any_arm()).prop_map(|(secs, baseline, candidate)| PairedSample {
        instant: at(secs),
        baseline,
        candidate,
    });
    proptest::collection::vec(sample, 0..100)
}

fn numbers(comparison: &Comparison) -> Vec<f64> {
    let of_result = |result: &crate::analysis::IndicatorResult| {
        let interval = result.interval.map(|(low, high)| [low, high]);
        let values = [result.baseline, result.candidate, result.change].into_iter().flatten();
        values.chain(interval.into_iter().flatten()).collect::<Vec<_>>()
    };
    comparison.indicators.iter().flat_map(of_result).collect()
}

/// The shape of a plausible run: series of both arms per second, anything or always a saving.
pub(super) fn any_series() -> impl Strategy<Value = Vec<(u16, u16)>> {
    let saving = (30..2_000_u16, 2..20_u16).prop_map(|(baseline, part)| (baseline, baseline / part));
    prop_oneof![
        proptest::collection::vec((1..2_000_u16, 1..2_000_u16), 1..90),
        proptest::collection::vec(saving, 50..70),
    ]
}

pub(super) fn of_series(series: &[(u16, u16)], scale: f64) -> Vec<PairedSample> {
    let at_second = |secs: i64| usize::try_from(secs).ok().and_then(|second| series.get(second)).copied();
    let sample =
        |value: u16, secs: i64| collector().with_series(f64::from(value) * scale).seeing("db", 1, 8.0).sample(secs);
    run(
        0..i64::try_from(series.len()).expect("a short run"),
        |secs| sample(at_second(secs).map_or(0, |pair| pair.0), secs),
        |secs| sample(at_second(secs).map_or(0, |pair| pair.1), secs),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn any_samples_give_a_comparison_of_finite_numbers(samples in any_samples()) {
        let comparison = compared(&spec(&["a"]), &samples);
        prop_assert!(numbers(&comparison).iter().all(|number| number.is_finite()));
        prop_assert_eq!(comparison.indicators.len(), Indicator::ALL.len());
        prop_assert!(!comparison.reasons.is_empty());
        prop_assert!(comparison.reasons.iter().all(|reason| !reason.is_empty() && !reason.contains("NaN")));
        let text = serde_json::to_string(&comparison).expect("serialises");
        prop_assert!(serde_json::from_str::<Comparison>(&text).is_ok());
    }

    #[test]
    fn the_same_samples_give_the_same_comparison(samples in any_samples()) {
        let spec = spec(&["a"]);
        prop_assert_eq!(compared(&spec, &samples), compared(&spec, &samples));
    }

    #[test]
    fn the_counts_add_up(samples in any_samples()) {
        let counts = compared(&spec(&[]), &samples).samples;
        prop_assert_eq!(counts.taken, counts.warm_up + counts.missing + counts.judged);
        prop_assert_eq!(counts.taken, u64::try_from(samples.len()).expect("few"));
    }

    #[test]
    fn a_promotion_rests_on_at_least_60_samples_and_on_passing_gates(samples in any_samples(), series in any_series()) {
        for samples in [samples, of_series(&series, 1.0)] {
            let comparison = compared(&spec(&[]), &samples);
            if comparison.verdict == Verdict::Promote {
                prop_assert!(comparison.samples.judged >= 60);
                prop_assert_eq!(result(&comparison, Indicator::ActiveSeries).outcome, Outcome::Improved);
            }
        }
    }

    #[test]
    fn no_data_never_becomes_a_promotion(samples in any_samples(), more in 0..200_i64) {
        let mut samples: Vec<PairedSample> = samples
            .into_iter()
            .map(|sample| PairedSample { candidate: Some(unreadable(SampleOutcome::NoData)), ..sample })
            .collect();
        samples.extend(run(200..200 + more, |secs| collector().sample(secs), |_| unreadable(SampleOutcome::NoData)));
        let comparison = compared(&spec(&[]), &samples);
        prop_assert_eq!(comparison.verdict, Verdict::Inconclusive);
        prop_assert_eq!(comparison.samples.usable(), 0);
    }

    #[test]
    fn swapping_the_arms_inverts_the_change(series in any_series()) {
        let swapped: Vec<(u16, u16)> = series.iter().map(|(baseline, candidate)| (*candidate, *baseline)).collect();
        let one = compared(&spec(&[]), &of_series(&series, 1.0));
        let other = compared(&spec(&[]), &of_series(&swapped, 1.0));
        let log = |comparison: &Comparison| result(comparison, Indicator::ActiveSeries).change.map(f64::ln_1p);
        let (one, other) = (log(&one).expect("a change"), log(&other).expect("a change"));
        prop_assert!((one + other).abs() < 1e-9, "{one} {other}");
    }

    #[test]
    fn the_unit_does_not_matter(series in any_series()) {
        let one = compared(&spec(&[]), &of_series(&series, 1.0));
        let other = compared(&spec(&[]), &of_series(&series, 1024.0));
        let (one, other) = (result(&one, Indicator::ActiveSeries), result(&other, Indicator::ActiveSeries));
        prop_assert_eq!(one.outcome, other.outcome);
        prop_assert_eq!(one.change, other.change);
        prop_assert_eq!(&one.reason, &other.reason);
    }

    #[test]
    fn the_names_of_hosts_do_not_matter(series in any_series()) {
        let renamed = |first: &'static str, second: &'static str| {
            let sample = |value: u16, secs: i64| {
                let one = collector().with_series(f64::from(value)).on(first);
                let two = Collector { memory_mib: 70.0, ..collector().with_series(10.0) }.on(second);
                arm(&[one, two], secs)
            };
            let pairs = |secs: i64| usize::try_from(secs).ok().and_then(|second| series.get(second)).copied().unwrap_or((1, 1));
            let seconds = 0..i64::try_from(series.len()).expect("a short run");
            compared(&spec(&[]), &run(seconds, |secs| sample(pairs(secs).0, secs), |secs| sample(pairs(secs).1, secs)))
        };
        prop_assert_eq!(renamed("a", "b").indicators, renamed("d", "c").indicators);
    }

    #[test]
    fn the_screen_and_the_latest_values_take_any_samples(samples in any_samples()) {
        let spec = spec(&["a"]);
        let mut digest = Digest::default();
        for sample in &samples {
            digest = screen(&spec, 60, digest, sample).digest;
        }
        let latest = latest_values(&spec.critical_processes, &samples);
        let finite = |values: &BTreeMap<Indicator, f64>| values.values().all(|value| value.is_finite());
        prop_assert!(finite(&latest.values.baseline) && finite(&latest.values.candidate));
    }
}
