//! Presence of executables over time, a character per sample, and which of them are lost.

use crate::analysis::sample::{ArmSample, PairedSample};
use crate::analysis::tests::compare;
use crate::analysis::{Comparison, Evidence, Indicator, Outcome};
use crate::spec::{ExperimentSpec, ProcessPattern};
use crate::testing::build::{self, at};
use crate::testing::build_samples::{Collector, collector, paired};
use crate::time::Span;

/// Presence over time: an executable and one character per second, `x` where it is seen.
type Row<'a> = (&'static str, &'a str);

fn spec(critical: &[&str]) -> ExperimentSpec {
    let pattern = |text: &&str| ProcessPattern::try_from((*text).to_owned()).expect("a valid pattern");
    ExperimentSpec { critical_processes: critical.iter().map(pattern).collect(), ..build::spec() }
}

fn sample(rows: &[Row<'_>], second: usize) -> ArmSample {
    let seen = rows.iter().filter(|(_, seen)| seen.as_bytes().get(second) == Some(&b'x'));
    let collector: Collector = seen.fold(collector(), |collector, (name, _)| collector.seeing(name, 1, 10.0));
    collector.sample(i64::try_from(second).expect("a short run"))
}

fn samples(baseline: &[Row<'_>], candidate: &[Row<'_>]) -> Vec<PairedSample> {
    let seconds = baseline.first().map_or(0, |(_, seen)| seen.len());
    let at_second = |second: usize| {
        paired(i64::try_from(second).expect("a short run"), sample(baseline, second), sample(candidate, second))
    };
    (0..seconds).map(at_second).collect()
}

fn compared(critical: &[&str], baseline: &[Row<'_>], candidate: &[Row<'_>], collection_secs: u64) -> Comparison {
    let collection_interval = Span::from_secs(collection_secs);
    let samples = samples(baseline, candidate);
    compare(Evidence { spec: &spec(critical), collection_interval, ready_at: at(0) }, &samples)
}

/// Outcome and reason for one critical process.
fn judged(baseline: &str, candidate: &str) -> (Outcome, String) {
    let comparison = compared(&["^db$"], &[("db", baseline)], &[("db", candidate)], 1);
    let result = comparison.indicator(Indicator::CriticalRetention).expect("always there");
    (result.outcome, result.reason.clone())
}

/// `x` 70 times, with other characters from `from` on.
fn seen_except(from: usize, instead: &str) -> String {
    let mut seen = "x".repeat(70);
    seen.replace_range(from..from + instead.len(), instead);
    seen
}

#[test]
fn without_any_absence_it_passes() {
    let always = "x".repeat(70);
    let (outcome, reason) = judged(&always, &always);
    assert_eq!(outcome, Outcome::Pass);
    assert_eq!(reason, "the candidate saw db whenever the baseline did, held in all 70 samples");
}

#[test]
fn an_absence_in_the_baseline_alone_is_no_loss() {
    assert_eq!(judged(&seen_except(20, "......"), &"x".repeat(70)).0, Outcome::Pass);
    assert_eq!(judged(&seen_except(20, "......"), &seen_except(20, "......")).0, Outcome::Pass);
}

#[test]
fn four_samples_in_a_row_are_lost_and_three_withhold_the_pass() {
    let always = "x".repeat(70);
    let (outcome, reason) = judged(&always, &seen_except(20, "...."));
    assert_eq!(outcome, Outcome::Regressed);
    assert_eq!(
        reason,
        "db on host-a is lost: missing from the candidate 4 samples in a row (the baseline saw it in 70 samples)"
    );
    let (outcome, reason) = judged(&always, &seen_except(20, "..."));
    assert_eq!(outcome, Outcome::Inconclusive);
    assert_eq!(
        reason,
        "db on host-a is missing from the candidate in 3 of 70 samples; too short to be a loss, and a pass it is not"
    );
    assert_eq!(judged(&always, &seen_except(20, "...x...x...")).0, Outcome::Inconclusive, "flapping");
}

#[test]
fn the_gaps_of_the_baseline_itself_say_how_long_a_loss_must_last() {
    // The longest gap G is 3, so a loss at any time takes 3 G + 1 = 10 samples.
    let flickering = seen_except(10, "...");
    assert_eq!(judged(&flickering, &seen_except(40, &".".repeat(9))).0, Outcome::Inconclusive);
    assert_eq!(judged(&flickering, &seen_except(40, &".".repeat(10))).0, Outcome::Regressed);
}

#[test]
fn an_absence_that_lasts_at_the_end_counts_earlier() {
    // G is 3, so one that still lasts takes 2 G + 1 = 7 samples.
    let flickering = seen_except(10, "...");
    assert_eq!(judged(&flickering, &seen_except(64, &".".repeat(6))).0, Outcome::Inconclusive);
    assert_eq!(judged(&flickering, &seen_except(63, &".".repeat(7))).0, Outcome::Regressed);
}

#[test]
fn a_process_that_the_candidate_never_saw_is_lost_even_if_it_flickers() {
    // Never four in a row, G is 1: lost because the baseline saw it in four samples.
    let flickering = format!("{}x.x.x.x{}", ".".repeat(30), ".".repeat(33));
    let never = ".".repeat(70);
    let (outcome, reason) = judged(&flickering, &never);
    assert_eq!(outcome, Outcome::Regressed);
    assert_eq!(reason, "db on host-a is lost: the baseline saw it in 4 samples, the candidate in none");
    let briefly = format!("{}x.x.x{}", ".".repeat(30), ".".repeat(35));
    assert_eq!(judged(&briefly, &never).0, Outcome::Inconclusive);
}

#[test]
fn a_loss_is_certain_before_there_are_enough_samples_for_a_pass() {
    let (outcome, _) = judged(&"x".repeat(10), &".".repeat(10));
    assert_eq!(outcome, Outcome::Regressed);
    let (outcome, reason) = judged(&"x".repeat(10), &"x".repeat(10));
    assert_eq!(outcome, Outcome::Inconclusive);
    assert_eq!(reason, "10 samples of the 60 that are needed");
}

#[test]
fn where_collectors_measure_less_often_one_missed_measurement_is_no_loss() {
    let always = "x".repeat(120);
    let mut missed = "x".repeat(120);
    missed.replace_range(40..50, "..........");
    let outcome = |candidate: &str, collection_secs| {
        let comparison = compared(&["^db$"], &[("db", &always)], &[("db", candidate)], collection_secs);
        comparison.indicator(Indicator::CriticalRetention).expect("always there").outcome
    };
    assert_eq!(outcome(&missed, 1), Outcome::Regressed);
    assert_eq!(outcome(&missed, 5), Outcome::Inconclusive, "two measurements of 5 s");
    missed.replace_range(40..60, "....................");
    assert_eq!(outcome(&missed, 5), Outcome::Regressed, "four measurements of 5 s");
}

#[test]
fn without_named_processes_it_passes_and_says_so() {
    let always = "x".repeat(70);
    let comparison = compared(&[], &[("db", &always)], &[], 1);
    let result = comparison.indicator(Indicator::CriticalRetention).expect("always there");
    assert_eq!((result.outcome, result.judged), (Outcome::Pass, true));
    assert_eq!(result.reason, "no critical processes are named");
    assert_eq!((result.baseline, result.change), (None, None));
}

#[test]
fn a_named_process_that_the_baseline_never_shows_is_invalid() {
    let always = "x".repeat(70);
    let rows = [("db", always.as_str())];
    let comparison = compared(&["^db$", "^ngnix$"], &rows, &rows, 1);
    let result = comparison.indicator(Indicator::CriticalRetention).expect("always there");
    assert_eq!(result.outcome, Outcome::Invalid);
    assert_eq!(result.reason, "the baseline reports no executable that matches ^ngnix$");
    // What is certainly lost outweighs what cannot be known.
    let comparison = compared(&["^db$", "^ngnix$"], &rows, &[], 1);
    assert_eq!(
        comparison.indicator(Indicator::CriticalRetention).map(|result| result.outcome),
        Some(Outcome::Regressed)
    );
}

#[test]
fn values_are_the_numbers_of_critical_executables() {
    let always = "x".repeat(70);
    let half = format!("{}{}", "x".repeat(35), ".".repeat(35));
    let comparison =
        compared(&["db", "web"], &[("db", &always), ("web", &always)], &[("db", &always), ("web", &half)], 1);
    let result = comparison.indicator(Indicator::CriticalRetention).expect("always there");
    assert_eq!((result.baseline, result.candidate), (Some(2.0), Some(1.5)));
    assert_eq!((result.change, result.interval), (Some(-0.25), Some((-0.5, 0.0))));
}

#[test]
fn a_critical_executable_that_is_lost_on_the_way_is_listed_with_its_sightings() {
    let always = "x".repeat(70);
    let gone = format!("{}{}", "x".repeat(50), ".".repeat(20));
    let rows = [("db", always.as_str()), ("web", always.as_str())];
    let comparison = compared(&["^db$"], &rows, &[("db", &gone), ("web", &gone)], 1);
    let lost: Vec<(&str, u64, u64)> = comparison
        .lost
        .iter()
        .map(|lost| (lost.executable.as_str(), lost.seen_by_baseline, lost.seen_by_candidate))
        .collect();
    assert_eq!(lost, [("db", 70, 50)]);
    let briefly = seen_except(20, "...");
    assert!(compared(&["^db$"], &rows, &[("db", &briefly), ("web", &always)], 1).lost.is_empty());
}

#[test]
fn lost_executables_are_listed_critical_ones_first_then_by_sightings_and_name() {
    let always = "x".repeat(70);
    let once = seen_except(0, &".".repeat(69));
    let twice = seen_except(0, &".".repeat(68));
    let rows: Vec<Row<'_>> =
        vec![("zed", &always), ("abe", &always), ("rare", &twice), ("once", &once), ("db", &twice), ("kept", &always)];
    let comparison = compared(&["^db$"], &rows, &[("kept", &always)], 1);
    let names: Vec<(&str, bool, u64)> =
        comparison.lost.iter().map(|lost| (lost.executable.as_str(), lost.critical, lost.seen_by_baseline)).collect();
    assert_eq!(names, [("db", true, 2), ("abe", false, 70), ("zed", false, 70), ("rare", false, 2)]);
}
