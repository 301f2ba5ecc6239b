//! What a user asks for: parsed once into types that cannot hold a wrong value.
//!
//! [`decode`] turns a JSON value into a [`RawExperiment`] and lists every structural mistake at once; [`validate`] turns that into a
//! [`ValidExperiment`] and lists every other one. Nothing behind this module fails on user input.
//!
//! Knows templates and strategies only as data ([`Catalog`]), YAML not at all.

mod catalog;
mod decode;
mod parse;
mod path;
mod pattern;
mod policy;
mod raw;
#[cfg(feature = "schema")]
pub mod schema;
mod selection;
mod validate;
mod violation;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ExperimentId, ExperimentName};
use crate::time::{Span, Timestamp};

pub use catalog::{Catalog, CatalogEntry, ParameterKind, ParameterSchema};
pub use decode::decode;
pub use parse::{parse, parse_pipeline};
pub use pattern::{InvalidPattern, PatternSet, ProcessPattern};
pub use policy::{EvidencePolicy, Guardrails, IndicatorPolicy, Role};
pub use raw::{
    RawDeadlines, RawExperiment, RawMetadata, RawOptimization, RawPipelineSpec, RawSchedule, RawSpec, RawTarget,
};
pub use validate::{Limits, validate, validate_pipeline};
pub use violation::Violation;

/// `apiVersion` of an experiment file.
pub const API_VERSION: &str = "phoenix.io/v1";
/// `kind` of an experiment file.
pub const KIND: &str = "Experiment";

/// A checked request for an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidExperiment {
    /// The identity a client chose, which makes its creation idempotent.
    pub id: Option<ExperimentId>,
    /// Its name.
    pub name: ExperimentName,
    /// Free labels for people and filters.
    pub labels: BTreeMap<String, String>,
    /// What to compare and how.
    pub spec: ExperimentSpec,
}

/// What to compare and how, complete with defaults. Its JSON form is the `spec` of the experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExperimentSpec {
    /// A sentence for people.
    #[serde(default)]
    pub description: String,
    /// Where the pipelines run.
    #[serde(default)]
    pub target: Target,
    /// The pipeline that is in use.
    pub baseline: PipelineSpec,
    /// The pipeline that is wanted.
    pub candidate: PipelineSpec,
    /// Executables that the candidate must not lose.
    #[serde(default)]
    pub critical_processes: Vec<ProcessPattern>,
    /// When it runs, for how long, how often it is sampled.
    pub schedule: Schedule,
    /// Leave both pipelines deployed at the end.
    #[serde(default)]
    pub keep_pipelines: bool,
    /// How long each state may last.
    #[serde(default)]
    pub deadlines: Deadlines,
    /// What is judged, and how strictly.
    #[serde(default)]
    pub policy: EvidencePolicy,
}

/// Where the pipelines run. The local deployer takes its own host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Labels that a node must have.
    #[serde(default)]
    pub node_selector: BTreeMap<String, String>,
}

/// Which collector configuration to generate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineSpec {
    /// Name of a template of the catalog.
    pub base_template: String,
    /// Parameters of the template; those left out take the template's defaults.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Strategies of the catalog, applied in this order.
    #[serde(default)]
    pub optimizations: Vec<Optimization>,
}

/// One strategy with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Optimization {
    /// Name of a strategy of the catalog.
    pub name: String,
    /// Its parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, serde_json::Value>,
}

/// When an experiment runs, for how long, and how often it is sampled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// When to start; without it the experiment waits for the start command.
    #[serde(default)]
    pub start: Option<Timestamp>,
    /// Wall time at which the run ends in any case.
    #[serde(default)]
    pub end: Option<Timestamp>,
    /// Length of the run, counted from the moment at which both pipelines are ready.
    pub duration: Span,
    /// First part of the run, whose samples are taken and not judged.
    pub warm_up: Span,
    /// Distance of two samples; the instants are multiples of it since the epoch.
    pub sample_interval: Span,
}

/// How long each state may last; `None` takes the controller's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deadlines {
    /// Waiting for its start; then the experiment is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Span>,
    /// Generating and checking both configurations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initializing: Option<Span>,
    /// Until both pipelines are ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploying: Option<Span>,
    /// Computing the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analyzing: Option<Span>,
}

#[cfg(test)]
mod tests;
