//! Raw samples in, values per instant out: gauges are summed over hosts, counters become rates.
//!
//! A value that is not a number, infinite or negative, and a counter that began anew, make no value: the pair is dropped and counted as
//! missing for that indicator. Both arms are always differenced over the same two instants, because windows of different length would
//! bias the comparison.

use crate::analysis::coverage::Coverage;
use crate::analysis::history::Earlier;
use crate::analysis::hull::Hull;
use crate::analysis::sample::{ArmSample, HostReading, Measure, Value};
use crate::analysis::window::UsablePair;
use crate::analysis::words::{count, float};
use crate::time::Timestamp;

/// Both arms' values at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) baseline: f64,
    pub(super) candidate: f64,
}

/// The judged values of one indicator, folded: their sums and hulls, and what is missing of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Series {
    /// Instants with a value of both arms.
    pub(super) points: u64,
    /// The sums over them.
    pub(super) sums: Point,
    /// The hull of the ratios candidate / baseline. Two zeros are no change; something against nothing is without bound.
    pub(super) ratios: Option<Hull>,
    /// The hull of the differences candidate - baseline.
    pub(super) differences: Option<Hull>,
    pub(super) coverage: Coverage,
}

impl Default for Series {
    fn default() -> Self {
        let sums = Point { baseline: 0.0, candidate: 0.0 };
        Self { points: 0, sums, ratios: None, differences: None, coverage: Coverage::default() }
    }
}

impl Series {
    /// Takes in a pair whose values one instant yields by itself.
    pub(super) fn push_instant(&mut self, pair: &UsablePair<'_>, value: impl Fn(&ArmSample) -> Option<f64>) {
        self.push(value(pair.baseline), value(pair.candidate));
    }

    /// Takes in a pair whose values need an earlier instant. Of the warm-up one may serve as such; a pair without one is an opening of the
    /// series.
    pub(super) fn push_step(
        &mut self,
        before: Option<&Earlier>,
        pair: &UsablePair<'_>,
        value: impl Fn(&ArmSample, &ArmSample) -> Option<f64>,
    ) {
        match before {
            Some(before) => {
                self.push(value(&before.baseline, pair.baseline), value(&before.candidate, pair.candidate));
            }
            None => self.coverage.openings += 1,
        }
    }

    fn push(&mut self, baseline: Option<f64>, candidate: Option<f64>) {
        match (baseline, candidate) {
            (Some(baseline), Some(candidate)) => self.push_point(Point { baseline, candidate }),
            (baseline, candidate) => self.coverage.lacks(baseline.is_none(), candidate.is_none()),
        }
    }

    /// Takes in the values of both arms at an instant.
    pub(super) fn push_point(&mut self, point: Point) {
        let Point { baseline, candidate } = point;
        self.points += 1;
        self.sums.baseline += baseline;
        self.sums.candidate += candidate;
        let ratio = if baseline > 0.0 {
            candidate / baseline
        } else if candidate > 0.0 {
            f64::INFINITY
        } else {
            1.0
        };
        let with = |hull: Option<Hull>, value| Some(hull.map_or(Hull::at(value), |hull| hull.and(value)));
        self.ratios = with(self.ratios, ratio);
        self.differences = with(self.differences, candidate - baseline);
    }

    /// Pairs of samples that the values rest on.
    pub(super) const fn samples(&self) -> u64 {
        if self.points == 0 { 0 } else { self.points.saturating_add(self.coverage.openings) }
    }

    /// Means of the baseline and of the candidate.
    pub(super) fn means(&self) -> Option<Point> {
        let samples = float(self.points);
        let baseline = finite(self.sums.baseline / samples)?;
        let candidate = finite(self.sums.candidate / samples)?;
        Some(Point { baseline, candidate })
    }
}

/// A gauge of an arm, summed over its hosts.
pub(super) fn gauge(arm: &ArmSample, measure: Measure) -> Option<f64> {
    arm.hosts.values().map(|reading| host_gauge(reading, measure)).sum::<Option<f64>>().and_then(valid)
}

/// A gauge of one host.
pub(super) fn host_gauge(reading: &HostReading, measure: Measure) -> Option<f64> {
    match reading.values.get(&measure)? {
        Value::Gauge { value } => valid(*value),
        Value::Counter { .. } => None,
    }
}

/// A counter of an arm as a rate per second between two instants: per host by the times at which it was read, then summed.
pub(super) fn rate(before: &ArmSample, now: &ArmSample, measure: Measure) -> Option<f64> {
    over_hosts(before, now, |before, now| {
        let seconds = now.read_at.since(before.read_at).as_secs_f64();
        if seconds > 0.0 { valid(increase(before, now, measure)? / seconds) } else { None }
    })
}

/// The share of datapoints that failed between two instants, over all hosts; no value when none were handled at all.
pub(super) fn error_share(before: &ArmSample, now: &ArmSample) -> Option<f64> {
    let sent = over_hosts(before, now, |before, now| increase(before, now, Measure::DatapointsSent))?;
    let failed = over_hosts(before, now, failures)?;
    if sent + failed > 0.0 { valid(failed / (failed + sent)) } else { None }
}

/// Distinct executables, counted per host and summed.
pub(super) fn executables(arm: &ArmSample) -> f64 {
    float(arm.hosts.values().map(|reading| count(reading.executables.len())).sum())
}

fn over_hosts(
    before: &ArmSample,
    now: &ArmSample,
    value: impl Fn(&HostReading, &HostReading) -> Option<f64>,
) -> Option<f64> {
    let values = now.hosts.iter().map(|(host, now)| value(before.hosts.get(host)?, now));
    values.sum::<Option<f64>>().and_then(valid)
}

/// What a counter grew by; nothing when it began anew, which a new epoch or a smaller total shows.
fn increase(before: &HostReading, now: &HostReading, measure: Measure) -> Option<f64> {
    let (before, counted_from) = counter(before, measure)?;
    let (now, epoch) = counter(now, measure)?;
    if epoch == counted_from && now >= before { valid(now - before) } else { None }
}

/// Failures between two instants. Collectors do not show this counter before the first failure, so its absence is a zero.
fn failures(before: &HostReading, now: &HostReading) -> Option<f64> {
    let measure = Measure::DatapointsFailed;
    match (before.values.contains_key(&measure), now.values.contains_key(&measure)) {
        (false, false) => Some(0.0),
        (false, true) => counter(now, measure).map(|(total, _)| total),
        (true, _) => increase(before, now, measure),
    }
}

fn counter(reading: &HostReading, measure: Measure) -> Option<(f64, Timestamp)> {
    match reading.values.get(&measure)? {
        Value::Counter { total, epoch } => valid(*total).map(|total| (total, *epoch)),
        Value::Gauge { .. } => None,
    }
}

/// A measured quantity: a number that is neither infinite nor negative.
pub(super) fn valid(value: f64) -> Option<f64> {
    finite(value).filter(|value| *value >= 0.0)
}

/// A number that is not infinite.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
