//! How much of the evidence is there: the rule for missing pairs.
//!
//! A pair that is missing is never filled in and never carried forward; it is counted. Too many of them, or more in one arm than in the
//! other, and nothing is judged, because what is missing then probably depends on what is measured.

use crate::analysis::Outcome;
use crate::analysis::words::{counted, float, percent};

/// One pair in five may be missing.
const MISSING_LIMIT: (u64, &str) = (5, "20 %");
/// The arms' missing shares may differ by one twentieth, that is 5 points.
const IMBALANCE_LIMIT: (u64, &str) = (20, "5 points");

/// What was expected of one indicator within the judged part of the run, and what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Coverage {
    /// Pairs that should be there.
    pub(super) expected: u64,
    /// Of these, without a value of the baseline.
    pub(super) baseline_missing: u64,
    /// Of these, without a value of the candidate.
    pub(super) candidate_missing: u64,
    /// Of these, without a value of either arm or of both.
    pub(super) pairs_missing: u64,
    /// Of these, at the beginning and so without an earlier one to count from; they lack no value.
    pub(super) openings: u64,
    /// Instants at which the metrics source failed for both arms. The run's clock stands still meanwhile, so nothing was expected of them.
    /// An instant that was not sampled because the controller was late does not stop it: that one is expected, and missing.
    pub(super) outages: u64,
}

impl Coverage {
    /// Counts a pair that lacks a value.
    pub(super) const fn lacks(&mut self, baseline: bool, candidate: bool) {
        self.baseline_missing = self.baseline_missing.saturating_add(baseline as u64);
        self.candidate_missing = self.candidate_missing.saturating_add(candidate as u64);
        self.pairs_missing = self.pairs_missing.saturating_add((baseline || candidate) as u64);
    }

    /// Both together.
    pub(super) const fn plus(self, other: Self) -> Self {
        Self {
            expected: self.expected.saturating_add(other.expected),
            baseline_missing: self.baseline_missing.saturating_add(other.baseline_missing),
            candidate_missing: self.candidate_missing.saturating_add(other.candidate_missing),
            pairs_missing: self.pairs_missing.saturating_add(other.pairs_missing),
            openings: self.openings.saturating_add(other.openings),
            outages: self.outages.saturating_add(other.outages),
        }
    }

    /// Why nothing can be judged, if so. Without any pair it says whose fault that is.
    pub(super) fn shortfall(&self) -> Option<(Outcome, String)> {
        if self.expected == 0 {
            return Some(self.nothing_expected());
        }
        if self.pairs_missing.saturating_add(self.openings) == self.expected {
            return Some((Outcome::NoData, self.nothing_there()));
        }
        if self.pairs_missing.saturating_mul(MISSING_LIMIT.0) > self.expected {
            let reason = format!(
                "{} of {} are missing ({}, at most {} may be): {} of the baseline, {} of the candidate",
                self.pairs_missing,
                counted(self.expected, "pair"),
                percent(float(self.pairs_missing) / float(self.expected)),
                MISSING_LIMIT.1,
                self.baseline_missing,
                self.candidate_missing
            );
            return Some((Outcome::Inconclusive, reason));
        }
        if self.baseline_missing.abs_diff(self.candidate_missing).saturating_mul(IMBALANCE_LIMIT.0) > self.expected {
            let reason = format!(
                "one arm misses more than the other: {} values of the baseline and {} of the candidate out of {} (at most {} apart)",
                self.baseline_missing, self.candidate_missing, self.expected, IMBALANCE_LIMIT.1
            );
            return Some((Outcome::Inconclusive, reason));
        }
        None
    }

    fn nothing_expected(&self) -> (Outcome, String) {
        if self.outages == 0 {
            return (Outcome::NoData, "no sample after the warm-up has a value".to_owned());
        }
        let reason = format!("the metrics source failed at each of {}", counted(self.outages, "instant"));
        (Outcome::ProviderError, reason)
    }

    fn nothing_there(&self) -> String {
        let is_empty = |missing: u64| missing.saturating_add(self.openings) == self.expected;
        let whose = match (is_empty(self.baseline_missing), is_empty(self.candidate_missing)) {
            (true, true) => "neither arm delivered a value",
            (true, false) => "the baseline delivered no value",
            (false, true) => "the candidate delivered no value",
            (false, false) => "the arms never delivered a value together",
        };
        format!("{whose} in {}", counted(self.expected, "instant"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(expected: u64, baseline: u64, candidate: u64) -> Coverage {
        Coverage {
            expected,
            baseline_missing: baseline,
            candidate_missing: candidate,
            pairs_missing: baseline.max(candidate),
            ..Coverage::default()
        }
    }

    #[test]
    fn one_pair_in_five_may_be_missing_and_not_one_more() {
        assert_eq!(coverage(100, 20, 20).shortfall(), None);
        let (outcome, reason) = coverage(100, 21, 21).shortfall().expect("too many");
        assert_eq!(outcome, Outcome::Inconclusive);
        assert_eq!(
            reason,
            "21 of 100 pairs are missing (21 %, at most 20 % may be): 21 of the baseline, 21 of the candidate"
        );
    }

    #[test]
    fn the_arms_may_miss_shares_that_are_5_points_apart_and_not_more() {
        assert_eq!(coverage(100, 5, 0).shortfall(), None);
        assert_eq!(coverage(100, 0, 5).shortfall(), None);
        let (outcome, reason) = coverage(100, 2, 8).shortfall().expect("too far apart");
        assert_eq!(outcome, Outcome::Inconclusive);
        assert_eq!(
            reason,
            "one arm misses more than the other: 2 values of the baseline and 8 of the candidate out of 100 (at most 5 points apart)"
        );
    }

    #[test]
    fn an_arm_without_any_value_is_no_data_and_is_named() {
        let (outcome, reason) = coverage(80, 3, 80).shortfall().expect("nothing");
        assert_eq!(outcome, Outcome::NoData);
        assert_eq!(reason, "the candidate delivered no value in 80 instants");
        let (_, reason) = coverage(80, 80, 3).shortfall().expect("nothing");
        assert_eq!(reason, "the baseline delivered no value in 80 instants");
        let (outcome, _) = Coverage::default().shortfall().expect("nothing");
        assert_eq!(outcome, Outcome::NoData);
    }

    #[test]
    fn a_failing_source_is_a_provider_error_and_takes_nothing_from_the_window() {
        let (outcome, _) = Coverage { outages: 80, ..Coverage::default() }.shortfall().expect("nothing");
        assert_eq!(outcome, Outcome::ProviderError);
        assert_eq!(Coverage { outages: 80, ..coverage(60, 0, 0) }.shortfall(), None);
    }
}
