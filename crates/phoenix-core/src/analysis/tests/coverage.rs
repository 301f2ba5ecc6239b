//! Which samples count, and what happens when some are missing.

use crate::analysis::sample::{Measure, PairedSample, SampleOutcome, Value};
use crate::analysis::tests::{compared, result, spec};
use crate::analysis::{Comparison, Indicator, Outcome, SampleCounts, Verdict};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, arm, collector, run, unreadable};
use crate::time::Span;

const JUDGED: [Indicator; 4] =
    [Indicator::ActiveSeries, Indicator::ErrorRate, Indicator::CriticalRetention, Indicator::ValueAgreement];

fn baseline() -> Collector {
    collector().seeing("db", 1, 10.0)
}

fn trimmed() -> Collector {
    baseline().with_series(98.0)
}

/// A run whose candidate (and baseline) cannot be read at some seconds.
fn with_gaps(seconds: i64, baseline_gap: impl Fn(i64) -> bool, candidate_gap: impl Fn(i64) -> bool) -> Comparison {
    let sample = |collector: &Collector, gap: bool, secs: i64| {
        if gap { unreadable(SampleOutcome::NoData) } else { collector.sample(secs) }
    };
    let samples = run(
        0..seconds,
        |secs| sample(&baseline(), baseline_gap(secs), secs),
        |secs| sample(&trimmed(), candidate_gap(secs), secs),
    );
    compared(&spec(&["^db$"]), &samples)
}

fn outcomes(comparison: &Comparison) -> Vec<Outcome> {
    JUDGED.iter().map(|indicator| result(comparison, *indicator).outcome).collect()
}

#[test]
fn samples_of_the_warm_up_are_counted_and_dropped() {
    let mut spec = spec(&[]);
    spec.schedule.warm_up = Span::from_secs(10);
    // Within the warm-up the candidate still reports everything.
    let candidate = |secs: i64| if secs < 10 { baseline() } else { trimmed() }.sample(secs);
    let mut samples = run(0..72, |secs| baseline().sample(secs), candidate);
    if let Some(first) = samples.first_mut() {
        first.candidate = None;
    }
    let comparison = compared(&spec, &samples);
    let expected = SampleCounts { taken: 72, warm_up: 10, warm_up_usable: 9, missing: 0, judged: 62 };
    assert_eq!(comparison.samples, expected);
    assert_eq!(comparison.samples.usable(), 71);
    let series = result(&comparison, Indicator::ActiveSeries);
    assert_eq!((series.candidate, series.outcome, series.samples), (Some(98.0), Outcome::Improved, 62));
}

#[test]
fn one_pair_in_five_may_be_missing() {
    let every_fifth = |secs: i64| secs % 5 == 0;
    let comparison = with_gaps(100, every_fifth, every_fifth);
    assert_eq!(comparison.samples, SampleCounts { taken: 100, missing: 20, judged: 80, ..SampleCounts::default() });
    assert_eq!(outcomes(&comparison), [Outcome::Improved, Outcome::Pass, Outcome::Pass, Outcome::Pass]);

    let one_more = |secs: i64| secs % 5 == 0 || secs == 1;
    let comparison = with_gaps(100, one_more, one_more);
    assert_eq!(outcomes(&comparison), [Outcome::Inconclusive; 4]);
    let reason = "21 of 100 pairs are missing (21 %, at most 20 % may be): 21 of the baseline, 21 of the candidate";
    assert_eq!(result(&comparison, Indicator::ActiveSeries).reason, reason);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    assert_eq!(
        comparison.reasons.first().map(String::as_str),
        Some(format!("active_series, error_rate, critical_retention, value_agreement: {reason}").as_str())
    );
}

#[test]
fn an_arm_that_misses_more_than_the_other_is_not_judged() {
    let comparison = with_gaps(100, |_| false, |secs| secs < 5);
    assert_eq!(result(&comparison, Indicator::ActiveSeries).outcome, Outcome::Improved);
    let comparison = with_gaps(100, |_| false, |secs| secs < 6);
    assert_eq!(outcomes(&comparison), [Outcome::Inconclusive; 4]);
}

#[test]
fn an_arm_that_is_never_read_is_no_data() {
    let comparison = with_gaps(100, |_| false, |_| true);
    assert_eq!(outcomes(&comparison), [Outcome::NoData; 4]);
    assert_eq!(comparison.samples.usable(), 0);
    assert_eq!(
        comparison.reasons.first().map(String::as_str),
        Some(
            "active_series, memory_usage, cpu_usage, error_rate, critical_retention, value_agreement: \
             the candidate delivered no value in 100 instants"
        )
    );
}

#[test]
fn a_source_that_always_fails_is_a_provider_error() {
    let fails = |_| unreadable(SampleOutcome::ProviderError);
    let comparison = compared(&spec(&["^db$"]), &run(0..100, fails, fails));
    assert_eq!(outcomes(&comparison), [Outcome::ProviderError; 4]);
    assert_eq!(comparison.samples.missing, 100);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

#[test]
fn an_outage_of_the_source_stops_the_clock_and_takes_nothing_from_the_window() {
    let or_fails = |collector: Collector| {
        move |secs: i64| {
            if secs < 60 { unreadable(SampleOutcome::ProviderError) } else { collector.sample(secs) }
        }
    };
    let comparison = compared(&spec(&["^db$"]), &run(0..130, or_fails(baseline()), or_fails(trimmed())));
    assert_eq!((comparison.samples.missing, comparison.samples.judged), (60, 70));
    assert_eq!(result(&comparison, Indicator::ActiveSeries).outcome, Outcome::Improved);
}

#[test]
fn an_instant_that_nobody_sampled_while_the_clock_went_on_is_missing() {
    let or_late = |collector: Collector, late: i64| {
        move |secs: i64| if secs < late { unreadable(SampleOutcome::NotTaken) } else { collector.sample(secs) }
    };
    let judged = |late| compared(&spec(&["^db$"]), &run(0..100, or_late(baseline(), late), or_late(trimmed(), late)));
    let comparison = judged(20);
    assert_eq!((comparison.samples.missing, comparison.samples.judged), (20, 80));
    assert_eq!(outcomes(&comparison), [Outcome::Improved, Outcome::Pass, Outcome::Pass, Outcome::Pass]);
    assert_eq!(outcomes(&judged(21)), [Outcome::Inconclusive; 4]);
    assert_eq!(outcomes(&judged(100)), [Outcome::NoData; 4]);
}

#[test]
fn without_samples_there_is_no_data() {
    let comparison = compared(&spec(&["^db$"]), &[]);
    assert_eq!(outcomes(&comparison), [Outcome::NoData; 4]);
    assert_eq!(comparison.samples, SampleCounts::default());
    assert_eq!((comparison.verdict, comparison.hosts.len()), (Verdict::Inconclusive, 0));
}

#[test]
fn too_few_samples_decide_nothing() {
    let comparison = with_gaps(59, |_| false, |_| false);
    assert_eq!(outcomes(&comparison), [Outcome::Inconclusive; 4]);
    assert_eq!(result(&comparison, Indicator::ActiveSeries).reason, "59 samples of the 60 that are needed");
    let comparison = with_gaps(60, |_| false, |_| false);
    assert_eq!(outcomes(&comparison), [Outcome::Improved, Outcome::Pass, Outcome::Pass, Outcome::Pass]);
}

#[test]
fn both_arms_must_report_the_same_hosts() {
    let hosts = |series: f64, names: &[&'static str], secs: i64| {
        let collectors: Vec<Collector> = names.iter().map(|host| baseline().with_series(series).on(host)).collect();
        arm(&collectors, secs)
    };
    // At three instants the candidate lacks a host.
    let samples = run(
        0..80,
        |secs| hosts(400.0, &["host-a", "host-b"], secs),
        |secs| if secs < 3 { hosts(50.0, &["host-a"], secs) } else { hosts(50.0, &["host-a", "host-b"], secs) },
    );
    let comparison = compared(&spec(&[]), &samples);
    assert_eq!((comparison.samples.judged, comparison.samples.missing), (77, 3));
    let series = result(&comparison, Indicator::ActiveSeries);
    assert_eq!((series.baseline, series.candidate), (Some(800.0), Some(100.0)));
    let hosts: Vec<String> = comparison.hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["host-a", "host-b"]);
}

/// A run in which one value of the candidate is replaced at some seconds.
fn with_value(seconds: std::ops::Range<i64>, measure: Measure, value: Value) -> Vec<PairedSample> {
    let candidate = |secs: i64| {
        let mut sample = trimmed().sample(secs);
        if seconds.contains(&secs) {
            for reading in sample.hosts.values_mut() {
                reading.values.insert(measure, value);
            }
        }
        sample
    };
    run(0..100, |secs| baseline().sample(secs), candidate)
}

#[test]
fn a_value_that_makes_no_sense_is_missing_for_its_indicator_alone() {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
        let samples = with_value(10..14, Measure::ActiveSeries, Value::Gauge { value });
        let comparison = compared(&spec(&["^db$"]), &samples);
        let series = result(&comparison, Indicator::ActiveSeries);
        assert_eq!((series.samples, series.outcome), (96, Outcome::Improved));
        assert_eq!(result(&comparison, Indicator::MemoryUsage).samples, 100);

        let samples = with_value(10..20, Measure::ActiveSeries, Value::Gauge { value });
        let comparison = compared(&spec(&["^db$"]), &samples);
        assert_eq!(
            outcomes(&comparison),
            [Outcome::Inconclusive, Outcome::Pass, Outcome::Pass, Outcome::Pass],
            "ten values of one arm are more than 5 points"
        );
    }
}

#[test]
fn a_counter_that_began_anew_makes_no_step() {
    let restarted = |secs: i64| Collector { epoch: if secs < 50 { -100 } else { 49 }, ..trimmed() }.sample(secs);
    let comparison = compared(&spec(&[]), &run(0..100, |secs| baseline().sample(secs), restarted));
    let rate = result(&comparison, Indicator::DatapointsRate);
    // 100 samples are 99 steps; the one over the restart is no value, and every other one shows the same rate.
    assert_eq!((rate.candidate, rate.samples), (Some(92.0), 99));

    let shrunk = Value::Counter { total: 1.0, epoch: at(-100) };
    let comparison = compared(&spec(&[]), &with_value(50..51, Measure::DatapointsSent, shrunk));
    assert_eq!(result(&comparison, Indicator::DatapointsRate).samples, 99, "one step shrinks, the next is valid again");
}
