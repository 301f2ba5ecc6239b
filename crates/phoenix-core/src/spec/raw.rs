//! The experiment file as a user may write it: every key optional, nothing checked but its type.
//!
//! With the feature `schema` the comments on the fields become the descriptions of the JSON Schema and of docs/experiment.md, so they speak to
//! who writes a file. Defaults and ranges stand beside the checks, see `schema/facts.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spec::EvidencePolicy;

/// An experiment: one comparison of a baseline and a candidate pipeline on the same hosts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawExperiment {
    /// Version of the format.
    pub api_version: Option<String>,
    /// What the file holds.
    pub kind: Option<String>,
    /// What the experiment is called.
    pub metadata: RawMetadata,
    /// What is compared and how.
    pub spec: RawSpec,
}

/// Name and labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawMetadata {
    /// An identity of your own. It makes the creation idempotent: the same file under the same id answers with the experiment that is stored.
    pub id: Option<String>,
    /// Name of the experiment, by which commands refer to it and after which its pipelines are named.
    pub name: Option<String>,
    /// Free labels, for people and for filters. They are stored with the experiment and put on nothing else.
    pub labels: BTreeMap<String, String>,
}

/// What is compared and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawSpec {
    /// A sentence for people: what the candidate is meant to save.
    pub description: Option<String>,
    /// Where the pipelines run. Without Kubernetes that is always the controller's own host.
    pub target: Option<RawTarget>,
    /// The pipeline that is in use today.
    pub baseline: Option<RawPipelineSpec>,
    /// The pipeline that is wanted. It should differ from the baseline in what is to be tried and in nothing else.
    pub candidate: Option<RawPipelineSpec>,
    /// Executables that the candidate must not lose, as regular expressions over their names. Losing a single one rejects the candidate,
    /// whatever it saves. Not anchored: write `^postgres$` for exactly postgres. Each must match a process that the baseline sees: a pattern
    /// without one cannot be judged, and then nothing is promoted.
    pub critical_processes: Vec<String>,
    /// When the experiment runs, for how long, and how often it is sampled.
    pub schedule: Option<RawSchedule>,
    /// Whether both pipelines stay deployed when the experiment has ended, for instance to look at them. They are removed with it.
    pub keep_pipelines: Option<bool>,
    /// How long the experiment may stay in a state. Past a deadline it ends as `failed`, past the one of `pending` as `cancelled`.
    pub deadlines: Option<RawDeadlines>,
    /// What is judged, and how strictly.
    pub policy: Option<EvidencePolicy>,
}

/// Where the pipelines run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawTarget {
    /// Labels that a Kubernetes node must have, all of them. On a single host it selects nothing.
    pub node_selector: BTreeMap<String, String>,
}

/// Which collector configuration is generated; also the body of `POST /v1/controller/pipelines/generate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawPipelineSpec {
    /// Name of the generated pipeline; only where there is no experiment.
    pub name: Option<String>,
    /// The template that the configuration is rendered from.
    pub base_template: Option<String>,
    /// Parameters of the template. Those left out have their defaults.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Strategies that make the pipeline cheaper, applied in this order.
    pub optimizations: Vec<RawOptimization>,
}

/// One strategy with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawOptimization {
    /// The strategy.
    pub name: Option<String>,
    /// Parameters of the strategy. Those left out have their defaults.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

/// When the experiment runs, for how long, and how often it is sampled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawSchedule {
    /// When to start. Without it the experiment waits for `phoenixctl start`; `phoenixctl run` gives that command by itself.
    pub start: Option<String>,
    /// When the run ends in any case. What was sampled until then is judged, also when `duration` has not passed.
    pub end: Option<String>,
    /// Length of the run, counted from the moment at which both pipelines are ready. While evidence cannot be had, it does not count.
    pub duration: Option<String>,
    /// First part of the run, in which collectors settle. Its samples are taken and not judged.
    pub warm_up: Option<String>,
    /// Distance of two samples. They are taken at multiples of it since the epoch, from both pipelines at the same instant.
    pub sample_interval: Option<String>,
}

/// How long each state may last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawDeadlines {
    /// How long the experiment may wait for its start.
    pub pending: Option<String>,
    /// How long both configurations may take to be generated and checked.
    pub initializing: Option<String>,
    /// How long both pipelines may take to become ready.
    pub deploying: Option<String>,
    /// How long the verdict may take to be computed.
    pub analyzing: Option<String>,
}
