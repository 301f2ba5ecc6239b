//! Requests as the documents that REST takes, so that one parser checks both and names the same fields.
//!
//! What is unset in a message is left out of the document; what is set and wrong stays in it, for the parser to refuse.

use std::collections::BTreeMap;

use phoenix_core::spec::{API_VERSION, KIND};
use phoenix_proto::controller::v1 as proto;
use serde_json::{Map, Value};

use crate::grpc::convert::time::{duration_text, timestamp_text};
use crate::grpc::convert::value;

/// The experiment document of a creation.
pub(in crate::grpc) fn experiment(request: proto::CreateExperimentRequest) -> Value {
    let spec = request.spec.unwrap_or_default();
    let metadata =
        Members::default().text("id", request.id).text("name", request.name).labels("labels", spec.labels.clone());
    Members::default()
        .text("apiVersion", API_VERSION.to_owned())
        .text("kind", KIND.to_owned())
        .with("metadata", Some(metadata.into()))
        .with("spec", Some(self::spec(spec)))
        .into()
}

/// The document of a single pipeline.
pub(in crate::grpc) fn pipeline(spec: proto::PipelineSpec) -> Value {
    let optimizations: Vec<Value> = spec.optimizations.into_iter().map(optimization).collect();
    Members::default()
        .text("name", spec.name)
        .text("baseTemplate", spec.base_template)
        .with("parameters", spec.parameters.map(value::object))
        .list("optimizations", optimizations)
        .into()
}

fn optimization(optimization: proto::Optimization) -> Value {
    Members::default()
        .text("name", optimization.name)
        .with("parameters", optimization.parameters.map(value::object))
        .into()
}

fn spec(spec: proto::ExperimentSpec) -> Value {
    let critical: Vec<Value> = spec.critical_processes.into_iter().map(Value::String).collect();
    Members::default()
        .text("description", spec.description)
        .with("target", spec.target.map(|target| labelled("nodeSelector", target.node_selector)))
        .with("baseline", spec.baseline.map(pipeline))
        .with("candidate", spec.candidate.map(pipeline))
        .list("criticalProcesses", critical)
        .with("schedule", spec.schedule.map(schedule))
        .with("keepPipelines", spec.keep_pipelines.then_some(Value::Bool(true)))
        .with("deadlines", spec.deadlines.map(deadlines))
        .with("policy", spec.policy.map(value::object))
        .into()
}

fn labelled(key: &'static str, labels: BTreeMap<String, String>) -> Value {
    Members::default().labels(key, labels).into()
}

fn schedule(schedule: proto::Schedule) -> Value {
    Members::default()
        .time("start", schedule.start)
        .time("end", schedule.end)
        .duration("duration", schedule.duration)
        .duration("warmUp", schedule.warm_up)
        .duration("sampleInterval", schedule.sample_interval)
        .into()
}

fn deadlines(deadlines: proto::Deadlines) -> Value {
    Members::default()
        .duration("pending", deadlines.pending)
        .duration("initializing", deadlines.initializing)
        .duration("deploying", deadlines.deploying)
        .duration("analyzing", deadlines.analyzing)
        .into()
}

/// The members of an object, without the unset ones.
#[derive(Default)]
struct Members(Map<String, Value>);

impl Members {
    fn with(mut self, key: &'static str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value);
        }
        self
    }

    fn text(self, key: &'static str, text: String) -> Self {
        self.with(key, (!text.is_empty()).then(|| Value::String(text)))
    }

    fn list(self, key: &'static str, values: Vec<Value>) -> Self {
        self.with(key, (!values.is_empty()).then(|| Value::Array(values)))
    }

    fn labels(self, key: &'static str, labels: BTreeMap<String, String>) -> Self {
        let members: Map<String, Value> =
            labels.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
        self.with(key, (!members.is_empty()).then(|| Value::Object(members)))
    }

    fn time(self, key: &'static str, at: Option<prost_types::Timestamp>) -> Self {
        self.with(key, at.map(|at| Value::String(timestamp_text(at))))
    }

    fn duration(self, key: &'static str, span: Option<prost_types::Duration>) -> Self {
        self.with(key, span.map(|span| Value::String(duration_text(span))))
    }
}

impl From<Members> for Value {
    fn from(members: Members) -> Self {
        Self::Object(members.0)
    }
}

#[cfg(test)]
mod tests;
