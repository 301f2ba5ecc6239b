//! Reports of one executable by both arms, second by second, and whether their values agree.

use crate::analysis::fidelity::Agreement;
use crate::analysis::sample::Executable;
use crate::analysis::tests::compare;
use crate::analysis::{Evidence, Indicator, IndicatorResult, Outcome};
use crate::testing::build::{self, at};
use crate::testing::build_samples::{Collector, collector, run};
use crate::time::Span;

/// What an arm reports of `db` at a second: processes and MiB; nothing when it does not see it.
type Report = Option<(u32, f64)>;

fn judged(
    seconds: i64,
    collection_secs: u64,
    baseline: impl Fn(i64) -> Report,
    candidate: impl Fn(i64) -> Report,
) -> IndicatorResult {
    let seeing = |report: Report| -> Collector {
        report.map_or(collector(), |(processes, mib)| collector().seeing("db", processes, mib))
    };
    let samples =
        run(0..seconds, |secs| seeing(baseline(secs)).sample(secs), |secs| seeing(candidate(secs)).sample(secs));
    let evidence =
        Evidence { spec: &build::spec(), collection_interval: Span::from_secs(collection_secs), ready_at: at(0) };
    compare(evidence, &samples).indicator(Indicator::ValueAgreement).expect("always there").clone()
}

/// However long a run is, only the reports around the latest measurement are held.
#[test]
fn a_long_run_holds_no_more_than_a_short_one() {
    let stride = 5;
    let mut agreement = Agreement::default();
    let seen = Executable { processes: 1, memory_bytes: 1.0 };
    for index in 0..10_000 {
        agreement.take(index, Some(&seen), (index % 3 > 0).then_some(&seen), stride);
        let held = agreement.baseline.len().max(agreement.candidate.len());
        assert!(held <= 2 * stride + 2, "{held} reports at {index}");
    }
    agreement.end(stride);
    assert_eq!((agreement.compared, agreement.disagreed()), (6_666, 0));
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn mib(value: i64) -> f64 {
    value as f64
}

/// Numbers between 0 and 1 that look random and are always the same (a multiplicative generator with the prime 65 537).
fn noise(seed: i64, secs: i64) -> f64 {
    let mut state = (seed * 7_919 + secs * 104_729) % 65_537;
    for _ in 0..8 {
        state = (state * 75 + 74) % 65_537;
    }
    mib(state) / 65_537.0
}

#[test]
fn equal_reports_agree() {
    let result = judged(70, 1, |_| Some((3, 48.0)), |_| Some((3, 48.0)));
    assert_eq!(result.outcome, Outcome::Pass);
    assert_eq!((result.baseline, result.candidate, result.change), (Some(1.0), Some(1.0), Some(0.0)));
    assert_eq!(result.reason, "the memory of 1 executable agrees within the jitter of two collectors, over 70 samples");
}

#[test]
fn the_tolerance_is_5_percent_and_1_mib() {
    assert_eq!(judged(70, 1, |_| Some((1, 100.0)), |_| Some((1, 106.0))).outcome, Outcome::Pass);
    assert_eq!(judged(70, 1, |_| Some((1, 100.0)), |_| Some((1, 106.5))).outcome, Outcome::Regressed);
    assert_eq!(judged(70, 1, |_| Some((1, 100.0)), |_| Some((1, 94.5))).outcome, Outcome::Pass);
    assert_eq!(judged(70, 1, |_| Some((1, 100.0)), |_| Some((1, 93.5))).outcome, Outcome::Regressed);
    assert_eq!(judged(70, 1, |_| Some((1, 0.0)), |_| Some((1, 1.0))).outcome, Outcome::Pass);
}

#[test]
fn an_undercount_is_wrong_and_names_executable_memory_and_processes() {
    let result = judged(70, 1, |_| Some((8, 48.0)), |_| Some((2, 12.0)));
    assert_eq!(result.outcome, Outcome::Regressed);
    assert_eq!((result.baseline, result.candidate, result.change), (Some(1.0), Some(0.0), Some(-1.0)));
    assert_eq!(
        result.reason,
        "1 executable disagrees: db on host-a with 12.0 MiB instead of 48.0 MiB, 2 of 8 processes, in 70 of 70 samples"
    );
}

#[test]
fn fewer_processes_of_the_same_memory_are_mentioned() {
    let result = judged(70, 1, |_| Some((8, 48.0)), |_| Some((2, 47.0)));
    assert_eq!(result.outcome, Outcome::Pass);
    assert!(
        result.reason.ends_with("; fewer processes, though, of db on host-a (2 of 8 processes)"),
        "{}",
        result.reason
    );
}

#[test]
fn a_ramp_seen_one_measurement_later_agrees() {
    let ramp = |secs: i64| Some((1, 100.0 + 40.0 * mib(secs)));
    assert_eq!(judged(70, 1, ramp, |secs| ramp(secs - 1)).outcome, Outcome::Pass);
    assert_eq!(judged(70, 1, ramp, |secs| ramp(secs - 10)).outcome, Outcome::Regressed);
}

#[test]
fn measurements_rarer_than_samples_are_compared_over_a_whole_measurement() {
    // Both measure every 5 s, the candidate 3 s later, and the memory moves by 100 MiB from one to the next.
    let baseline = |secs: i64| Some((1, 500.0 + 20.0 * mib(secs - secs.rem_euclid(5))));
    let candidate = |secs: i64| Some((1, 500.0 + 20.0 * mib(secs - (secs - 3).rem_euclid(5))));
    assert_eq!(judged(200, 5, baseline, candidate).outcome, Outcome::Pass);
}

#[test]
fn pure_noise_in_both_arms_agrees() {
    for seed in 0..20 {
        let noisy = |arm: i64| move |secs: i64| Some((1, 1_000.0 * noise(seed * 2 + arm, secs)));
        let result = judged(70, 1, noisy(0), noisy(1));
        assert_eq!(result.outcome, Outcome::Pass, "seed {seed}: {}", result.reason);
    }
}

#[test]
fn an_executable_must_be_seen_by_both_at_eight_instants() {
    let until = |end: i64| move |secs: i64| (secs < end).then_some((1, 5.0));
    assert_eq!(judged(70, 1, |_| Some((1, 48.0)), until(8)).outcome, Outcome::Regressed);
    let result = judged(70, 1, |_| Some((1, 48.0)), until(7));
    assert_eq!(result.outcome, Outcome::NoData);
    assert_eq!(result.reason, "no executable was reported by both arms often enough to compare");
    assert_eq!((result.baseline, result.candidate, result.change), (None, None, None));
}

#[test]
fn an_executable_that_lives_for_seconds_decides_nothing() {
    // A compiler runs for a fifth of the time and only grows; the candidate measures it later and always sees more.
    let busy = |secs: i64, ahead: i64| {
        let daemon = collector().seeing("db", 1, 48.0);
        if secs % 50 < 10 { daemon.seeing("rustc", 1, 20.0 * mib(secs % 50 + ahead)) } else { daemon }
    };
    let samples = run(0..150, |secs| busy(secs, 1).sample(secs), |secs| busy(secs, 9).sample(secs));
    let evidence = Evidence { spec: &build::spec(), collection_interval: Span::from_secs(1), ready_at: at(0) };
    let result = compare(evidence, &samples).indicator(Indicator::ValueAgreement).expect("always there").clone();
    assert_eq!((result.outcome, result.baseline), (Outcome::Pass, Some(1.0)), "{}", result.reason);
}

#[test]
fn fewer_processes_of_a_critical_executable_withhold_the_pass() {
    let spec = crate::spec::ExperimentSpec {
        critical_processes: vec![crate::spec::ProcessPattern::try_from("^db$".to_owned()).expect("valid")],
        ..build::spec()
    };
    let judged = |spec: &crate::spec::ExperimentSpec| {
        // Two processes of 800 MiB and 1 MiB: the small one hides in the tolerance of the sum.
        let both = |secs: i64| collector().seeing("db", 2, 801.0).sample(secs);
        let one = |secs: i64| collector().seeing("db", 1, 800.0).sample(secs);
        let evidence = Evidence { spec, collection_interval: Span::from_secs(1), ready_at: at(0) };
        compare(evidence, &run(0..70, both, one)).indicator(Indicator::ValueAgreement).expect("always there").clone()
    };
    let result = judged(&spec);
    assert_eq!(result.outcome, Outcome::Inconclusive);
    assert!(result.reason.starts_with("fewer processes of the critical db on "), "{}", result.reason);
    assert_eq!(judged(&build::spec()).outcome, Outcome::Pass, "of others it is only told");
}

#[test]
fn half_of_the_comparisons_may_miss() {
    let wrong_until = |end: i64| move |secs: i64| Some((1, if secs < end { 5.0 } else { 48.0 }));
    // The comparison at the edge sees both values and agrees.
    assert_eq!(judged(70, 1, |_| Some((1, 48.0)), wrong_until(36)).outcome, Outcome::Pass);
    assert_eq!(judged(70, 1, |_| Some((1, 48.0)), wrong_until(37)).outcome, Outcome::Regressed);
}

#[test]
fn a_baseline_without_executables_is_invalid_and_few_samples_decide_nothing() {
    assert_eq!(judged(70, 1, |_| None, |_| Some((1, 48.0))).outcome, Outcome::Invalid);
    assert_eq!(judged(59, 1, |_| Some((1, 48.0)), |_| Some((1, 1.0))).outcome, Outcome::Inconclusive);
}

#[test]
fn memory_that_is_no_number_is_not_compared() {
    assert_eq!(judged(70, 1, |_| Some((1, 48.0)), |_| Some((1, f64::NAN))).outcome, Outcome::NoData);
    assert_eq!(judged(70, 1, |_| Some((1, 48.0)), |_| Some((1, -48.0))).outcome, Outcome::NoData);
}
