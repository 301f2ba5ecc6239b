//! The series of all indicators that are numbers, fed pair by pair.

use crate::analysis::Evidence;
use crate::analysis::coverage::Coverage;
use crate::analysis::history::History;
use crate::analysis::sample::{ArmSample, Measure};
use crate::analysis::series::{Series, error_share, executables, gauge, rate};
use crate::analysis::window::UsablePair;
use crate::time::Span;

/// The judged values of a run.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) active_series: Series,
    pub(super) datapoints_rate: Series,
    pub(super) memory_usage: Series,
    pub(super) cpu_usage: Series,
    pub(super) error_rate: Series,
    pub(super) process_count: Series,
    history: History,
    /// Over how long errors are counted.
    error_step: Span,
}

/// Over how long errors are counted: half an interval more than the collectors', so that each step holds a measurement of both, however
/// their clocks lie.
pub(super) fn error_step(evidence: &Evidence<'_>) -> Span {
    let collection = evidence.collection_interval.as_micros();
    Span::from_micros(collection.saturating_add(collection / 2))
}

impl Measured {
    /// Nothing yet.
    pub(super) fn of(evidence: &Evidence<'_>) -> Self {
        let error_step = error_step(evidence);
        Self {
            active_series: Series::default(),
            datapoints_rate: Series::default(),
            memory_usage: Series::default(),
            cpu_usage: Series::default(),
            error_rate: Series::default(),
            process_count: Series::default(),
            history: History::reaching(error_step),
            error_step,
        }
    }

    /// Takes a usable pair in. One of the warm-up only serves as the earlier instant of a difference.
    pub(super) fn take(&mut self, pair: &UsablePair<'_>) {
        if pair.judged {
            self.active_series.push_instant(pair, |arm| gauge(arm, Measure::ActiveSeries));
            self.memory_usage.push_instant(pair, |arm| gauge(arm, Measure::MemoryBytes));
            self.process_count.push_instant(pair, |arm| Some(executables(arm)));
            let rate_of = |measure| move |before: &ArmSample, now: &ArmSample| rate(before, now, measure);
            let latest = self.history.before(pair.instant, Span::ZERO);
            self.datapoints_rate.push_step(latest, pair, rate_of(Measure::DatapointsSent));
            self.cpu_usage.push_step(latest, pair, rate_of(Measure::CpuSeconds));
            self.error_rate.push_step(self.history.before(pair.instant, self.error_step), pair, error_share);
        }
        self.history.keep(pair);
    }

    /// No step reaches back behind this moment.
    pub(super) fn forget_earlier(&mut self) {
        self.history.forget();
    }

    /// Adds to every series what the whole run lacks.
    pub(super) fn within(mut self, coverage: Coverage) -> Self {
        for series in [
            &mut self.active_series,
            &mut self.datapoints_rate,
            &mut self.memory_usage,
            &mut self.cpu_usage,
            &mut self.error_rate,
            &mut self.process_count,
        ] {
            series.coverage = series.coverage.plus(coverage);
        }
        self
    }
}
