//! The table of indicators.

use phoenix_core::analysis::{Comparison, Indicator, IndicatorResult, Outcome};
use phoenix_core::spec::Role;

use crate::output::report::document::IndicatorLine;
use crate::output::table::{Align, Row, render};
use crate::output::units::{NOTHING, change, count, cpu, difference, memory, points, points_range, range, rate, share};
use crate::output::{Paint, Tone};

/// What is said of values that were the same in every sample.
const EXACT: &str = "exact";

const COLUMNS: [(&str, Align); 7] = [
    ("indicator", Align::Left),
    ("baseline", Align::Right),
    ("candidate", Align::Right),
    ("change", Align::Right),
    ("in every sample", Align::Left),
    ("margin", Align::Right),
    ("outcome", Align::Left),
];

/// The table, in the order of the comparison.
pub(super) fn table(comparison: &Comparison, paint: Paint) -> String {
    let rows: Vec<Row> = comparison.indicators.iter().map(row).collect();
    render(2, &COLUMNS, &rows, paint)
}

/// What people call an indicator.
pub(super) const fn label(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::ActiveSeries => "active series",
        Indicator::DatapointsRate => "datapoints/s",
        Indicator::MemoryUsage => "collector memory",
        Indicator::CpuUsage => "collector cpu",
        Indicator::ErrorRate => "errors",
        Indicator::CriticalRetention => "critical processes",
        Indicator::ValueAgreement => "values agree",
        Indicator::ProcessCount => "processes seen",
    }
}

/// The titles of the columns.
pub(super) fn titles() -> [&'static str; COLUMNS.len()] {
    COLUMNS.map(|(title, _)| title)
}

/// The same rows with the reasons of the outcomes, for documents.
pub(super) fn lines(comparison: &Comparison) -> Vec<IndicatorLine> {
    comparison.indicators.iter().map(line).collect()
}

/// One of them.
pub(super) fn line(result: &IndicatorResult) -> IndicatorLine {
    let Row { cells, tone } = row(result);
    IndicatorLine { cells, tone, reason: result.reason.clone() }
}

fn row(result: &IndicatorResult) -> Row {
    let (baseline, candidate) = values(result);
    let (outcome, tone) = outcome(result);
    let cells = [
        label(result.indicator).to_owned(),
        baseline,
        candidate,
        change_of(result),
        hull(result),
        margin(result),
        outcome,
    ];
    Row { cells: cells.into(), tone }
}

fn values(result: &IndicatorResult) -> (String, String) {
    let both = |unit: fn(f64) -> String| {
        let value = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), unit);
        (value(result.baseline), value(result.candidate))
    };
    match result.indicator {
        Indicator::ActiveSeries | Indicator::ProcessCount => both(count),
        Indicator::DatapointsRate => both(rate),
        Indicator::MemoryUsage => both(memory),
        Indicator::CpuUsage => both(cpu),
        Indicator::ErrorRate => both(share),
        Indicator::CriticalRetention => match (result.baseline, result.candidate) {
            (Some(all), Some(kept)) => (of(all, all), of(kept, all)),
            (None, _) | (_, None) => both(count),
        },
        // Executables that both arms reported: the number belongs to neither.
        Indicator::ValueAgreement => match (result.baseline, result.candidate) {
            (Some(compared), Some(agreed)) => (String::new(), of(agreed, compared)),
            (None, _) | (_, None) => both(count),
        },
    }
}

fn of(part: f64, whole: f64) -> String {
    format!("{}/{}", count(part), count(whole))
}

fn change_of(result: &IndicatorResult) -> String {
    let text = match result.indicator {
        Indicator::ErrorRate => result.change.map(points),
        Indicator::ProcessCount => {
            result.baseline.zip(result.candidate).map(|(before, after)| difference(after - before))
        }
        Indicator::ActiveSeries
        | Indicator::DatapointsRate
        | Indicator::MemoryUsage
        | Indicator::CpuUsage
        | Indicator::CriticalRetention
        | Indicator::ValueAgreement => result.change.map(change),
    };
    text.unwrap_or_else(|| NOTHING.to_owned())
}

/// The smallest and the largest change in any sample. It is no confidence interval and is not called one.
fn hull(result: &IndicatorResult) -> String {
    let Some((low, high)) = result.interval else { return NOTHING.to_owned() };
    let text = if result.indicator == Indicator::ErrorRate { points_range(low, high) } else { range(low, high) };
    text.unwrap_or_else(|| EXACT.to_owned())
}

/// The saving sought or the loss tolerated.
fn margin(result: &IndicatorResult) -> String {
    let sign = match result.role {
        Role::Info => return NOTHING.to_owned(),
        Role::Saving => -1.0,
        Role::Gate => 1.0,
    };
    if result.margin == 0.0 {
        return "0".to_owned();
    }
    match result.indicator {
        Indicator::ErrorRate => points(result.margin),
        Indicator::CriticalRetention | Indicator::ValueAgreement => change(-result.margin).replace(".0 %", " %"),
        Indicator::ActiveSeries
        | Indicator::DatapointsRate
        | Indicator::MemoryUsage
        | Indicator::CpuUsage
        | Indicator::ProcessCount => change(sign * result.margin).replace(".0 %", " %"),
    }
}

fn outcome(result: &IndicatorResult) -> (String, Tone) {
    let word = result.outcome.as_str().replace('_', " ");
    if !result.outcome.is_claim() {
        return (word, Tone::Open);
    }
    if result.role == Role::Info {
        return ("info".to_owned(), Tone::Faint);
    }
    if !result.judged {
        return ("not judged".to_owned(), Tone::Faint);
    }
    match result.outcome {
        // A pass of nothing: the file names no critical process.
        Outcome::Pass if result.indicator == Indicator::CriticalRetention && result.baseline.is_none() => {
            ("pass (none named)".to_owned(), Tone::Faint)
        }
        // Nothing is lost, and the saving that was sought is not there.
        Outcome::Pass if result.role == Role::Saving => ("pass (no saving)".to_owned(), Tone::Open),
        Outcome::Improved | Outcome::Pass => (word, Tone::Good),
        Outcome::Regressed => (word, Tone::Bad),
        Outcome::Inconclusive | Outcome::NoData | Outcome::ProviderError | Outcome::Invalid => (word, Tone::Open),
    }
}
