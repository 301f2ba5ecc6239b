//! A run over time, for charts: both arms' values of each indicator, folded into a bounded number of steps.
//!
//! The values are those of the comparison: the same pairs, the same differences, the same sums over hosts. So the means of the judged
//! steps, weighted by their samples, are the means of the comparison. Where one arm alone could be read, its own values are shown without
//! weight, so that a chart shows an arm falling silent rather than both. Value agreement is no value of an instant and has no curve.
//!
//! Memory depends on the number of steps and of executables, not on the length of the run. Judges nothing.

mod step;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::critical::Critical;
use crate::analysis::history::{History, without_executables};
use crate::analysis::measured::error_step;
use crate::analysis::sample::{ArmSample, Measure, PairedSample};
use crate::analysis::series::{error_share, executables, gauge, rate};
use crate::analysis::window::{UsablePair, marks_pause, missing_arms, read, source_failed, usable_pair};
use crate::analysis::words::float;
use crate::analysis::{Evidence, Indicator};
use crate::experiment::{Pair, PipelineType};
use crate::time::{Span, Timestamp};

use step::{CURVES, Folded, Grid};

/// A run over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OverTime {
    /// When both pipelines were ready.
    pub from: Timestamp,
    /// What the run has reached.
    pub until: Timestamp,
    /// Where the warm-up ends.
    pub judged_from: Timestamp,
    /// The steps, in order and without a gap between them.
    pub steps: Vec<Step>,
    /// The curves of all indicators that have any value.
    pub curves: Vec<Curve>,
}

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, which is the beginning of the next one.
    pub until: Timestamp,
    /// False within the warm-up. No step is on both sides.
    pub judged: bool,
    /// Instants within it.
    pub taken: u64,
    /// Of these, with both arms read.
    pub usable: u64,
    /// Of these, without the baseline.
    pub baseline_missing: u64,
    /// Of these, without the candidate.
    pub candidate_missing: u64,
    /// Of these, at which the metrics source failed for both arms.
    pub outages: u64,
    /// True when the run was paused by request for a part of it.
    pub paused: bool,
}

/// One indicator over time. Each list has one entry per step; `None` is a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Curve {
    /// Which indicator.
    pub indicator: Indicator,
    /// Pairs of samples that a value rests on; zero where an arm is shown alone.
    pub samples: Vec<u64>,
    /// Means of the baseline, summed over hosts, in the indicator's unit.
    pub baseline: Vec<Option<f64>>,
    /// Means of the candidate.
    pub candidate: Vec<Option<f64>>,
}

/// Folds a run, sample by sample and in order.
#[derive(Debug)]
pub struct Timeline<'a> {
    critical: Critical<'a>,
    /// Which executables are critical, as far as they were seen.
    known: BTreeMap<String, bool>,
    history: History,
    error_step: Span,
    /// The latest readable sample of each arm, for rates of an arm that is alone.
    latest: Pair<Option<ArmSample>>,
    grid: Grid,
    steps: BTreeMap<usize, Folded>,
    paused_since: Option<Timestamp>,
}

impl<'a> Timeline<'a> {
    /// Nothing yet of a run that has reached `until`. At most `most_steps` are made, and at least two.
    pub fn of(evidence: &Evidence<'a>, until: Timestamp, most_steps: usize) -> Self {
        let error_step = error_step(evidence);
        Self {
            critical: Critical::new(&evidence.spec.critical_processes),
            known: BTreeMap::new(),
            history: History::reaching(error_step),
            error_step,
            latest: Pair::default(),
            grid: Grid::of(evidence, until, most_steps),
            steps: BTreeMap::new(),
            paused_since: None,
        }
    }

    /// Takes in the next sample.
    pub fn take(&mut self, sample: &PairedSample) {
        if marks_pause(sample) {
            self.history.forget();
            self.latest = Pair::default();
            self.paused_since.get_or_insert(sample.instant);
            return;
        }
        let index = self.grid.index(sample.instant);
        self.end_pause(index);
        let pair = usable_pair(sample, self.grid.is_judged(sample.instant));
        let critical = pair.as_ref().and_then(|pair| self.retained(pair));
        let folded = self.steps.entry(index).or_default();
        folded.taken += 1;
        match &pair {
            Some(pair) => {
                folded.usable += 1;
                take_pair(folded, pair, &self.history, self.error_step);
                if let Some((present, kept)) = critical {
                    folded.push(Indicator::CriticalRetention, Some(present), Some(kept));
                }
                self.history.keep(pair);
            }
            None => take_apart(folded, sample, &self.latest),
        }
        for (arm, latest) in
            [(&sample.baseline, &mut self.latest.baseline), (&sample.candidate, &mut self.latest.candidate)]
        {
            if let Some(arm) = read(arm.as_ref()) {
                *latest = Some(without_executables(arm));
            }
        }
    }

    /// The run up to here.
    pub fn conclude(mut self) -> OverTime {
        let end = self.grid.len();
        self.end_pause(end);
        let folded: Vec<Folded> =
            (0..self.grid.len()).map(|index| self.steps.remove(&index).unwrap_or_default()).collect();
        let steps = folded.iter().enumerate().map(|(index, folded)| self.grid.step(index, folded)).collect();
        let curves = CURVES.into_iter().map(|indicator| curve(indicator, &folded));
        OverTime {
            from: self.grid.from,
            until: self.grid.until,
            judged_from: self.grid.judged_from,
            steps,
            curves: curves.filter(Curve::has_values).collect(),
        }
    }

    /// The pause lasted until the step of this index, if there was one. It has at least the step in which it began.
    fn end_pause(&mut self, end: usize) {
        let Some(since) = self.paused_since.take() else { return };
        let begin = self.grid.index(since);
        for index in begin..end.max(begin + 1) {
            self.steps.entry(index).or_default().paused = true;
        }
    }

    /// How many critical executables the baseline reports, and how many of them the candidate does, too.
    fn retained(&mut self, pair: &UsablePair<'_>) -> Option<(f64, f64)> {
        let (mut present, mut kept) = (0, 0);
        for (host, baseline) in &pair.baseline.hosts {
            let candidate = pair.candidate.hosts.get(host);
            for name in baseline.executables.keys() {
                if self.is_critical(name) {
                    present += 1;
                    kept += u64::from(candidate.is_some_and(|reading| reading.executables.contains_key(name)));
                }
            }
        }
        (present > 0).then(|| (float(present), float(kept)))
    }

    fn is_critical(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let is_critical = self.critical.matches(name);
        self.known.insert(name.to_owned(), is_critical);
        is_critical
    }
}

/// The same values as the comparison takes.
fn take_pair(folded: &mut Folded, pair: &UsablePair<'_>, history: &History, error_step: Span) {
    let mut of_instant = |indicator, value: &dyn Fn(&ArmSample) -> Option<f64>| {
        folded.push(indicator, value(pair.baseline), value(pair.candidate));
    };
    of_instant(Indicator::ActiveSeries, &|arm| gauge(arm, Measure::ActiveSeries));
    of_instant(Indicator::MemoryUsage, &|arm| gauge(arm, Measure::MemoryBytes));
    of_instant(Indicator::ProcessCount, &|arm| Some(executables(arm)));
    let mut of_difference = |indicator, step, value: &dyn Fn(&ArmSample, &ArmSample) -> Option<f64>| {
        if let Some(before) = history.before(pair.instant, step) {
            folded.push(indicator, value(&before.baseline, pair.baseline), value(&before.candidate, pair.candidate));
        }
    };
    of_difference(Indicator::DatapointsRate, Span::ZERO, &|before, now| rate(before, now, Measure::DatapointsSent));
    of_difference(Indicator::CpuUsage, Span::ZERO, &|before, now| rate(before, now, Measure::CpuSeconds));
    of_difference(Indicator::ErrorRate, error_step, &error_share);
}

/// An instant at which the arms cannot be compared: what each says by itself.
fn take_apart(folded: &mut Folded, sample: &PairedSample, latest: &Pair<Option<ArmSample>>) {
    if source_failed(sample) {
        folded.outages += 1;
    }
    let (baseline, candidate) = missing_arms(sample);
    folded.baseline_missing += u64::from(baseline);
    folded.candidate_missing += u64::from(candidate);
    for (kind, arm) in [(PipelineType::Baseline, &sample.baseline), (PipelineType::Candidate, &sample.candidate)] {
        let Some(arm) = read(arm.as_ref()) else { continue };
        let before = latest.get(kind).as_ref();
        let rate_of = |measure| before.and_then(|before| rate(before, arm, measure));
        let values = [
            (Indicator::ActiveSeries, gauge(arm, Measure::ActiveSeries)),
            (Indicator::MemoryUsage, gauge(arm, Measure::MemoryBytes)),
            (Indicator::ProcessCount, Some(executables(arm))),
            (Indicator::DatapointsRate, rate_of(Measure::DatapointsSent)),
            (Indicator::CpuUsage, rate_of(Measure::CpuSeconds)),
        ];
        for (indicator, value) in values {
            folded.push_alone(indicator, kind, value);
        }
    }
}

fn curve(indicator: Indicator, folded: &[Folded]) -> Curve {
    let values = |kind| folded.iter().map(|folded| folded.mean(indicator, kind)).collect();
    Curve {
        indicator,
        samples: folded.iter().map(|folded| folded.pairs(indicator)).collect(),
        baseline: values(PipelineType::Baseline),
        candidate: values(PipelineType::Candidate),
    }
}

impl Curve {
    /// The values of an arm.
    pub fn values(&self, kind: PipelineType) -> &[Option<f64>] {
        match kind {
            PipelineType::Baseline => &self.baseline,
            PipelineType::Candidate => &self.candidate,
        }
    }

    fn has_values(&self) -> bool {
        self.baseline.iter().chain(&self.candidate).any(Option::is_some)
    }
}

#[cfg(test)]
mod tests;
