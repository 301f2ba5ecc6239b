//! The rules that need a whole comparison.

use crate::analysis::sample::{ArmSample, Measure};
use crate::analysis::tests::{compare, compared, result, spec};
use crate::analysis::{Comparison, Evidence, Indicator, Outcome, Verdict};
use crate::spec::{IndicatorPolicy, Role};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector, run};
use crate::time::Span;

fn compared_arms(baseline: impl Fn(i64) -> ArmSample, candidate: impl Fn(i64) -> ArmSample) -> Comparison {
    compared(&spec(&[]), &run(0..80, baseline, candidate))
}

fn series(count: f64) -> impl Fn(i64) -> ArmSample {
    move |secs| collector().with_series(count).sample(secs)
}

#[test]
fn a_saving_must_hold_in_every_sample() {
    let comparison = compared_arms(series(474.0), series(98.0));
    let found = result(&comparison, Indicator::ActiveSeries);
    assert_eq!((found.outcome, found.judged, found.role), (Outcome::Improved, true, Role::Saving));
    assert_eq!(found.reason, "-79.3 % (each sample -79.3 %), held in all 80 samples; a saving of 10 % is sought");

    let one_without = |secs: i64| if secs == 40 { series(474.0)(secs) } else { series(98.0)(secs) };
    let comparison = compared_arms(series(474.0), one_without);
    let found = result(&comparison, Indicator::ActiveSeries);
    assert_eq!(found.outcome, Outcome::Inconclusive);
    assert_eq!(
        found.reason,
        "-78.3 % (each sample -79.3 % .. +0.0 %): the saving of 10 % sought is not there in every sample, nor missing in every one"
    );
}

#[test]
fn the_same_candidate_is_not_promoted_because_the_saving_is_refuted() {
    let comparison = compared_arms(series(474.0), series(474.0));
    assert_eq!(comparison.verdict, Verdict::Reject);
    assert_eq!(
        comparison.reasons,
        ["active_series: the saving of 10 % sought is refuted: +0.0 % (each sample +0.0 %), held in all 80 samples"]
    );
    assert!(result(&comparison, Indicator::ActiveSeries).refutes_saving());
}

#[test]
fn a_candidate_that_costs_more_is_regressed_and_rejected() {
    let comparison = compared_arms(series(400.0), series(500.0));
    let found = result(&comparison, Indicator::ActiveSeries);
    assert_eq!((found.outcome, comparison.verdict), (Outcome::Regressed, Verdict::Reject));
    assert_eq!((found.change, found.interval), (Some(0.25), Some((0.25, 0.25))));
    assert!(
        found.reason.ends_with("held in all 80 samples, and each costs more than the baseline"),
        "{}",
        found.reason
    );
}

#[test]
fn an_empty_baseline_makes_everything_invalid() {
    let comparison = compared_arms(series(0.0), series(98.0));
    assert!(comparison.indicators.iter().all(|result| result.outcome == Outcome::Invalid));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    let reason = "the baseline has no series, so there is nothing to compare with";
    assert!(comparison.reasons.iter().any(|line| line.ends_with(reason)), "{:?}", comparison.reasons);
    assert_eq!(compared_arms(series(0.0), series(0.0)).verdict, Verdict::Inconclusive);
}

#[test]
fn a_candidate_that_emits_nothing_saves_nothing() {
    let comparison = compared_arms(series(474.0), series(0.0));
    assert_eq!(result(&comparison, Indicator::ActiveSeries).outcome, Outcome::Inconclusive);
    assert_eq!(comparison.verdict, Verdict::Reject);
    assert_eq!(
        comparison.reasons.first().map(String::as_str),
        Some(
            "candidate_emits_nothing: the candidate is up and emits nothing in all 80 samples, while the baseline has series"
        )
    );
    let briefly = compared(&spec(&[]), &run(0..59, series(474.0), series(0.0)));
    assert_eq!(briefly.verdict, Verdict::Inconclusive);
}

fn failing(failed_per_sec: f64) -> impl Fn(i64) -> ArmSample {
    move |secs| Collector { failed_per_sec, ..collector().with_series(98.0) }.sample(secs)
}

#[test]
fn the_share_of_errors_may_not_grow_beyond_the_margin() {
    let comparison = compared_arms(collector_sample, failing(0.0));
    let found = result(&comparison, Indicator::ErrorRate);
    assert_eq!((found.outcome, found.baseline, found.change), (Outcome::Pass, Some(0.0), Some(0.0)));
    assert_eq!(found.reason, "the share of errors changes by +0.0 % (tolerated 0 %), held in all 80 samples");

    let comparison = compared_arms(collector_sample, failing(92.0));
    let found = result(&comparison, Indicator::ErrorRate);
    assert_eq!((found.outcome, found.candidate, found.interval), (Outcome::Regressed, Some(0.5), Some((0.5, 0.5))));
    assert_eq!(comparison.verdict, Verdict::Reject);
    assert_eq!(comparison.reasons.len(), 1, "{:?}", comparison.reasons);

    let mut tolerant = spec(&[]);
    let policy = IndicatorPolicy { margin: Some(0.5), ..IndicatorPolicy::default() };
    tolerant.policy.indicators.insert(Indicator::ErrorRate, policy);
    let comparison = compared(&tolerant, &run(0..80, collector_sample, failing(92.0)));
    assert_eq!(result(&comparison, Indicator::ErrorRate).outcome, Outcome::Pass);
}

fn collector_sample(secs: i64) -> ArmSample {
    collector().sample(secs)
}

#[test]
fn errors_in_some_samples_only_decide_nothing() {
    // The counter stands still in the first half: 46 failures per second afterwards are 92 per second counted from second 40 on.
    let late = |secs: i64| {
        let mut sample = collector().sample(secs);
        for reading in sample.hosts.values_mut() {
            let failures = crate::analysis::sample::Value::Counter {
                total: at(secs).since(at(40)).as_secs_f64() * 92.0,
                epoch: at(-100),
            };
            reading.values.insert(Measure::DatapointsFailed, failures);
        }
        sample
    };
    let found = compared_arms(collector_sample, late);
    assert_eq!(result(&found, Indicator::ErrorRate).outcome, Outcome::Inconclusive);
}

#[test]
fn a_counter_of_failures_that_is_absent_is_zero() {
    let silent = |secs: i64| {
        let mut sample = collector().sample(secs);
        for reading in sample.hosts.values_mut() {
            reading.values.remove(&Measure::DatapointsFailed);
        }
        sample
    };
    let comparison = compared_arms(silent, silent);
    assert_eq!(result(&comparison, Indicator::ErrorRate).outcome, Outcome::Pass);
}

#[test]
fn errors_are_compared_over_a_whole_measurement_of_both_collectors() {
    // Both send every 5 s with the same share of failures, at different moments; no step of one second holds both.
    let sending = |phase: i64| {
        move |secs: i64| {
            let batches = (secs - phase).div_euclid(5) + 100;
            let mut sample = collector().sample(secs);
            for reading in sample.hosts.values_mut() {
                for (measure, each) in [(Measure::DatapointsSent, 75), (Measure::DatapointsFailed, 25)] {
                    let total = f64::from(i32::try_from(batches * each).expect("small"));
                    let value = crate::analysis::sample::Value::Counter { total, epoch: at(-500) };
                    reading.values.insert(measure, value);
                }
            }
            sample
        }
    };
    let samples = run(0..200, sending(0), sending(3));
    let evidence = Evidence { spec: &spec(&[]), collection_interval: Span::from_secs(5), ready_at: at(0) };
    let comparison = compare(evidence, &samples);
    let found = result(&comparison, Indicator::ErrorRate);
    assert_eq!((found.outcome, found.baseline, found.interval), (Outcome::Pass, Some(0.25), Some((0.0, 0.0))));
    assert_eq!(found.samples, 200);
}

#[test]
fn noisy_indicators_are_shown_and_not_judged() {
    let candidate = Collector { memory_mib: 110.0, cpu_cores: 0.0625, sent_per_sec: 23.0, ..collector() };
    let comparison = compared_arms(collector_sample, |secs| candidate.sample(secs));
    for (indicator, baseline, of_candidate, change) in [
        (Indicator::MemoryUsage, 55.0 * 1_048_576.0, 110.0 * 1_048_576.0, 1.0),
        (Indicator::CpuUsage, 0.03125, 0.0625, 1.0),
        (Indicator::DatapointsRate, 92.0, 23.0, -0.75),
    ] {
        let found = result(&comparison, indicator);
        assert_eq!((found.baseline, found.candidate), (Some(baseline), Some(of_candidate)), "{indicator}");
        assert_eq!((found.change, found.interval), (Some(change), None), "{indicator}");
        assert_eq!((found.outcome, found.judged), (Outcome::Inconclusive, false), "{indicator}");
        assert!(found.reason.starts_with("not judged: "), "{indicator}");
    }
}

#[test]
fn rates_use_the_times_at_which_the_collectors_were_read() {
    // Every second sample is read half a second late; its counters are those of that moment.
    let late = |secs: i64| {
        let mut sample = collector().sample(secs);
        if secs % 2 == 1 {
            for reading in sample.hosts.values_mut() {
                reading.read_at = reading.read_at + Span::from_millis(500);
                for value in reading.values.values_mut() {
                    if let crate::analysis::sample::Value::Counter { total, .. } = value {
                        *total += *total / (f64::from(i32::try_from(secs + 100).expect("small"))) / 2.0;
                    }
                }
            }
        }
        sample
    };
    let comparison = compared_arms(collector_sample, late);
    let rate = result(&comparison, Indicator::DatapointsRate).candidate.expect("a rate");
    assert!((rate - 92.0).abs() < 1e-9, "{rate}");
}

#[test]
fn a_promotion_names_the_gates_that_nobody_judged() {
    let comparison = compared(&spec(&["^db$"]), &run(0..80, with_db(474.0), with_db(98.0)));
    assert_eq!(comparison.verdict, Verdict::Promote);
    let last = comparison.reasons.last().map_or("", String::as_str);
    assert!(last.starts_with("memory_usage, cpu_usage: not judged: "), "{:?}", comparison.reasons);
}

#[test]
fn an_unjudged_gate_beyond_its_margin_rejects_nothing_and_holds_the_promotion_back() {
    let greedy = |memory_mib: f64| {
        move |secs: i64| {
            let seen = collector().with_series(98.0).seeing("db", 1, 10.0);
            Collector { memory_mib, ..seen }.sample(secs)
        }
    };
    let comparison = compared(&spec(&["^db$"]), &run(0..80, with_db(474.0), greedy(110.0)));
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    let first = comparison.reasons.first().map_or("", String::as_str);
    assert!(first.starts_with("memory_usage: not judged: "), "{first}");
    assert!(first.ends_with("; the +100.0 % shown is beyond the tolerated 10 %"), "{first}");

    let comparison = compared(&spec(&["^db$"]), &run(0..80, with_db(474.0), greedy(60.0)));
    assert_eq!(comparison.verdict, Verdict::Promote, "9.1 % more are tolerated");

    let mut informed = spec(&["^db$"]);
    let policy = IndicatorPolicy { role: Some(Role::Info), ..IndicatorPolicy::default() };
    informed.policy.indicators.insert(Indicator::MemoryUsage, policy);
    let comparison = compared(&informed, &run(0..80, with_db(474.0), greedy(110.0)));
    assert_eq!(comparison.verdict, Verdict::Promote, "what is no gate holds nothing back");
}

#[test]
fn an_unjudged_gate_without_a_value_holds_the_promotion_back() {
    let without_memory = |secs: i64| {
        let mut sample = with_db(98.0)(secs);
        for reading in sample.hosts.values_mut() {
            reading.values.remove(&Measure::MemoryBytes);
        }
        sample
    };
    let comparison = compared(&spec(&["^db$"]), &run(0..80, with_db(474.0), without_memory));
    assert_eq!(result(&comparison, Indicator::MemoryUsage).outcome, Outcome::NoData);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
}

fn with_db(series: f64) -> impl Fn(i64) -> ArmSample {
    move |secs| collector().with_series(series).seeing("db", 1, 10.0).sample(secs)
}

#[test]
fn the_policy_changes_role_and_margin() {
    let mut spec = spec(&["^db$"]);
    let policy = IndicatorPolicy { margin: Some(0.8), ..IndicatorPolicy::default() };
    spec.policy.indicators.insert(Indicator::ActiveSeries, policy);
    let comparison = compared(&spec, &run(0..80, with_db(474.0), with_db(98.0)));
    assert_eq!(comparison.verdict, Verdict::Reject, "79.3 % are less than 80 %");

    // As an ordinary gate, series may grow by the margin; then nothing is sought, and nothing promoted.
    let policy = IndicatorPolicy { role: Some(Role::Gate), margin: Some(0.1), ..IndicatorPolicy::default() };
    spec.policy.indicators.insert(Indicator::ActiveSeries, policy);
    spec.policy.primary = Indicator::DatapointsRate;
    let comparison = compared(&spec, &run(0..80, with_db(474.0), with_db(500.0)));
    assert_eq!(result(&comparison, Indicator::ActiveSeries).outcome, Outcome::Pass);
    assert_eq!(comparison.verdict, Verdict::Inconclusive);
    let comparison = compared(&spec, &run(0..80, with_db(474.0), with_db(600.0)));
    assert_eq!(comparison.verdict, Verdict::Reject);
}

#[test]
fn informative_indicators_are_never_judged() {
    let comparison = compared_arms(with_db(474.0), series(98.0));
    let found = result(&comparison, Indicator::ProcessCount);
    assert_eq!((found.role, found.judged, found.outcome), (Role::Info, false, Outcome::Inconclusive));
    assert_eq!(
        (found.baseline, found.candidate, found.reason.as_str()),
        (Some(1.0), Some(0.0), "shown for information")
    );
}
