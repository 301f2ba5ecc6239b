//! One chart per indicator: both arms over time as inline SVG, with what was not judged or not there shaded, and the same in a table.
//!
//! Colours are two that people with any kind of colour vision tell apart, and the candidate's line is dashed besides. The drawing is
//! described in words for those who do not see it.

use std::fmt::Write as _;

use maud::{Markup, html};
use phoenix_core::analysis::{Curve, Indicator, OverTime, Step};
use phoenix_core::experiment::PipelineType;
use phoenix_core::time::{Span, Timestamp};

use crate::output::report::html::scale::{ValueAxis, times};
use crate::output::report::indicators::label;
use crate::output::units::{NOTHING, count, cpu, memory, rate, share};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;
const MIB: f64 = 1_048_576.0;

/// What is special about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Paused,
    Outage,
    Missing,
}

const MARKS: [Mark; 3] = [Mark::Outage, Mark::Paused, Mark::Missing];

impl Mark {
    const fn class(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Outage => "outage",
            Self::Missing => "missing",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Paused => "paused by request",
            Self::Outage => "outage of the metrics source",
            Self::Missing => "an arm could not be read",
        }
    }

    const fn of(step: &Step) -> Option<Self> {
        if step.outages > 0 {
            Some(Self::Outage)
        } else if step.paused {
            Some(Self::Paused)
        } else if step.usable < step.taken {
            Some(Self::Missing)
        } else {
            None
        }
    }
}

/// What the lines and the shades mean.
pub(super) fn legend(run: &OverTime) -> Markup {
    let marks = MARKS.into_iter().filter(|mark| run.steps.iter().any(|step| Mark::of(step) == Some(*mark)));
    html! {
        ul.legend {
            @for kind in PipelineType::ALL { li { (line_sample(kind)) (kind.to_string()) } }
            @if run.judged_from > run.from { li { span.shade.warmup {} "warm-up, not judged" } }
            @for mark in marks { li { span class={ "shade " (mark.class()) } {} (mark.words()) } }
        }
    }
}

/// The chart of one indicator, and its numbers.
pub(super) fn figure(curve: &Curve, run: &OverTime, interval: Span) -> Markup {
    let unit = Unit::of(curve.indicator);
    let id = format!("chart-{}", curve.indicator);
    html! {
        figure {
            figcaption { (label(curve.indicator)) span.muted { ", " (unit.words) } }
            (drawing(curve, run, interval, &unit, &id))
            (numbers(curve, run, &unit))
        }
    }
}

/// In what an indicator is drawn.
struct Unit {
    /// What one is called on the axis.
    words: &'static str,
    /// How much of the indicator's own unit one is.
    size: f64,
    /// A value of the indicator in words.
    written: fn(f64) -> String,
    /// True of whole things.
    is_count: bool,
}

impl Unit {
    fn of(indicator: Indicator) -> Self {
        let (words, size, written): (_, _, fn(f64) -> String) = match indicator {
            Indicator::ActiveSeries => ("series", 1.0, count),
            Indicator::DatapointsRate => ("datapoints per second", 1.0, rate),
            Indicator::MemoryUsage => ("MiB", MIB, memory),
            Indicator::CpuUsage => ("thousandths of a core", 0.001, cpu),
            Indicator::ErrorRate => ("% of datapoints", 0.01, share),
            Indicator::CriticalRetention | Indicator::ValueAgreement | Indicator::ProcessCount => {
                ("executables", 1.0, count)
            }
        };
        let is_count = matches!(words, "series" | "executables");
        Self { words, size, written, is_count }
    }
}

/// From instants and values to places.
struct Plot<'a> {
    run: &'a OverTime,
    unit: &'a Unit,
    top: f64,
}

impl Plot<'_> {
    fn x(&self, at: Timestamp) -> f64 {
        let length = self.run.until.since(self.run.from).as_secs_f64();
        let share = if length > 0.0 { at.since(self.run.from).as_secs_f64() / length } else { 0.5 };
        LEFT + share.min(1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - (value / self.unit.size / self.top).min(1.0) * (HEIGHT - TOP - BOTTOM)
    }

    /// The line of an arm: through the middles of the steps, broken where something was due and is not there.
    fn line(&self, values: &[Option<f64>], interval: Span) -> String {
        let (mut path, mut is_drawing) = (String::new(), false);
        for (step, value) in self.run.steps.iter().zip(values) {
            let length = step.until.since(step.from);
            match value {
                Some(value) => {
                    let (x, y) = (self.x(step.from + Span::from_micros(length.as_micros() / 2)), self.y(*value));
                    // A line of no length is a dot: its ends are round. Writing to a string cannot fail.
                    let _ = if is_drawing {
                        write!(path, " {x:.1} {y:.1}")
                    } else {
                        write!(path, "M{x:.1} {y:.1}L{x:.1} {y:.1}")
                    };
                    is_drawing = true;
                }
                // A short step at a border holds no instant, and nothing is missing of it.
                None => is_drawing &= step.taken == 0 && !step.paused && length < interval,
            }
        }
        path
    }
}

fn drawing(curve: &Curve, run: &OverTime, interval: Span, unit: &Unit, id: &str) -> Markup {
    let values = curve.baseline.iter().chain(&curve.candidate).flatten();
    let largest = values.fold(0.0_f64, |largest, value| largest.max(value / unit.size));
    let axis = ValueAxis::up_to(largest, unit.is_count);
    let plot = Plot { run, unit, top: axis.top };
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby={ (title) " " (description) } {
            title id=(title) { (label(curve.indicator)) " of both pipelines over time" }
            desc id=(description) { (described(curve, run, unit)) }
            @for (from, until, class) in shades(run) {
                rect class={ "shade " (class) } x=(place(plot.x(from))) y=(place(TOP))
                    width=(place((plot.x(until) - plot.x(from)).max(1.0))) height=(place(HEIGHT - TOP - BOTTOM)) {}
            }
            @for (value, text) in &axis.marks {
                @let y = place(plot.y(value * unit.size));
                line.grid x1=(place(LEFT)) x2=(place(WIDTH - RIGHT)) y1=(y) y2=(y) {}
                text.mark x=(place(LEFT - 8.0)) y=(y) dy="0.35em" text-anchor="end" { (text) }
            }
            @for (at, text) in times(run.until.since(run.from)) {
                @let x = place(plot.x(run.from + at));
                line.tick x1=(x) x2=(x) y1=(place(HEIGHT - BOTTOM)) y2=(place(HEIGHT - BOTTOM + 5.0)) {}
                text.mark x=(x) y=(place(HEIGHT - BOTTOM + 18.0)) text-anchor="middle" { (text) }
            }
            text.axis x=(place(f64::midpoint(LEFT, WIDTH - RIGHT))) y=(place(HEIGHT - 6.0)) text-anchor="middle" {
                "time since both were ready"
            }
            @let middle = f64::midpoint(TOP, HEIGHT - BOTTOM);
            text.axis transform=(format!("translate(14 {middle:.1}) rotate(-90)")) text-anchor="middle" { (unit.words) }
            @for kind in PipelineType::ALL {
                path class={ "line " (kind.to_string()) } d=(plot.line(curve.values(kind), interval)) {}
            }
        }
    }
}

fn place(place: f64) -> String {
    format!("{place:.1}")
}

/// What is shaded: the warm-up, and runs of steps with the same mark.
fn shades(run: &OverTime) -> Vec<(Timestamp, Timestamp, &'static str)> {
    let mut shades: Vec<(Timestamp, Timestamp, &'static str)> = Vec::new();
    if run.judged_from > run.from {
        shades.push((run.from, run.judged_from.min(run.until), "warmup"));
    }
    let mut open: Option<(Mark, Timestamp)> = None;
    for step in &run.steps {
        let mark = Mark::of(step);
        if open.map(|(mark, _)| mark) != mark {
            shades.extend(open.take().map(|(mark, from)| (from, step.from, mark.class())));
            open = mark.map(|mark| (mark, step.from));
        }
    }
    shades.extend(open.map(|(mark, from)| (from, run.until, mark.class())));
    shades
}

/// The chart in words.
fn described(curve: &Curve, run: &OverTime, unit: &Unit) -> String {
    let arms = PipelineType::ALL.into_iter().map(|kind| match Extremes::of(curve, run, kind) {
        Some(found) => format!(
            "{kind}: mean {} after the warm-up, between {} and {}",
            found.mean.map_or_else(|| NOTHING.to_owned(), unit.written),
            (unit.written)(found.lowest),
            (unit.written)(found.highest)
        ),
        None => format!("{kind}: no values"),
    });
    let marks = MARKS.into_iter().filter_map(|mark| {
        let number = run.steps.iter().filter(|step| Mark::of(step) == Some(mark)).count();
        (number > 0).then(|| format!("{}: {number} of {} steps", mark.words(), run.steps.len()))
    });
    format!("{}.", arms.chain(marks).collect::<Vec<_>>().join(". "))
}

/// The range of an arm's values.
struct Extremes {
    /// Over the judged pairs, as in the comparison.
    mean: Option<f64>,
    lowest: f64,
    highest: f64,
    latest: f64,
}

impl Extremes {
    fn of(curve: &Curve, run: &OverTime, kind: PipelineType) -> Option<Self> {
        let values = curve.values(kind);
        let mut found = values.iter().flatten().fold(None::<Self>, |found, value| {
            let found = found.unwrap_or(Self { mean: None, lowest: *value, highest: *value, latest: *value });
            Some(Self { lowest: found.lowest.min(*value), highest: found.highest.max(*value), latest: *value, ..found })
        })?;
        let judged = run.steps.iter().zip(&curve.samples).zip(values).filter(|((step, _), _)| step.judged);
        let (sum, pairs) = judged.fold((0.0, 0.0), |(sum, pairs), ((_, samples), value)| {
            let weight = u32::try_from(*samples).map_or(f64::from(u32::MAX), f64::from);
            value.filter(|_| weight > 0.0).map_or((sum, pairs), |value| (sum + value * weight, pairs + weight))
        });
        found.mean = (pairs > 0.0).then(|| sum / pairs);
        Some(found)
    }
}

/// One number of them.
type OfExtremes = fn(&Extremes) -> Option<f64>;

/// The chart in numbers; its header tells the lines apart, too.
fn numbers(curve: &Curve, run: &OverTime, unit: &Unit) -> Markup {
    let found = PipelineType::ALL.map(|kind| Extremes::of(curve, run, kind));
    let cell = |found: &Option<Extremes>, value: OfExtremes| {
        found.as_ref().and_then(value).map_or_else(|| NOTHING.to_owned(), unit.written)
    };
    let rows: [(&str, OfExtremes); 4] = [
        ("mean of what is judged", |found| found.mean),
        ("lowest", |found| Some(found.lowest)),
        ("highest", |found| Some(found.highest)),
        ("latest", |found| Some(found.latest)),
    ];
    html! {
        div.scroll {
            table.numbers {
                thead {
                    tr {
                        th scope="col" {}
                        @for kind in PipelineType::ALL { th.number scope="col" { (line_sample(kind)) (kind.to_string()) } }
                    }
                }
                tbody {
                    @for (title, value) in rows {
                        tr { th scope="row" { (title) } @for arm in &found { td.number { (cell(arm, value)) } } }
                    }
                }
            }
        }
    }
}

/// A piece of an arm's line.
fn line_sample(kind: PipelineType) -> Markup {
    html! {
        svg.sample viewBox="0 0 28 8" aria-hidden="true" { path class={ "line " (kind.to_string()) } d="M2 4L26 4" {} }
    }
}

#[cfg(test)]
mod tests;
