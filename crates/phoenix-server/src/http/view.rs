//! The JSON forms that exist only at this boundary.

use std::collections::BTreeMap;

use phoenix_core::analysis::sample::{ArmSample, PairedSample};
use phoenix_core::analysis::{Comparison, Indicator, Verdict};
use phoenix_core::app::{LatestMetrics, SamplePage};
use phoenix_core::experiment::{Experiment, PipelineObservation, PipelinePhase, PipelineType, Reason, State};
use phoenix_core::id::{ConfigHash, ExperimentId, ExperimentName, PipelineName, Revision};
use phoenix_core::ports::store::{Deployment, Page};
use phoenix_core::time::Timestamp;
use serde::Serialize;

/// `GET …/{id}/state`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateView {
    id: ExperimentId,
    name: ExperimentName,
    state: State,
    revision: Revision,
    reason: Option<Reason>,
    verdict: Option<Verdict>,
    updated_at: Timestamp,
}

impl From<Experiment> for StateView {
    fn from(experiment: Experiment) -> Self {
        Self {
            id: experiment.id,
            name: experiment.name,
            state: experiment.state,
            revision: experiment.revision,
            reason: experiment.status.reason,
            verdict: experiment.status.verdict,
            updated_at: experiment.updated_at,
        }
    }
}

/// A page of a list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageView<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<T> From<Page<T>> for PageView<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next_page_token: page.next }
    }
}

/// One instant of `GET …/{id}/samples`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SampleView {
    instant: Timestamp,
    baseline: Option<ArmSample>,
    candidate: Option<ArmSample>,
}

impl From<PairedSample> for SampleView {
    fn from(sample: PairedSample) -> Self {
        Self { instant: sample.instant, baseline: sample.baseline, candidate: sample.candidate }
    }
}

impl From<SamplePage> for PageView<SampleView> {
    fn from(page: SamplePage) -> Self {
        let next_page_token = page.next.map(|instant| instant.to_string());
        Self { items: page.samples.into_iter().map(SampleView::from).collect(), next_page_token }
    }
}

/// One pipeline of `GET …/{id}/pipelines`: what is wanted of it, and what was last seen.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PipelineView {
    pipeline_type: PipelineType,
    name: PipelineName,
    config_hash: ConfigHash,
    phase: PipelinePhase,
    ready: usize,
    desired: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<PipelineObservation>,
}

impl From<Deployment> for PipelineView {
    fn from(deployment: Deployment) -> Self {
        let observed = deployment.observed;
        Self {
            pipeline_type: deployment.pipeline_type,
            name: deployment.pipeline.name,
            config_hash: deployment.pipeline.hash,
            phase: observed.as_ref().map_or(PipelinePhase::Pending, |observed| observed.phase),
            ready: observed.as_ref().map_or(0, PipelineObservation::ready_hosts),
            desired: observed.as_ref().map_or(0, |observed| observed.hosts.len()),
            observed,
        }
    }
}

/// `GET …/{id}/metrics`: the names of the gRPC message in lowerCamelCase.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MetricsView {
    id: ExperimentId,
    baseline_metrics: PipelineMetricsView,
    variant_metrics: PipelineMetricsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_result: Option<Comparison>,
}

/// The values of one arm; what was not measured is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineMetricsView {
    #[serde(skip_serializing_if = "Option::is_none")]
    process_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_usage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_usage: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_per_sec: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_series: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    critical_retention: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collected_at: Option<Timestamp>,
}

impl PipelineMetricsView {
    fn new(values: &BTreeMap<Indicator, f64>, at: Option<Timestamp>) -> Self {
        let value = |indicator| values.get(&indicator).copied();
        Self {
            process_count: value(Indicator::ProcessCount),
            memory_usage: value(Indicator::MemoryUsage),
            cpu_usage: value(Indicator::CpuUsage),
            datapoints_per_sec: value(Indicator::DatapointsRate),
            error_rate: value(Indicator::ErrorRate),
            active_series: value(Indicator::ActiveSeries),
            critical_retention: value(Indicator::CriticalRetention),
            collected_at: at,
        }
    }
}

impl From<LatestMetrics> for MetricsView {
    fn from(latest: LatestMetrics) -> Self {
        Self {
            baseline_metrics: PipelineMetricsView::new(&latest.values.baseline, latest.at),
            variant_metrics: PipelineMetricsView::new(&latest.values.candidate, latest.at),
            id: latest.id,
            comparison_result: latest.comparison,
        }
    }
}
