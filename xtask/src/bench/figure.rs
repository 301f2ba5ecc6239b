//! A measured figure, what it is held against, and how both are shown.

use std::fmt::Write as _;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantity {
    /// A time, in seconds.
    Time(f64),
    /// How often something happens in a second.
    Rate(f64),
    /// A size, in bytes.
    Size(f64),
}

impl Quantity {
    const fn number(self) -> f64 {
        match self {
            Self::Time(number) | Self::Rate(number) | Self::Size(number) => number,
        }
    }

    /// For people.
    fn show(self) -> String {
        match self {
            Self::Time(s) if s < 1e-6 => format!("{:.0} ns", s * 1e9),
            Self::Time(s) if s < 1e-5 => format!("{:.1} µs", s * 1e6),
            Self::Time(s) if s < 1e-3 => format!("{:.0} µs", s * 1e6),
            Self::Time(s) if s < 0.01 => format!("{:.2} ms", s * 1e3),
            Self::Time(s) if s < 0.1 => format!("{:.1} ms", s * 1e3),
            Self::Time(s) if s < 1.0 => format!("{:.0} ms", s * 1e3),
            Self::Time(s) if s < 120.0 => format!("{s:.1} s"),
            Self::Time(s) => format!("{:.1} min", s / 60.0),
            Self::Rate(rate) => format!("{rate:.0}/s"),
            Self::Size(bytes) => format!("{:.1} MiB", bytes / 1_048_576.0),
        }
    }

    /// A limit, without the digits that a measured value has.
    fn show_round(self) -> String {
        match self {
            Self::Time(s) if s < 1e-3 => format!("{:.0} µs", s * 1e6),
            Self::Time(s) if s < 1.0 => format!("{:.0} ms", s * 1e3),
            Self::Time(s) => format!("{s:.0} s"),
            Self::Rate(_) => self.show(),
            Self::Size(bytes) => format!("{:.0} MiB", bytes / 1_048_576.0),
        }
    }
}

/// A ratio that was measured in turns, with its quartiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What a figure is held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// It must stay below this.
    Below(Quantity),
    /// It must reach this share of what was measured beside it.
    ShareOf { other: Quantity, what: &'static str, ratio: Ratio, at_least: f64 },
    /// It may be this many times what was measured beside it; without a limit it is only shown.
    Times { other: Quantity, what: &'static str, ratio: Ratio, below: Option<f64> },
    /// Nothing: it is only shown.
    Nothing,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) measured: Quantity,
    /// What else there is to say about the measured value.
    pub(super) note: String,
    pub(super) bound: Bound,
}

impl Figure {
    pub(super) fn new(name: impl Into<String>, measured: Quantity, bound: Bound) -> Self {
        Self { name: name.into(), measured, note: String::new(), bound }
    }

    pub(super) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Whether it keeps its limit, if it has one.
    pub(super) fn is_met(&self) -> Option<bool> {
        match &self.bound {
            Bound::Below(limit) => Some(self.measured.number() < limit.number()),
            Bound::ShareOf { ratio, at_least, .. } => Some(ratio.median >= *at_least),
            Bound::Times { ratio, below, .. } => below.map(|below| ratio.median < below),
            Bound::Nothing => None,
        }
    }

    fn cells(&self) -> [String; 5] {
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        let spread = |Ratio { median, low, high }: &Ratio| format!("{median:.2} ({low:.2} to {high:.2})");
        let (bound, ratio) = match &self.bound {
            Bound::Below(limit) => {
                (format!("below {}", limit.show_round()), format!("{:.2}", self.measured.number() / limit.number()))
            }
            Bound::ShareOf { other, what, ratio, at_least } => {
                (format!("at least {at_least} of {} {what}", other.show()), spread(ratio))
            }
            Bound::Times { other, what, ratio, below } => {
                let limit = below.map_or_else(String::new, |below| format!("below {below:.2} times "));
                (format!("{limit}{} {what}", other.show()), spread(ratio))
            }
            Bound::Nothing => ("none".to_owned(), String::new()),
        };
        let met = match self.is_met() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        [self.name.clone(), format!("{}{note}", self.measured.show()), bound, ratio, met.to_owned()]
    }
}

/// The table, as Markdown that reads well as it is, too.
pub(super) fn table(figures: &[Figure]) -> String {
    let head = ["figure", "measured", "limit or floor", "ratio", "limit met"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(figures.iter().map(Figure::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3, 4].map(width);
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if number == 0 {
            for width in widths {
                let _ = write!(text, "| {} ", "-".repeat(width));
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATIO: Ratio = Ratio { median: 0.7, low: 0.6, high: 0.8 };

    #[test]
    fn a_figure_is_held_against_its_bound() {
        let below = |measured| Figure::new("a", Quantity::Time(measured), Bound::Below(Quantity::Time(0.002)));
        assert_eq!((below(0.0019).is_met(), below(0.002).is_met()), (Some(true), Some(false)));
        let share = |at_least| {
            let bound = Bound::ShareOf { other: Quantity::Rate(2000.0), what: "bare", ratio: RATIO, at_least };
            Figure::new("a", Quantity::Rate(1400.0), bound).is_met()
        };
        assert_eq!((share(0.5), share(0.75)), (Some(true), Some(false)));
        let times = |below| {
            let bound = Bound::Times { other: Quantity::Time(1.0), what: "without", ratio: RATIO, below };
            Figure::new("a", Quantity::Time(0.7), bound).is_met()
        };
        assert_eq!((times(Some(1.1)), times(Some(0.7)), times(None)), (Some(true), Some(false), None));
    }

    #[test]
    fn the_table_is_markdown() {
        let slow =
            Figure::new("start", Quantity::Time(0.4), Bound::Below(Quantity::Time(0.3))).with_note("median 1 ms");
        let bound = Bound::ShareOf { other: Quantity::Rate(2000.0), what: "bare", ratio: RATIO, at_least: 0.5 };
        let rate = Figure::new("rate", Quantity::Rate(1400.0), bound);
        let size = Figure::new("size", Quantity::Size(10_485_760.0), Bound::Nothing);
        let expected = "\
| figure | measured             | limit or floor              | ratio               | limit met |
| ------ | -------------------- | --------------------------- | ------------------- | --------- |
| start  | 400 ms (median 1 ms) | below 300 ms                | 1.33                | NO        |
| rate   | 1400/s               | at least 0.5 of 2000/s bare | 0.70 (0.60 to 0.80) | yes       |
| size   | 10.0 MiB             | none                        |                     |           |
";
        assert_eq!(table(&[slow, rate, size]), expected);
    }

    #[test]
    fn quantities_are_shown_in_fitting_units() {
        let times = [2e-8, 1.5e-6, 2e-4, 0.0025, 0.04, 3.0, 150.0].map(|seconds| Quantity::Time(seconds).show());
        assert_eq!(times, ["20 ns", "1.5 µs", "200 µs", "2.50 ms", "40.0 ms", "3.0 s", "2.5 min"]);
    }
}
