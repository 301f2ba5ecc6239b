//! The steps of a run: where they lie, and what is folded into each.

use crate::analysis::series::finite;
use crate::analysis::words::float;
use crate::analysis::{Evidence, Indicator, over_time::Step};
use crate::experiment::{Pair, PipelineType};
use crate::time::{Span, Timestamp};

/// Indicators that have a value at an instant, in reading order.
pub(super) const CURVES: [Indicator; 7] = [
    Indicator::ActiveSeries,
    Indicator::DatapointsRate,
    Indicator::MemoryUsage,
    Indicator::CpuUsage,
    Indicator::ErrorRate,
    Indicator::CriticalRetention,
    Indicator::ProcessCount,
];

/// Where the steps lie: of equal width from `from` on, and one of them divided where the warm-up ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) judged_from: Timestamp,
    width: u64,
    /// Index of the first judged step; none when everything is warm-up.
    first_judged: Option<usize>,
    undivided: usize,
}

impl Grid {
    pub(super) fn of(evidence: &Evidence<'_>, until: Timestamp, most_steps: usize) -> Self {
        let from = evidence.ready_at;
        let until = until.max(from);
        let judged_from = from + evidence.spec.schedule.warm_up;
        // One is for the division. The run's last instant is a part of it, hence the microsecond.
        let most = u64::try_from(most_steps.max(2) - 1).unwrap_or(u64::MAX);
        let length = until.since(from).as_micros().saturating_add(1);
        let interval = evidence.spec.schedule.sample_interval.as_micros().max(1);
        let width = length.div_ceil(most).div_ceil(interval).saturating_mul(interval);
        let undivided = usize::try_from(length.div_ceil(width)).unwrap_or(usize::MAX);
        let mut grid = Self { from, until, judged_from, width, first_judged: None, undivided };
        if judged_from <= until {
            let whole = grid.whole(judged_from);
            let is_at_border = grid.border(whole) == judged_from;
            grid.first_judged = Some(if is_at_border { whole } else { whole + 1 });
        }
        grid
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.undivided + self.divided()
    }

    /// The step of an instant; those outside the run are in its first or last one.
    pub(super) fn index(&self, instant: Timestamp) -> usize {
        let whole = self.whole(instant);
        if self.is_judged(instant) { whole + self.divided() } else { whole }
    }

    pub(super) fn is_judged(&self, instant: Timestamp) -> bool {
        instant >= self.judged_from
    }

    /// The step of this index.
    pub(super) fn step(&self, index: usize, folded: &Folded) -> Step {
        let is_judged = self.first_judged.is_some_and(|first| index >= first);
        let whole = if is_judged { index.saturating_sub(self.divided()) } else { index };
        let (from, until) = (self.border(whole), self.border(whole + 1).min(self.until));
        let (from, until) =
            if is_judged { (from.max(self.judged_from), until) } else { (from, until.min(self.judged_from)) };
        Step {
            from,
            until: until.max(from),
            judged: is_judged,
            taken: folded.taken,
            usable: folded.usable,
            baseline_missing: folded.baseline_missing,
            candidate_missing: folded.candidate_missing,
            outages: folded.outages,
            paused: folded.paused,
        }
    }

    /// One when the end of the warm-up divides a step, else none.
    fn divided(&self) -> usize {
        let is_divided = self.first_judged.is_some() && self.border(self.whole(self.judged_from)) != self.judged_from;
        usize::from(is_divided)
    }

    /// The undivided step of an instant.
    fn whole(&self, instant: Timestamp) -> usize {
        let steps = instant.since(self.from).as_micros() / self.width;
        usize::try_from(steps).unwrap_or(usize::MAX).min(self.undivided.saturating_sub(1))
    }

    /// Where an undivided step begins.
    fn border(&self, whole: usize) -> Timestamp {
        let whole = u64::try_from(whole).unwrap_or(u64::MAX);
        self.from + Span::from_micros(self.width.saturating_mul(whole))
    }
}

/// What was taken in within one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Folded {
    pub(super) taken: u64,
    pub(super) usable: u64,
    pub(super) baseline_missing: u64,
    pub(super) candidate_missing: u64,
    pub(super) outages: u64,
    pub(super) paused: bool,
    values: [Sums; CURVES.len()],
}

/// The values of one indicator.
#[derive(Clone, Debug, Default)]
struct Sums {
    /// Pairs, and their sums.
    pairs: u64,
    paired: Pair<f64>,
    /// Values of an arm whose other arm has none at that instant.
    alone: Pair<(u64, f64)>,
}

impl Folded {
    /// Takes in the values of both arms, as far as there are any.
    pub(super) fn push(&mut self, indicator: Indicator, baseline: Option<f64>, candidate: Option<f64>) {
        match (baseline, candidate) {
            (Some(baseline), Some(candidate)) => {
                let Some(sums) = self.sums(indicator) else { return };
                sums.pairs += 1;
                sums.paired.baseline += baseline;
                sums.paired.candidate += candidate;
            }
            (baseline, candidate) => {
                self.push_alone(indicator, PipelineType::Baseline, baseline);
                self.push_alone(indicator, PipelineType::Candidate, candidate);
            }
        }
    }

    /// Takes in the value of one arm.
    pub(super) fn push_alone(&mut self, indicator: Indicator, kind: PipelineType, value: Option<f64>) {
        if let (Some(value), Some(sums)) = (value, self.sums(indicator)) {
            let (number, sum) = sums.alone.get_mut(kind);
            *number += 1;
            *sum += value;
        }
    }

    /// Pairs that the means rest on.
    pub(super) fn pairs(&self, indicator: Indicator) -> u64 {
        place(indicator).and_then(|place| self.values.get(place)).map_or(0, |sums| sums.pairs)
    }

    /// Mean of an arm over the pairs; without any, over its own values.
    pub(super) fn mean(&self, indicator: Indicator, kind: PipelineType) -> Option<f64> {
        let sums = self.values.get(place(indicator)?)?;
        let (number, sum) = if sums.pairs > 0 { (sums.pairs, *sums.paired.get(kind)) } else { *sums.alone.get(kind) };
        finite(sum / float(number))
    }

    fn sums(&mut self, indicator: Indicator) -> Option<&mut Sums> {
        self.values.get_mut(place(indicator)?)
    }
}

fn place(indicator: Indicator) -> Option<usize> {
    CURVES.iter().position(|one| *one == indicator)
}
