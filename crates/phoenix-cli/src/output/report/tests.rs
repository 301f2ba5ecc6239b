//! Whole reports, as they are printed.

mod build;
mod documents;

use phoenix_core::analysis::{Indicator, Outcome, Verdict};
use phoenix_core::app::Report;
use phoenix_core::experiment::{Cleanup, Reason, RunClock, State};
use phoenix_core::spec::Role;
use phoenix_core::testing::build::at;
use phoenix_core::time::Span;

use super::{lost_table, render};
use crate::output::Paint;
use build::{Change, comparison, completed, ended, lost, trimmed};

fn printed(report: &Report) -> String {
    let text = render(report, Paint::OFF);
    for line in text.lines() {
        assert_eq!(line.trim_end(), line, "no trailing spaces");
        // Sentences may wrap; a table that wraps cannot be read.
        let is_sentence =
            ["  why: ", "  not seen", "  saves", "  would save"].iter().any(|start| line.starts_with(start));
        assert!(is_sentence || line.chars().count() <= 110, "{line}");
    }
    text
}

/// The candidate of the design's example.
#[test]
fn promote() {
    let mut found = trimmed();
    for indicator in [Indicator::MemoryUsage, Indicator::CpuUsage] {
        found.set(indicator, |result| result.role = Role::Info);
    }
    found.comparison.verdict = Verdict::Promote;
    found.comparison.reasons = vec![
        "active_series: -79.3 % (each sample -79.3 %), held in all 112 samples; a saving of 10 % is sought".to_owned(),
        "gates: every one passes (error_rate, critical_retention, value_agreement)".to_owned(),
    ];
    insta::assert_snapshot!(printed(&completed(found.comparison)));
}

/// What the candidate of the demo comes to while memory and CPU are gates that nobody judges.
#[test]
fn inconclusive() {
    insta::assert_snapshot!(printed(&completed(trimmed().comparison)));
}

#[test]
fn reject_because_a_critical_process_is_lost() {
    let mut found = trimmed();
    let reason = "postgres on host-a is lost: the baseline saw it in 112 samples, the candidate in none";
    found.set(Indicator::CriticalRetention, |result| {
        result.candidate = Some(1.0);
        result.change = Some(-0.5);
        result.interval = Some((-0.5, -0.5));
        result.outcome = Outcome::Regressed;
    });
    found.comparison.lost.insert(0, lost("postgres", true));
    found.comparison.verdict = Verdict::Reject;
    found.comparison.reasons = vec![format!("critical_retention: {reason}")];
    insta::assert_snapshot!(printed(&completed(found.comparison)));
}

#[test]
fn reject_because_nothing_is_saved() {
    let mut found = comparison();
    found.set(Indicator::ActiveSeries, |result| result.change(474.0, 474.0, Outcome::Pass));
    found.comparison.verdict = Verdict::Reject;
    found.comparison.reasons =
        vec!["active_series: the saving of 10 % sought is refuted: +0.0 % (each sample +0.0 %)".to_owned()];
    insta::assert_snapshot!(printed(&completed(found.comparison)));
}

#[test]
fn candidate_that_costs_more() {
    let mut found = comparison();
    found.set(Indicator::ActiveSeries, |result| {
        result.change(1_474.0, 1_974.5, Outcome::Regressed);
        result.interval = Some((0.31, 0.37));
    });
    found.set(Indicator::ErrorRate, |result| {
        result.baseline = Some(0.0);
        result.candidate = Some(0.0031);
        result.change = Some(0.0031);
        result.interval = Some((0.0, 0.0042));
        result.margin = 0.005;
    });
    found.comparison.verdict = Verdict::Reject;
    insta::assert_snapshot!(printed(&completed(found.comparison)));
}

#[test]
fn no_evidence() {
    let mut found = comparison();
    for result in &mut found.comparison.indicators {
        result.baseline = None;
        result.candidate = None;
        result.change = None;
        result.interval = None;
        result.outcome = Outcome::NoData;
        result.samples = 0;
    }
    found.comparison.verdict = Verdict::Inconclusive;
    found.comparison.reasons = vec!["active_series, error_rate: no sample after the warm-up has a value".to_owned()];
    found.comparison.samples.judged = 0;
    found.comparison.samples.missing = 112;
    found.comparison.hosts.clear();
    insta::assert_snapshot!(printed(&completed(found.comparison)));
}

#[test]
fn run_that_a_guardrail_ended_after_an_outage() {
    let mut found = trimmed();
    found.comparison.samples.taken = 31;
    let mut report = completed(found.comparison);
    let status = &mut report.experiment.status;
    status.reason = Some(Reason::GuardrailBreached);
    status.ended_by = Some(Reason::GuardrailBreached);
    status.verdict = Some(Verdict::Reject);
    status.message = "candidate: 600.0 MiB is more than the 512.0 MiB allowed".to_owned();
    status.clock =
        status.clock.map(|clock| RunClock { outage_used: Span::from_secs(45), elapsed: Span::from_secs(465), ..clock });
    insta::assert_snapshot!(printed(&report));
}

#[test]
fn experiment_that_could_not_be_carried_out() {
    let report =
        ended(State::Failed, Reason::PipelineFailed, "candidate: host-a: exited 3 times: \u{1b}[31mno such exporter");
    insta::assert_snapshot!(printed(&report));
}

#[test]
fn cancelled_experiment_is_told_with_how_long_it_ran() {
    let mut report = ended(State::Cancelled, Reason::CancelRequested, "interrupted (Ctrl-C)");
    report.experiment.status.clock = Some(RunClock::start(at(0), 112));
    report.experiment.status.entered_at = at(95);
    report.experiment.status.cleanup = Cleanup::Pending;
    insta::assert_snapshot!(printed(&report));
}

#[test]
fn report_before_the_end_says_what_to_do() {
    let text = printed(&ended(State::Running, Reason::PipelinesReady, ""));
    assert!(text.ends_with("  no verdict yet: phoenixctl watch cut-process-cost"), "{text}");
    let text = printed(&ended(State::Pending, Reason::Created, ""));
    assert!(text.ends_with("  not started yet: phoenixctl start cut-process-cost"), "{text}");
}

#[test]
fn colours_are_all_that_a_terminal_adds() {
    let report = completed(trimmed().comparison);
    let painted = render(&report, Paint::ON);
    assert!(painted.contains("\u{1b}[33mINCONCLUSIVE\u{1b}[0m"), "{painted}");
    let mut bare = painted;
    for code in ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"] {
        bare = bare.replace(&format!("\u{1b}{code}"), "");
    }
    assert_eq!(bare, render(&report, Paint::OFF));
}

#[test]
fn every_lost_executable_is_listed() {
    let mut found = trimmed();
    found.comparison.lost.truncate(2);
    found.comparison.lost.insert(0, lost("postgres", true));
    insta::assert_snapshot!(lost_table(&found.comparison, Paint::OFF), @r"
    executable    host     seen by the baseline   by the candidate
    postgres      host-a     112 of 112 samples   0 of 112 samples   critical
    kworker/0:0   host-a     112 of 112 samples   0 of 112 samples
    kworker/0:1   host-a     112 of 112 samples   0 of 112 samples
    ");
    found.comparison.lost.clear();
    assert_eq!(lost_table(&found.comparison, Paint::OFF), "the candidate saw every executable that the baseline saw");
}
