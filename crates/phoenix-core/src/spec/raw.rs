//! The experiment file as a user may write it: every key optional, nothing checked but its type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::spec::EvidencePolicy;

/// A whole experiment file, or the JSON body of a creation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawExperiment {
    /// Must be [`crate::spec::API_VERSION`].
    pub api_version: Option<String>,
    /// Must be [`crate::spec::KIND`].
    pub kind: Option<String>,
    /// Name and labels.
    pub metadata: RawMetadata,
    /// What to compare and how.
    pub spec: RawSpec,
}

/// Name and labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawMetadata {
    /// An identity chosen by the client, which makes the creation idempotent.
    pub id: Option<String>,
    /// A DNS label.
    pub name: Option<String>,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
}

/// What to compare and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawSpec {
    /// A sentence for people.
    pub description: Option<String>,
    /// Where the pipelines run.
    pub target: Option<RawTarget>,
    /// The pipeline that is in use.
    pub baseline: Option<RawPipelineSpec>,
    /// The pipeline that is wanted.
    pub candidate: Option<RawPipelineSpec>,
    /// Regular expressions over executable names.
    pub critical_processes: Vec<String>,
    /// When and how long.
    pub schedule: Option<RawSchedule>,
    /// Leave both pipelines deployed at the end.
    pub keep_pipelines: Option<bool>,
    /// How long each state may last.
    pub deadlines: Option<RawDeadlines>,
    /// What is judged, and how strictly.
    pub policy: Option<EvidencePolicy>,
}

/// Where the pipelines run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawTarget {
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
}

/// Which collector configuration to generate; also the body of `POST /v1/controller/pipelines/generate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawPipelineSpec {
    /// Name of the generated pipeline; only where there is no experiment.
    pub name: Option<String>,
    /// Name of a template.
    pub base_template: Option<String>,
    /// Parameters of the template.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Strategies, in order.
    pub optimizations: Vec<RawOptimization>,
}

/// One strategy with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawOptimization {
    /// Name of a strategy.
    pub name: Option<String>,
    /// Its parameters.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

/// When and how long: times in RFC 3339, durations like `30m`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawSchedule {
    /// When to start.
    pub start: Option<String>,
    /// When to end in any case.
    pub end: Option<String>,
    /// Length of the run; mandatory.
    pub duration: Option<String>,
    /// First part of the run, not judged. Default: 5 minutes, but at most a quarter of the run.
    pub warm_up: Option<String>,
    /// Distance of two samples. Default: 15 s, in runs too short for 60 judged samples 10, 5, 2 or 1 s.
    pub sample_interval: Option<String>,
}

/// How long each state may last, as durations like `10m`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RawDeadlines {
    /// Waiting for the start.
    pub pending: Option<String>,
    /// Generating and checking.
    pub initializing: Option<String>,
    /// Until both pipelines are ready.
    pub deploying: Option<String>,
    /// Computing the verdict.
    pub analyzing: Option<String>,
}
