//! What clients ask to see. Reads only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::sample::PairedSample;
use crate::analysis::{Comparison, Indicator, Latest, Prices, latest_values};
use crate::app::ports::answer;
use crate::app::{Caller, Ports};
use crate::error::{Code, Error, Result};
use crate::experiment::{Event, Experiment, Pair, PipelineType, State};
use crate::id::{ConfigHash, ExperimentId, ExperimentName, PipelineName, Revision};
use crate::ports::cache::CacheKey;
use crate::ports::failure::Failure;
use crate::ports::store::{Deployment, Filter, Page};
use crate::spec::Catalog;
use crate::time::{Span, Timestamp};

/// Largest page of a list.
const LARGEST_PAGE: u32 = 500;

/// Queries of clients.
#[derive(Clone)]
pub struct Queries {
    pub(super) ports: Ports,
    /// What telemetry costs.
    pub(super) prices: Prices,
}

/// A generated configuration of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Configuration {
    /// Which of the two.
    pub pipeline_type: PipelineType,
    /// Name under which it is deployed.
    pub name: PipelineName,
    /// SHA-256 of exactly the bytes of `config`.
    pub hash: ConfigHash,
    /// The collector configuration.
    pub config: String,
}

/// The latest measured values of an experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestMetrics {
    /// The experiment.
    pub id: ExperimentId,
    /// Instant of the latest usable pair of samples.
    pub at: Option<Timestamp>,
    /// Values of each arm.
    pub values: Pair<BTreeMap<Indicator, f64>>,
    /// The comparison, once there is one.
    pub comparison: Option<Comparison>,
}

/// A part of an experiment's samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SamplePage {
    /// The samples, in order.
    pub samples: Vec<PairedSample>,
    /// After which instant the next page begins; `None` on the last one.
    pub next: Option<Timestamp>,
}

impl Queries {
    /// Queries over these ports, with the default prices of telemetry.
    pub fn new(ports: Ports) -> Self {
        Self { ports, prices: Prices::default() }
    }

    /// The experiment with this id, or of this name.
    pub async fn experiment(&self, caller: &Caller, reference: &str) -> Result<Experiment> {
        resolve(&self.ports, caller, reference).await
    }

    /// A page of the caller's experiments, newest first; whatever tenant the filter names.
    pub async fn list(
        &self,
        caller: &Caller,
        filter: Filter,
        limit: u32,
        after: Option<&str>,
    ) -> Result<Page<Experiment>> {
        let filter = Filter { tenant: Some(caller.tenant.clone()), ..filter };
        let limit = limit.clamp(1, LARGEST_PAGE);
        self.ports.experiments.list(&filter, limit, after).await.map_err(answer_to_position)
    }

    /// The history of an experiment after `seq`. An id works for deleted experiments, too.
    pub async fn history(&self, caller: &Caller, reference: &str, after: Revision, limit: u32) -> Result<Vec<Event>> {
        let limit = limit.clamp(1, LARGEST_PAGE);
        let error = match resolve(&self.ports, caller, reference).await {
            Ok(experiment) => return self.events(&experiment.id, after, limit).await,
            Err(error) if error.code() == Code::NotFound => error,
            Err(error) => return Err(error),
        };
        // Of a deleted experiment only the history is left, and says whose it was.
        let Ok(id) = reference.parse::<ExperimentId>() else { return Err(error) };
        let first = self.events(&id, Revision(0), 1).await?;
        if first.first().is_none_or(|event| event.tenant != caller.tenant) {
            return Err(error);
        }
        self.events(&id, after, limit).await
    }

    async fn events(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>> {
        self.ports.events.history(id, after, limit).await.map_err(answer(Code::Internal))
    }

    /// The caller's events of all experiments after the cursor, each with the cursor behind it, and the cursor to go on from.
    pub async fn events_after(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<(String, Event)>, Option<String>)> {
        let events = self.ports.events.events_after(cursor, limit.clamp(1, LARGEST_PAGE)).await;
        let events = events.map_err(answer_to_position)?;
        let next = events.last().map(|(cursor, _)| cursor.clone());
        Ok((events.into_iter().filter(|(_, event)| event.tenant == caller.tenant).collect(), next))
    }

    /// The cursor behind the latest event.
    pub async fn latest_cursor(&self) -> Result<Option<String>> {
        self.ports.events.latest_cursor().await.map_err(answer(Code::Internal))
    }

    /// Both generated configurations; empty before they were generated.
    pub async fn configurations(&self, caller: &Caller, reference: &str) -> Result<Vec<Configuration>> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        let deployments = self.ports.deployments.deployments(&experiment.id).await.map_err(answer(Code::Internal))?;
        Ok(deployments
            .into_iter()
            .map(|deployment| Configuration {
                pipeline_type: deployment.pipeline_type,
                name: deployment.pipeline.name,
                hash: deployment.pipeline.hash,
                config: deployment.pipeline.config,
            })
            .collect())
    }

    /// Both pipelines as they were last seen.
    pub async fn deployments(&self, caller: &Caller, reference: &str) -> Result<Vec<Deployment>> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        self.ports.deployments.deployments(&experiment.id).await.map_err(answer(Code::Internal))
    }

    /// A deployed pipeline as it was last seen.
    pub async fn pipeline(&self, caller: &Caller, name: &str) -> Result<Deployment> {
        let unknown = || Error::not_found("pipeline", name);
        let name: PipelineName = name.parse().map_err(|_| unknown())?;
        let deployment = self.ports.deployments.deployment(&name).await.map_err(answer(Code::Internal))?;
        let deployment = deployment.ok_or_else(unknown)?;
        // The tenant is the experiment's; somebody else's pipeline is unknown here.
        match resolve(&self.ports, caller, deployment.experiment_id.as_str()).await {
            Ok(_) => Ok(deployment),
            Err(error) if error.code() == Code::NotFound => Err(unknown()),
            Err(error) => Err(error),
        }
    }

    /// Where pipelines are deployed to: the Kubernetes namespace, or `local`.
    pub fn namespace(&self) -> &str {
        self.ports.deployer.namespace()
    }

    /// The present instant, for what depends on it in an answer.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A page of raw samples, in order: the first `limit` instants after `after`, or of the run.
    pub async fn samples(
        &self,
        caller: &Caller,
        reference: &str,
        after: Option<Timestamp>,
        limit: u32,
    ) -> Result<SamplePage> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        let Some(clock) = experiment.status.clock else { return Ok(SamplePage::default()) };
        let limit = limit.clamp(1, LARGEST_PAGE);
        let from = after.map_or(clock.ready_at, |after| clock.ready_at.max(after + Span::from_micros(1)));
        // One more than is shown, to know whether there is more.
        let found =
            self.ports.samples.samples(&experiment, from, self.ports.clock.now(), limit.saturating_add(1)).await;
        let mut samples = found.map_err(answer(Code::Internal))?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = samples.len() > shown;
        samples.truncate(shown);
        Ok(SamplePage { next: samples.last().filter(|_| has_more).map(|last| last.instant), samples })
    }

    /// The latest values of both arms, and the comparison once there is one.
    pub async fn metrics(&self, caller: &Caller, reference: &str) -> Result<LatestMetrics> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        let samples = self.latest_samples(&experiment).await?;
        let comparison = self.ports.reports.comparison(&experiment.id).await.map_err(answer(Code::Internal))?;
        let Latest { at, values } = latest_values(&experiment.spec.critical_processes, &samples);
        // Other programs read them from the cache; that they cannot is no failure of this query.
        let _ = self.ports.cache.put(entries_of(&experiment.id, &values)).await;
        Ok(LatestMetrics { id: experiment.id, at, values, comparison })
    }

    /// A few samples before the end of the run, or before now: enough for a rate.
    async fn latest_samples(&self, experiment: &Experiment) -> Result<Vec<PairedSample>> {
        let Some(clock) = experiment.status.clock else { return Ok(Vec::new()) };
        // A run that was cut off ended when its state did; its clock does not know.
        let is_running = experiment.state == State::Running;
        let to = clock.reached(if is_running { self.ports.clock.now() } else { experiment.status.entered_at });
        let window = Span::from_micros(experiment.spec.schedule.sample_interval.as_micros().saturating_mul(5));
        let from = (to - window).max(clock.ready_at);
        self.ports.samples.samples(experiment, from, to, LARGEST_PAGE).await.map_err(answer(Code::Internal))
    }

    /// What specifications may name.
    pub async fn catalog(&self) -> Result<Catalog> {
        self.ports.generator.catalog().await.map_err(answer(Code::PipelineGenerationFailed))
    }

    /// Number of experiments per state, over all tenants: for gauges.
    pub async fn count_by_state(&self) -> Result<Vec<(State, u64)>> {
        self.ports.experiments.count_by_state().await.map_err(answer(Code::Internal))
    }
}

/// A position that no answer handed out is wrong input; any other permanent failure of a list is the store's own.
fn answer_to_position(failure: Failure) -> Error {
    let code = match failure.reason() {
        "InvalidPageToken" | "InvalidCursor" => Code::ValidationFailed,
        _ => Code::Internal,
    };
    answer(code)(failure)
}

/// The caller's experiment with this id, else the one of this name. Another tenant's is unknown.
pub(super) async fn resolve(ports: &Ports, caller: &Caller, reference: &str) -> Result<Experiment> {
    if let Ok(id) = reference.parse::<ExperimentId>() {
        let found = ports.experiments.load(&id).await.map_err(answer(Code::Internal))?;
        if let Some(experiment) = found.filter(|experiment| experiment.tenant == caller.tenant) {
            return Ok(experiment);
        }
    }
    if let Ok(name) = reference.parse::<ExperimentName>() {
        let found = ports.experiments.find_by_name(&caller.tenant, &name).await.map_err(answer(Code::Internal))?;
        if let Some(experiment) = found {
            return Ok(experiment);
        }
    }
    Err(Error::not_found("experiment", reference))
}

/// The values under their keys.
fn entries_of(id: &ExperimentId, values: &Pair<BTreeMap<Indicator, f64>>) -> Vec<(CacheKey, String)> {
    values
        .iter()
        .flat_map(|(kind, values)| values.iter().map(move |(indicator, value)| (kind, *indicator, value)))
        .map(|(kind, indicator, value)| (CacheKey::ExperimentMetric(id.clone(), kind, indicator), value.to_string()))
        .collect()
}
