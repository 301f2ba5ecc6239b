//! Raw samples in, values per instant out: gauges are summed over hosts, counters become rates.
//!
//! A value that is not a number, infinite or negative, and a counter that began anew, make no value: the pair is dropped and counted as
//! missing for that indicator. Both arms are always differenced over the same two instants, because windows of different length would
//! bias the comparison.

use crate::analysis::coverage::Coverage;
use crate::analysis::sample::{ArmSample, HostReading, Measure, Value};
use crate::analysis::window::{UsablePair, Window};
use crate::analysis::words::{count, float};
use crate::time::{Span, Timestamp};

/// Both arms' values at one instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) baseline: f64,
    pub(super) candidate: f64,
}

/// The judged values of one indicator, and what is missing of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) points: Vec<Point>,
    pub(super) coverage: Coverage,
}

impl Series {
    /// Values that one instant yields by itself.
    pub(super) fn of_instants(window: &Window<'_>, value: impl Fn(&ArmSample) -> Option<f64>) -> Self {
        let mut series = Self::empty(window.coverage);
        for pair in window.judged() {
            series.push(value(pair.baseline), value(pair.candidate));
        }
        series
    }

    /// Values that need an earlier instant: the latest usable pair that is at least `least` older. The warm-up may serve as such; instants
    /// without one are the openings of the series.
    pub(super) fn of_steps(
        window: &Window<'_>,
        least: Span,
        value: impl Fn(&ArmSample, &ArmSample) -> Option<f64>,
    ) -> Self {
        let mut series = Self::empty(window.coverage);
        for (index, pair) in window.pairs.iter().enumerate().filter(|(_, pair)| pair.judged) {
            if let Some(before) = earlier(window.pairs.get(..index).unwrap_or_default(), pair, least) {
                series.push(value(before.baseline, pair.baseline), value(before.candidate, pair.candidate));
            } else {
                series.coverage.openings += 1;
            }
        }
        series
    }

    /// Pairs of samples that the values rest on.
    pub(super) fn samples(&self) -> u64 {
        if self.points.is_empty() { 0 } else { count(self.points.len()).saturating_add(self.coverage.openings) }
    }

    /// Means of the baseline and of the candidate.
    pub(super) fn means(&self) -> Option<Point> {
        let samples = float(count(self.points.len()));
        let baseline = finite(self.points.iter().map(|point| point.baseline).sum::<f64>() / samples)?;
        let candidate = finite(self.points.iter().map(|point| point.candidate).sum::<f64>() / samples)?;
        Some(Point { baseline, candidate })
    }

    const fn empty(coverage: Coverage) -> Self {
        Self { points: Vec::new(), coverage }
    }

    fn push(&mut self, baseline: Option<f64>, candidate: Option<f64>) {
        match (baseline, candidate) {
            (Some(baseline), Some(candidate)) => self.points.push(Point { baseline, candidate }),
            (baseline, candidate) => self.coverage.lacks(baseline.is_none(), candidate.is_none()),
        }
    }
}

fn earlier<'w, 'a>(before: &'w [UsablePair<'a>], pair: &UsablePair<'_>, least: Span) -> Option<&'w UsablePair<'a>> {
    before.iter().rev().find(|earlier| pair.instant.since(earlier.instant) >= least)
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
