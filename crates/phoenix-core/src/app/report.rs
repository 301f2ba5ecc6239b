//! The report: everything that is known of an experiment, in the parts that were asked for.

use serde::{Deserialize, Serialize};

use crate::analysis::{Comparison, Evidence, OverTime, Prices, Savings, Timeline};
use crate::app::analyse::in_pages;
use crate::app::ports::answer;
use crate::app::queries::resolve;
use crate::app::{Caller, Configuration, Queries};
use crate::error::{Code, Result};
use crate::experiment::{Event, Experiment, State};
use crate::id::Revision;

/// Steps of a run over time unless a client asks for another number: what a chart can show.
pub const STEPS: usize = 300;
/// Most steps that a client gets.
const MOST_STEPS: usize = 2_000;
/// Events that are read at a time.
const EVENT_PAGE: u32 = 500;

/// Everything about an experiment, whether it has ended or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The experiment.
    pub experiment: Experiment,
    /// The comparison, once there is one.
    pub comparison: Option<Comparison>,
    /// What the candidate saves, as far as the comparison shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub savings: Option<Savings>,
    /// The run over time, when it was asked for and has begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<OverTime>,
    /// Both configurations, when they were asked for; empty before they were generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configurations: Option<Vec<Configuration>>,
    /// The history, when it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Event>>,
}

/// Which parts of a report are asked for besides the experiment, the comparison and the savings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// The run over time.
    pub series: bool,
    /// Both configurations.
    pub configurations: bool,
    /// The history.
    pub events: bool,
}

impl Queries {
    /// The same queries with these prices of telemetry.
    #[must_use]
    pub fn with_prices(self, prices: Prices) -> Self {
        Self { prices, ..self }
    }

    /// What a report shows by default.
    pub async fn report(&self, caller: &Caller, reference: &str) -> Result<Report> {
        self.report_with(caller, reference, Include::default()).await
    }

    /// The same with the parts that are asked for.
    pub async fn report_with(&self, caller: &Caller, reference: &str, include: Include) -> Result<Report> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        let comparison = self.ports.reports.comparison(&experiment.id).await.map_err(answer(Code::Internal))?;
        let savings = comparison.as_ref().and_then(|comparison| Savings::of(comparison, &self.prices));
        let series = if include.series { self.over_time(&experiment, STEPS).await? } else { None };
        // By the id: a name may come to mean another experiment meanwhile.
        let id = experiment.id.as_str();
        let configurations = if include.configurations { Some(self.configurations(caller, id).await?) } else { None };
        let events = if include.events { Some(self.whole_history(caller, id).await?) } else { None };
        Ok(Report { experiment, comparison, savings, series, configurations, events })
    }

    /// The run over time in at most so many steps; `None` before it has begun.
    pub async fn series(&self, caller: &Caller, reference: &str, most_steps: usize) -> Result<Option<OverTime>> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        self.over_time(&experiment, most_steps).await
    }

    /// Of the evidence alone: what was stored after the run is not shown.
    async fn over_time(&self, experiment: &Experiment, most_steps: usize) -> Result<Option<OverTime>> {
        let Some(clock) = experiment.status.clock else { return Ok(None) };
        let Some(evidence) = Evidence::of(experiment) else { return Ok(None) };
        // A run that was cut off ended when its state did; its clock does not know.
        let is_running = experiment.state == State::Running;
        let until = clock.reached(if is_running { self.ports.clock.now() } else { experiment.status.entered_at });
        let mut timeline = Timeline::of(&evidence, until, most_steps.min(MOST_STEPS));
        let read = in_pages(&self.ports, experiment, clock.ready_at, until, |sample| timeline.take(sample)).await;
        read.map_err(answer(Code::Internal))?;
        Ok(Some(timeline.conclude()))
    }

    async fn whole_history(&self, caller: &Caller, id: &str) -> Result<Vec<Event>> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(Revision(0), |event| event.seq);
            let page = self.history(caller, id, after, EVENT_PAGE).await?;
            let is_last = u32::try_from(page.len()).is_ok_and(|length| length < EVENT_PAGE);
            events.extend(page);
            if is_last {
                return Ok(events);
            }
        }
    }
}
