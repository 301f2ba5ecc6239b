//! Axes: round numbers and instants for people, from data to places on the chart.

use phoenix_core::time::Span;

use crate::output::units::count;

/// About how many intervals an axis of values has.
const INTERVALS: f64 = 4.0;
/// Most marks of time below a chart.
const MOST_TIMES: u64 = 7;

/// An axis from zero to a round number that is not below any value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ValueAxis {
    pub(super) top: f64,
    /// Each mark with its text, from zero upwards.
    pub(super) marks: Vec<(f64, String)>,
}

impl ValueAxis {
    /// The axis of values of which this is the largest. Of what is counted there are no parts.
    pub(super) fn up_to(largest: f64, is_count: bool) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let step = match round_step(largest / INTERVALS) {
            step if is_count && step < 1.0 => 1.0,
            step if is_count && step < 5.0 => step.floor(),
            step => step,
        };
        let mut marks = vec![(0.0, "0".to_owned())];
        let mut top = 0.0;
        // A round step is never less than what was asked for, and a whole one not by much.
        for number in 1..=10_u32 {
            if top >= largest {
                break;
            }
            top = step * f64::from(number);
            marks.push((top, mark(top, step)));
        }
        Self { top, marks }
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(least)
}

/// A mark with as many decimals as its step needs.
fn mark(value: f64, step: f64) -> String {
    if step >= 1.0 && step.fract() == 0.0 {
        return count(value);
    }
    let needed = [1_u8, 2, 3, 4, 5, 6, 7, 8].into_iter().find(|decimals| {
        let scaled = step * 10_f64.powi(i32::from(*decimals));
        (scaled - scaled.round()).abs() < 1e-6
    });
    format!("{value:.*}", usize::from(needed.unwrap_or(8)))
}

/// Round times from zero to the length of a run, in its own units: `0`, `5m`, `10m`.
pub(super) fn times(length: Span) -> Vec<(Span, String)> {
    const SECOND: u64 = 1_000_000;
    const STEPS: [u64; 19] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800];
    let micros = length.as_micros();
    let fits = |step: &u64| micros / (step * SECOND) < MOST_TIMES;
    let step = STEPS.into_iter().find(fits).map_or_else(|| (micros / MOST_TIMES).max(SECOND), |step| step * SECOND);
    (0..=micros / step)
        .map(|number| {
            let at = Span::from_micros(number * step);
            (at, if number == 0 { "0".to_owned() } else { at.to_string() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(largest: f64) -> Vec<String> {
        ValueAxis::up_to(largest, false).marks.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn values_are_marked_from_zero_by_round_numbers() {
        assert_eq!(marks(474.0), ["0", "200", "400", "600"]);
        assert_eq!(marks(92.0), ["0", "25", "50", "75", "100"]);
        assert_eq!(marks(1.0), ["0", "0.25", "0.50", "0.75", "1.00"]);
        assert_eq!(marks(0.0042), ["0", "0.002", "0.004", "0.006"]);
        assert_eq!(marks(12_345.0), ["0", "5 000", "10 000", "15 000"]);
        assert_eq!(marks(0.0), marks(1.0), "something to draw zeros on");
        assert_eq!(marks(f64::NAN), marks(1.0));
    }

    #[test]
    fn what_is_counted_has_whole_marks() {
        let marks =
            |largest| ValueAxis::up_to(largest, true).marks.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(marks(1.0), ["0", "1"]);
        assert_eq!(marks(9.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(marks(76.0), ["0", "20", "40", "60", "80"]);
    }

    #[test]
    fn no_value_is_above_the_axis() {
        for number in 1..2_000_u32 {
            let largest = f64::from(number) * 0.37;
            for is_count in [false, true] {
                let axis = ValueAxis::up_to(largest, is_count);
                assert!(axis.top >= largest && axis.marks.len() <= 7, "{largest}: {axis:?}");
            }
        }
    }

    #[test]
    fn times_are_round_and_few() {
        let of = |secs| times(Span::from_secs(secs)).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(of(30), ["0", "5s", "10s", "15s", "20s", "25s", "30s"]);
        assert_eq!(of(1_800), ["0", "5m", "10m", "15m", "20m", "25m", "30m"]);
        assert_eq!(of(95), ["0", "15s", "30s", "45s", "1m", "1m15s", "1m30s"]);
        assert_eq!(of(0), ["0"]);
        for secs in [1, 59, 3_601, 86_401, 3_000_000, 30_000_000] {
            assert!(of(secs).len() <= 9, "{secs}: {:?}", of(secs));
        }
    }
}
