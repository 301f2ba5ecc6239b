//! One indicator at a time: its values, and what its rule says about them.

use crate::analysis::coverage::Coverage;
use crate::analysis::critical::Critical;
use crate::analysis::fidelity::fidelity;
use crate::analysis::hull::{Hull, cost_gate, saving, share_gate};
use crate::analysis::measured::Measured;
use crate::analysis::presence::Tracks;
use crate::analysis::retention::{retention, too_few};
use crate::analysis::series::{Point, Series, finite};
use crate::analysis::words::{count, counted, float, percent, signed_percent};
use crate::analysis::{Evidence, Indicator, Outcome};
use crate::spec::Role;

/// Why the noisy indicators have no outcome.
const NOT_JUDGED: &str =
    "not judged: a noisy series needs a test for correlated samples, which this version does not have";

/// Values and outcome of one indicator.
#[derive(Debug)]
pub(super) struct Assessment {
    pub(super) baseline: Option<f64>,
    pub(super) candidate: Option<f64>,
    pub(super) change: Option<f64>,
    pub(super) interval: Option<(f64, f64)>,
    pub(super) samples: u64,
    pub(super) outcome: Outcome,
    pub(super) judged: bool,
    pub(super) reason: String,
}

/// Assesses the indicators of one run.
pub(super) struct Assessor<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    /// What is missing of the judged part of the run.
    pub(super) coverage: Coverage,
    pub(super) measured: &'a Measured,
    pub(super) tracks: &'a Tracks,
    pub(super) critical: &'a Critical<'a>,
}

impl Assessor<'_> {
    /// The indicator's values and outcome in the given role.
    pub(super) fn assess(&self, indicator: Indicator, role: Role) -> Assessment {
        let noisy = |series: &Series| match role {
            Role::Gate => shown_gate(series, self.evidence.spec.policy.margin(indicator)),
            Role::Saving | Role::Info => shown(series),
        };
        match indicator {
            Indicator::ActiveSeries => self.active_series(role),
            Indicator::DatapointsRate => noisy(&self.measured.datapoints_rate),
            Indicator::MemoryUsage => noisy(&self.measured.memory_usage),
            Indicator::CpuUsage => noisy(&self.measured.cpu_usage),
            Indicator::ErrorRate => self.error_rate(),
            Indicator::CriticalRetention => self.critical_retention(),
            Indicator::ValueAgreement => self.value_agreement(),
            Indicator::ProcessCount => self.process_count(),
        }
    }

    /// True when the baseline was read and never had a series.
    pub(super) fn baseline_is_empty(&self) -> bool {
        let series = &self.measured.active_series;
        series.points > 0 && series.sums.baseline <= 0.0
    }

    /// Says so when the candidate was read often enough and never had a series, while the baseline had: nothing is saved by silence.
    pub(super) fn silence(&self) -> Option<String> {
        let series = &self.measured.active_series;
        let samples = series.points;
        let silent = series.sums.candidate <= 0.0 && series.sums.baseline > 0.0;
        (silent && samples >= self.minimum_samples(Indicator::ActiveSeries)).then(|| {
            format!(
                "the candidate is up and emits nothing in all {}, while the baseline has series",
                counted(samples, "sample")
            )
        })
    }

    fn active_series(&self, role: Role) -> Assessment {
        let series = &self.measured.active_series;
        let hull = series.ratios;
        let mut assessment = cost(series, hull.and_then(Hull::relative));
        let verdict = self.gap(Indicator::ActiveSeries, series.coverage, assessment.samples);
        let (outcome, reason) = verdict.unwrap_or_else(|| match (hull, assessment.change) {
            (Some(_), Some(change)) if change <= -1.0 => {
                (Outcome::Inconclusive, "the candidate has no series at all, which is no saving".to_owned())
            }
            (Some(hull), Some(change)) => self.judge_series(role, hull, change, assessment.samples),
            (None, _) | (_, None) => (Outcome::Invalid, "the values cannot be compared".to_owned()),
        });
        assessment.conclude(outcome, reason);
        assessment
    }

    fn judge_series(&self, role: Role, hull: Hull, change: f64, samples: u64) -> (Outcome, String) {
        let margin = self.evidence.spec.policy.margin(Indicator::ActiveSeries);
        let found = format!("{} (each sample {})", signed_percent(change), range(hull.low - 1.0, hull.high - 1.0));
        let held = format!("held in all {}", counted(samples, "sample"));
        let limit = percent(margin);
        if role == Role::Gate {
            let outcome = cost_gate(hull, margin);
            let reason = if outcome == Outcome::Inconclusive {
                format!("{found}: the tolerated {limit} is exceeded in some samples and not in others")
            } else {
                format!("{found} against a tolerated {limit}, {held}")
            };
            return (outcome, reason);
        }
        let outcome = saving(hull, change, margin);
        let refuted = format!("the saving of {limit} sought is refuted: {found}, {held}");
        let reason = match outcome {
            Outcome::Improved => format!("{found}, {held}; a saving of {limit} is sought"),
            Outcome::Regressed => format!("{refuted}, and each costs more than the baseline"),
            Outcome::Pass => refuted,
            Outcome::Inconclusive | Outcome::NoData | Outcome::ProviderError | Outcome::Invalid => {
                format!("{found}: the saving of {limit} sought is not there in every sample, nor missing in every one")
            }
        };
        (outcome, reason)
    }

    fn process_count(&self) -> Assessment {
        let series = &self.measured.process_count;
        Assessment { interval: series.ratios.and_then(Hull::relative), ..shown(series) }
    }

    fn error_rate(&self) -> Assessment {
        let series = &self.measured.error_rate;
        let hull = series.differences;
        let mut assessment = values(series, hull.and_then(Hull::absolute));
        assessment.change =
            assessment.baseline.zip(assessment.candidate).map(|(baseline, candidate)| candidate - baseline);
        let verdict = self.gap(Indicator::ErrorRate, series.coverage, assessment.samples);
        let (outcome, reason) = verdict.unwrap_or_else(|| match hull {
            Some(hull) => self.judge_errors(hull, assessment.samples),
            None => (Outcome::NoData, "nothing was sent and nothing failed".to_owned()),
        });
        assessment.conclude(outcome, reason);
        assessment
    }

    fn judge_errors(&self, hull: Hull, samples: u64) -> (Outcome, String) {
        let margin = self.evidence.spec.policy.margin(Indicator::ErrorRate);
        let outcome = share_gate(hull, margin);
        let found = format!("the share of errors changes by {}", range(hull.low, hull.high));
        let limit = percent(margin);
        let held = format!("held in all {}", counted(samples, "sample"));
        let reason = match outcome {
            Outcome::Pass => format!("{found} (tolerated {limit}), {held}"),
            Outcome::Regressed => format!("{found}, more than the tolerated {limit}, {held}"),
            Outcome::Improved | Outcome::Inconclusive | Outcome::NoData | Outcome::ProviderError | Outcome::Invalid => {
                format!("{found}: the tolerated {limit} is exceeded in some samples and not in others")
            }
        };
        (outcome, reason)
    }

    fn critical_retention(&self) -> Assessment {
        let minimum = self.minimum_samples(Indicator::CriticalRetention);
        let found = retention(self.tracks, self.critical, self.evidence.stride(), minimum);
        let series = &self.tracks.retained;
        let mut assessment = cost(series, series.ratios.and_then(Hull::relative));
        let (outcome, reason) = self.coverage.shortfall().unwrap_or_else(|| {
            if self.critical.is_empty() {
                (Outcome::Pass, "no critical processes are named".to_owned())
            } else {
                (found.outcome, found.reason)
            }
        });
        assessment.conclude(outcome, reason);
        assessment
    }

    fn value_agreement(&self) -> Assessment {
        let found = fidelity(self.tracks, self.evidence.stride(), self.minimum_samples(Indicator::ValueAgreement));
        let (outcome, reason) = self.coverage.shortfall().unwrap_or((found.outcome, found.reason));
        let change = (found.compared > 0).then(|| float(found.agreed) / float(found.compared) - 1.0);
        Assessment {
            baseline: change.map(|_| float(found.compared)),
            candidate: change.map(|_| float(found.agreed)),
            change,
            interval: change.map(|change| (change, change)),
            samples: count(self.tracks.instants),
            outcome,
            judged: true,
            reason,
        }
    }

    /// Why the rule of a judged series cannot be applied, if so: too much is missing, or there are too few samples.
    fn gap(&self, indicator: Indicator, coverage: Coverage, samples: u64) -> Option<(Outcome, String)> {
        let minimum = self.minimum_samples(indicator);
        let few = || (samples < minimum).then(|| (Outcome::Inconclusive, too_few(samples, minimum)));
        coverage.shortfall().or_else(few)
    }

    fn minimum_samples(&self, indicator: Indicator) -> u64 {
        let spec = self.evidence.spec;
        spec.policy.minimum_samples(indicator, self.evidence.collection_interval, spec.schedule.sample_interval)
    }
}

impl Assessment {
    fn conclude(&mut self, outcome: Outcome, reason: String) {
        self.outcome = outcome;
        self.reason = reason;
    }
}

/// Values that are shown and not judged.
fn shown(series: &Series) -> Assessment {
    let mut assessment = cost(series, None);
    assessment.judged = false;
    let unavailable = series.coverage.shortfall().filter(|(outcome, _)| *outcome != Outcome::Inconclusive);
    let (outcome, reason) = unavailable.unwrap_or_else(|| (Outcome::Inconclusive, NOT_JUDGED.to_owned()));
    assessment.conclude(outcome, reason);
    assessment
}

/// The same of a gate: what is shown beyond the margin is said, though nothing is claimed of it.
fn shown_gate(series: &Series, tolerated: f64) -> Assessment {
    let mut assessment = shown(series);
    if assessment.outcome == Outcome::Inconclusive {
        let remark = match assessment.change {
            Some(change) if change > tolerated => {
                format!("; the {} shown is beyond the tolerated {}", signed_percent(change), percent(tolerated))
            }
            Some(_) => String::new(),
            None => "; no change can be shown".to_owned(),
        };
        assessment.reason.push_str(&remark);
    }
    assessment
}

/// The means of a cost and its change as the ratio of sums, which, unlike the mean of ratios, stays right when the arms vary differently.
fn cost(series: &Series, interval: Option<(f64, f64)>) -> Assessment {
    let mut assessment = values(series, interval);
    assessment.change = assessment
        .baseline
        .filter(|baseline| *baseline > 0.0)
        .zip(assessment.candidate)
        .and_then(|(baseline, candidate)| finite(candidate / baseline - 1.0));
    assessment
}

fn values(series: &Series, interval: Option<(f64, f64)>) -> Assessment {
    let means: Option<Point> = series.means();
    Assessment {
        baseline: means.map(|means| means.baseline),
        candidate: means.map(|means| means.candidate),
        change: None,
        interval,
        samples: series.samples(),
        outcome: Outcome::NoData,
        judged: true,
        reason: String::new(),
    }
}

/// The smallest and the largest change, or the one that both are.
fn range(low: f64, high: f64) -> String {
    let (low, high) = (signed_percent(low), signed_percent(high));
    if low == high { low } else { format!("{low} .. {high}") }
}
