//! What a report rests on, in numbers.

use phoenix_core::analysis::{Indicator, OverTime, Step};
use phoenix_core::app::Report;
use phoenix_core::experiment::RunClock;
use phoenix_core::time::Span;

use crate::output::report::document::{Figure, instant, run_lines};
use crate::output::report::{indicators, lost, savings};
use crate::output::units::{counted, span};

/// The numbers that are worth a look before anything else.
pub(super) fn figures(report: &Report) -> Vec<Figure> {
    let Some(comparison) = &report.comparison else { return Vec::new() };
    let mut figures = Vec::new();
    if let Some(series) = comparison.indicator(Indicator::ActiveSeries).filter(|series| series.change.is_some()) {
        let cells = indicators::line(series).cells;
        if let [_, baseline, candidate, change, ..] = cells.as_slice() {
            let note = format!("from {baseline} to {candidate}");
            figures.push(Figure { value: change.clone(), label: "active series".to_owned(), note });
        }
    }
    figures.extend(report.savings.as_ref().and_then(savings::figure));
    let (lost, critical) = lost::numbers(comparison);
    if comparison.samples.judged > 0 {
        let note = if critical == 0 { "none of them critical".to_owned() } else { format!("{critical} critical") };
        let note = if lost == 0 { "the candidate saw them all".to_owned() } else { note };
        figures.push(Figure { value: lost.to_string(), label: "executables lost".to_owned(), note });
    }
    let samples = comparison.samples;
    let note = format!("{} missing, {} dropped as warm-up", samples.missing, samples.warm_up);
    figures.push(Figure { value: samples.judged.to_string(), label: "samples judged".to_owned(), note });
    figures
}

/// Labels and values of what was taken, judged and missing.
pub(super) fn rows(report: &Report) -> Vec<(&'static str, String)> {
    let experiment = &report.experiment;
    let schedule = &experiment.spec.schedule;
    let mut rows: Vec<(&'static str, String)> = Vec::new();
    rows.push(("state", format!("{} since {}", experiment.state, instant(experiment.status.entered_at))));
    if let Some(clock) = &experiment.status.clock {
        rows.push(("both pipelines ready", instant(clock.ready_at)));
        rows.extend(times(clock, report));
    }
    rows.push(("planned", planned(report)));
    rows.push(("sampled every", schedule.sample_interval.to_string()));
    if let Some(comparison) = &report.comparison {
        let samples = comparison.samples;
        rows.push(("samples taken per pipeline", samples.taken.to_string()));
        rows.push(("judged", samples.judged.to_string()));
        rows.push(("dropped as warm-up", format!("{} ({} usable)", samples.warm_up, samples.warm_up_usable)));
        rows.push(("missing", missing(samples.missing, report.series.as_ref())));
        let hosts: Vec<&str> = comparison.hosts.iter().map(phoenix_core::id::HostName::as_str).collect();
        rows.push(("hosts", if hosts.is_empty() { "none reported by both arms".to_owned() } else { hosts.join(", ") }));
    } else if let Some(run) = &report.series {
        let taken = sum(run, |step| step.taken);
        rows.push(("samples taken per pipeline so far", taken.to_string()));
        rows.push(("usable", sum(run, |step| step.usable).to_string()));
        rows.push(("missing", missing(taken.saturating_sub(sum(run, |step| step.usable)), Some(run))));
    }
    rows
}

/// What of the run is told in sentences on a terminal, and how long the clock stood.
fn times(clock: &RunClock, report: &Report) -> Vec<(&'static str, String)> {
    let until = report.series.as_ref().map_or(report.experiment.status.entered_at, |run| run.until);
    let mut rows = vec![("ran", span(clock.elapsed_at(until)))];
    let mut stood = |label, length: Span| {
        if !length.is_zero() {
            rows.push((label, span(length)));
        }
    };
    stood("clock stood for outages", clock.outage_at(until));
    stood("clock stood for pauses", clock.paused_at(until));
    if let Some(end) = run_lines(report).into_iter().find_map(|line| Some(line.strip_prefix("ended ")?.to_owned())) {
        rows.push(("ended", end));
    }
    rows
}

fn planned(report: &Report) -> String {
    let schedule = &report.experiment.spec.schedule;
    let text = format!("{}, of which {} as warm-up", schedule.duration, schedule.warm_up);
    match &report.experiment.status.clock {
        Some(clock) => format!("{text}; {} to judge", counted(clock.planned_samples, "sample")),
        None => text,
    }
}

/// `4 (baseline 0, candidate 4, 0 of them while the metrics source failed)`
fn missing(number: u64, run: Option<&OverTime>) -> String {
    match run {
        Some(run) if number > 0 => format!(
            "{number} (over the whole run: {} of the baseline, {} of the candidate; at {} the metrics source failed)",
            sum(run, |step| step.baseline_missing),
            sum(run, |step| step.candidate_missing),
            counted(sum(run, |step| step.outages), "instant")
        ),
        Some(_) | None => number.to_string(),
    }
}

fn sum(run: &OverTime, value: fn(&Step) -> u64) -> u64 {
    run.steps.iter().map(value).sum()
}
