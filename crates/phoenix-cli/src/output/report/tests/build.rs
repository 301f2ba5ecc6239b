//! Builders of comparisons, with the figures of two real collectors.

use phoenix_core::analysis::{
    Comparison, Indicator, IndicatorResult, LostExecutable, Outcome, Prices, SampleCounts, Savings, Verdict,
};
use phoenix_core::app::Report;
use phoenix_core::experiment::{Cleanup, Pair, PipelineRef, Reason, RunClock, State};
use phoenix_core::spec::Optimization;
use phoenix_core::testing::build::{at, experiment, generated};
use phoenix_core::time::Span;

const MIB: f64 = 1_048_576.0;
const NOT_JUDGED: &str =
    "not judged: a noisy series needs a test for correlated samples, which this version does not have";

/// A comparison to be changed.
pub(super) struct Found {
    pub(super) comparison: Comparison,
}

impl Found {
    /// Changes the result of one indicator.
    pub(super) fn set(&mut self, indicator: Indicator, change: impl FnOnce(&mut IndicatorResult)) {
        let result = self.comparison.indicators.iter_mut().find(|result| result.indicator == indicator);
        change(result.expect("every indicator is there"));
    }
}

/// Sets what belongs together.
pub(super) trait Change {
    /// The values, with the change and the interval that follow from them, and the outcome.
    fn change(&mut self, baseline: f64, candidate: f64, outcome: Outcome);
}

impl Change for IndicatorResult {
    fn change(&mut self, baseline: f64, candidate: f64, outcome: Outcome) {
        let change = candidate / baseline - 1.0;
        self.baseline = Some(baseline);
        self.candidate = Some(candidate);
        self.change = Some(change);
        self.interval = Some((change, change));
        self.outcome = outcome;
    }
}

/// Two identical pipelines.
pub(super) fn comparison() -> Found {
    let mut found = Found {
        comparison: Comparison {
            verdict: Verdict::Inconclusive,
            reasons: vec![format!("memory_usage, cpu_usage: {NOT_JUDGED}")],
            indicators: Indicator::ALL.into_iter().map(unset).collect(),
            lost: Vec::new(),
            samples: SampleCounts { taken: 120, warm_up: 8, warm_up_usable: 8, missing: 0, judged: 112 },
            hosts: vec!["host-a".parse().expect("valid")],
        },
    };
    found.set(Indicator::ActiveSeries, |result| result.change(474.0, 474.0, Outcome::Pass));
    found.set(Indicator::DatapointsRate, |result| not_judged(result, 92.0, 92.0));
    found.set(Indicator::MemoryUsage, |result| not_judged(result, 54.9 * MIB, 55.1 * MIB));
    found.set(Indicator::CpuUsage, |result| not_judged(result, 0.033, 0.032));
    found.set(Indicator::ErrorRate, |result| {
        result.change(1.0, 1.0, Outcome::Pass);
        (result.baseline, result.candidate) = (Some(0.0), Some(0.0));
    });
    found.set(Indicator::CriticalRetention, |result| result.change(2.0, 2.0, Outcome::Pass));
    found.set(Indicator::ValueAgreement, |result| result.change(30.0, 30.0, Outcome::Pass));
    found.set(Indicator::ProcessCount, |result| result.change(65.0, 65.0, Outcome::Inconclusive));
    found
}

/// A candidate that saves and loses nothing critical.
pub(super) fn trimmed() -> Found {
    let mut found = comparison();
    found.set(Indicator::ActiveSeries, |result| result.change(474.0, 98.0, Outcome::Improved));
    found.set(Indicator::DatapointsRate, |result| not_judged(result, 92.0, 19.6));
    found.set(Indicator::MemoryUsage, |result| not_judged(result, 54.9 * MIB, 51.6 * MIB));
    found.set(Indicator::CpuUsage, |result| not_judged(result, 0.033, 0.013));
    found.set(Indicator::ProcessCount, |result| result.change(65.0, 30.0, Outcome::Inconclusive));
    let workers = (0..22).map(|number| format!("kworker/0:{number}"));
    let others = (0..13).map(|number| format!("kernel-thread-{number:02}"));
    found.comparison.lost = workers.chain(others).map(|name| lost(&name, false)).collect();
    found
}

/// An executable that the candidate never saw.
pub(super) fn lost(executable: &str, critical: bool) -> LostExecutable {
    LostExecutable {
        executable: executable.to_owned(),
        host: "host-a".parse().expect("valid"),
        critical,
        seen_by_baseline: 112,
        seen_by_candidate: 0,
    }
}

/// An experiment of 30 minutes that ended with this comparison.
pub(super) fn completed(comparison: Comparison) -> Report {
    let mut report = ended(State::Completed, Reason::Analysed, "");
    let status = &mut report.experiment.status;
    status.verdict = Some(comparison.verdict);
    status.message = comparison.reasons.first().cloned().unwrap_or_default();
    status.ended_by = Some(Reason::DurationElapsed);
    status.clock = Some(RunClock::start(at(0), 112).ended(at(1_800)));
    report.savings = Savings::of(&comparison, &Prices::default());
    report.comparison = Some(comparison);
    report
}

/// An experiment that ended without one.
pub(super) fn ended(state: State, reason: Reason, message: &str) -> Report {
    let mut experiment = experiment("e1", "cut-process-cost");
    let spec = &mut experiment.spec;
    spec.schedule.duration = Span::from_mins(30);
    spec.schedule.warm_up = Span::from_mins(2);
    spec.schedule.sample_interval = Span::from_secs(15);
    let optimization =
        |name: &str| Optimization { name: name.to_owned(), parameters: std::collections::BTreeMap::new() };
    spec.candidate.optimizations = vec![optimization("exclude-kernel-threads"), optimization("process-filter")];
    experiment.state = state;
    let pipelines: Pair<PipelineRef> = generated(&experiment).map(|_, pipeline| PipelineRef::from(pipeline));
    let status = &mut experiment.status;
    status.pipelines = Some(pipelines);
    status.entered_at = at(1_801);
    status.reason = Some(reason);
    status.message = message.to_owned();
    status.cleanup = if state.is_terminal() { Cleanup::Confirmed } else { Cleanup::NotDue };
    Report { experiment, comparison: None, savings: None, series: None, configurations: None, events: None }
}

fn not_judged(result: &mut IndicatorResult, baseline: f64, candidate: f64) {
    result.change(baseline, candidate, Outcome::Inconclusive);
    result.interval = None;
    result.judged = false;
    NOT_JUDGED.clone_into(&mut result.reason);
}

fn unset(indicator: Indicator) -> IndicatorResult {
    IndicatorResult {
        indicator,
        role: indicator.default_role(),
        baseline: None,
        candidate: None,
        change: None,
        interval: None,
        margin: indicator.default_margin(),
        outcome: Outcome::NoData,
        judged: true,
        reason: String::new(),
        samples: 112,
    }
}
