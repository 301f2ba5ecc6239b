//! The hull rule: what held in every sample.
//!
//! Counts hardly vary. A series that is constant, or changes only a few times, has no spread from which a test could tell anything: with a
//! variance of zero every t statistic is infinite, and a series of eight steps holds eight independent facts, however many samples it
//! has. So the claim is the plain one: "it held in every sample of the window", and the interval is the smallest and the largest change
//! seen, not a confidence interval.
//!
//! Costs are compared as the ratio candidate / baseline of one instant. `ln(ratio) < ln(1 - s)` and `ratio < 1 - s` say the same, so no
//! logarithm is taken and a candidate without a single series needs no special case. Shares are compared as the difference candidate -
//! baseline.

use crate::analysis::Outcome;
use crate::analysis::series::finite;

/// Smaller changes of a total are nobody's saving or loss, even if every sample shows them: half a per cent.
const NEGLIGIBLE: f64 = 0.005;

/// The smallest and the largest of the compared values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Hull {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Hull {
    /// The hull of one value.
    pub(super) const fn at(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// The hull that holds the value, too.
    pub(super) fn and(self, value: f64) -> Self {
        Self { low: self.low.min(value), high: self.high.max(value) }
    }

    /// The interval of relative changes of a hull of ratios, unless it is without bound.
    pub(super) fn relative(self) -> Option<(f64, f64)> {
        Some((finite(self.low - 1.0)?, finite(self.high - 1.0)?))
    }

    /// The interval of a hull of differences.
    pub(super) fn absolute(self) -> Option<(f64, f64)> {
        Some((finite(self.low)?, finite(self.high)?))
    }
}

/// A saving of at least `sought` (0.1 is 10 %) in a cost, from the hull of its ratios; `change` is that of the totals.
///
/// Improved: every sample saves more than is sought, and the total saves more than a negligible part. Regressed: every sample costs
/// measurably more. Pass: no sample saves what is sought, so the saving is refuted, though nothing is lost. Else the samples disagree.
pub(super) fn saving(hull: Hull, change: f64, sought: f64) -> Outcome {
    if hull.high < 1.0 - sought && change <= -NEGLIGIBLE {
        Outcome::Improved
    } else if hull.low > 1.0 + NEGLIGIBLE {
        Outcome::Regressed
    } else if hull.low > 1.0 - sought {
        Outcome::Pass
    } else {
        Outcome::Inconclusive
    }
}

/// A loss of at most `tolerated` (0.1 is 10 %) in a cost, from the hull of its ratios.
pub(super) fn cost_gate(hull: Hull, tolerated: f64) -> Outcome {
    share_gate(hull, 1.0 + tolerated)
}

/// A loss of at most `tolerated` in a share, from the hull of its differences: pass when no sample exceeds it, regressed when all do.
pub(super) fn share_gate(hull: Hull, tolerated: f64) -> Outcome {
    if hull.high <= tolerated {
        Outcome::Pass
    } else if hull.low > tolerated {
        Outcome::Regressed
    } else {
        Outcome::Inconclusive
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::series::{Point, Series};

    fn hull(pairs: &[(f64, f64)]) -> Hull {
        series(pairs).ratios.expect("not empty")
    }

    fn series(pairs: &[(f64, f64)]) -> Series {
        let mut series = Series::default();
        for &(baseline, candidate) in pairs {
            series.push_point(Point { baseline, candidate });
        }
        series
    }

    fn sought_10_percent(pairs: &[(f64, f64)]) -> Outcome {
        let total = |arm: fn(&(f64, f64)) -> f64| pairs.iter().map(arm).sum::<f64>();
        saving(hull(pairs), total(|pair| pair.1) / total(|pair| pair.0) - 1.0, 0.1)
    }

    #[test]
    fn a_saving_is_improved_only_if_every_sample_exceeds_what_is_sought() {
        assert_eq!(sought_10_percent(&[(474.0, 98.0), (474.0, 426.0)]), Outcome::Improved);
        assert_eq!(sought_10_percent(&[(474.0, 98.0), (100.0, 90.0)]), Outcome::Inconclusive, "exactly 10 % in one");
        assert_eq!(sought_10_percent(&[(474.0, 98.0), (474.0, 474.0)]), Outcome::Inconclusive, "one sample without");
    }

    #[test]
    fn a_saving_is_refuted_if_no_sample_reaches_what_is_sought() {
        assert_eq!(sought_10_percent(&[(100.0, 100.0), (100.0, 91.0)]), Outcome::Pass);
        assert_eq!(sought_10_percent(&[(1000.0, 1005.0), (1000.0, 1006.0)]), Outcome::Pass, "within half a per cent");
        assert_eq!(sought_10_percent(&[(1000.0, 1006.0), (1000.0, 1100.0)]), Outcome::Regressed);
    }

    #[test]
    fn a_saving_of_nothing_must_still_be_more_than_negligible() {
        let pairs = [(1000.0, 999.0), (1000.0, 998.0)];
        assert_eq!(saving(hull(&pairs), -0.0015, 0.0), Outcome::Inconclusive);
        let pairs = [(1000.0, 994.0), (1000.0, 995.0)];
        assert_eq!(saving(hull(&pairs), -0.0055, 0.0), Outcome::Improved);
    }

    #[test]
    fn zeros_are_no_change_against_zero_and_without_bound_against_something() {
        assert_eq!(hull(&[(0.0, 0.0)]), Hull { low: 1.0, high: 1.0 });
        assert_eq!(hull(&[(0.0, 5.0)]).relative(), None);
        assert_eq!(hull(&[(5.0, 0.0)]).relative(), Some((-1.0, -1.0)));
        assert_eq!(series(&[]).ratios, None);
    }

    #[test]
    fn a_gate_passes_at_its_margin_and_regresses_beyond() {
        let differences = |pairs: &[(f64, f64)]| series(pairs).differences.expect("not empty");
        assert_eq!(share_gate(differences(&[(0.0, 0.0), (0.02, 0.01)]), 0.0), Outcome::Pass);
        assert_eq!(share_gate(differences(&[(0.0, 0.0), (0.0, 0.25)]), 0.0), Outcome::Inconclusive);
        assert_eq!(share_gate(differences(&[(0.0, 0.5), (0.0, 0.25)]), 0.0), Outcome::Regressed);
        assert_eq!(share_gate(differences(&[(0.0, 0.25)]), 0.25), Outcome::Pass);
        assert_eq!(cost_gate(hull(&[(100.0, 110.0)]), 0.1), Outcome::Pass);
        assert_eq!(cost_gate(hull(&[(100.0, 130.0)]), 0.25), Outcome::Regressed);
    }
}
