//! The specification of an experiment, complete with defaults, as a message.

use std::collections::BTreeMap;

use phoenix_core::experiment::Experiment;
use phoenix_core::spec::{Deadlines, Optimization, PipelineSpec, Schedule};
use phoenix_proto::controller::v1 as proto;
use serde_json::Value;

use crate::grpc::convert::time::{duration, timestamp};
use crate::grpc::convert::value::structure;

/// What was asked for.
pub(super) fn spec(experiment: &Experiment) -> proto::ExperimentSpec {
    let spec = &experiment.spec;
    let selector = &spec.target.node_selector;
    proto::ExperimentSpec {
        labels: experiment.labels.clone(),
        description: spec.description.clone(),
        target: (!selector.is_empty()).then(|| proto::Target { node_selector: selector.clone() }),
        baseline: Some(pipeline(&spec.baseline)),
        candidate: Some(pipeline(&spec.candidate)),
        critical_processes: spec.critical_processes.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        schedule: Some(schedule(&spec.schedule)),
        keep_pipelines: spec.keep_pipelines,
        deadlines: deadlines(&spec.deadlines),
        policy: policy(&serde_json::to_value(&spec.policy).unwrap_or_default()),
    }
}

fn pipeline(spec: &PipelineSpec) -> proto::PipelineSpec {
    proto::PipelineSpec {
        name: String::new(),
        base_template: spec.base_template.clone(),
        parameters: parameters(&spec.parameters),
        optimizations: spec.optimizations.iter().map(optimization).collect(),
    }
}

fn optimization(optimization: &Optimization) -> proto::Optimization {
    proto::Optimization { name: optimization.name.clone(), parameters: parameters(&optimization.parameters) }
}

fn parameters(parameters: &BTreeMap<String, Value>) -> Option<prost_types::Struct> {
    (!parameters.is_empty()).then(|| structure(parameters))
}

fn schedule(schedule: &Schedule) -> proto::Schedule {
    proto::Schedule {
        start: schedule.start.map(timestamp),
        end: schedule.end.map(timestamp),
        duration: Some(duration(schedule.duration)),
        warm_up: Some(duration(schedule.warm_up)),
        sample_interval: Some(duration(schedule.sample_interval)),
    }
}

fn deadlines(deadlines: &Deadlines) -> Option<proto::Deadlines> {
    let shown = proto::Deadlines {
        pending: deadlines.pending.map(duration),
        initializing: deadlines.initializing.map(duration),
        deploying: deadlines.deploying.map(duration),
        analyzing: deadlines.analyzing.map(duration),
    };
    (shown != proto::Deadlines::default()).then_some(shown)
}

fn policy(policy: &Value) -> Option<prost_types::Struct> {
    policy.as_object().map(structure)
}
