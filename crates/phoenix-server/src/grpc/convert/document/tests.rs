//! Messages to documents, and both ways through the parser.

use phoenix_core::experiment::Experiment;
use phoenix_core::spec::{
    Catalog, CatalogEntry, Limits, ParameterKind, ParameterSchema, ValidExperiment, Violation, parse,
};
use phoenix_core::testing::build::at;
use phoenix_core::time::Span;
use serde_json::json;

use super::*;
use crate::grpc::convert::experiment::{Surroundings, experiment as shown};

fn parameter(name: &str, kind: ParameterKind) -> ParameterSchema {
    let default = Some(Value::Null);
    ParameterSchema { name: name.to_owned(), description: String::new(), kind, default }
}

fn entry(name: &str, parameters: Vec<ParameterSchema>) -> CatalogEntry {
    CatalogEntry { name: name.to_owned(), description: String::new(), parameters, keeps_only: None }
}

fn catalog() -> Catalog {
    let interval = ParameterKind::Duration { min: Span::from_secs(1), max: Span::from_mins(10) };
    Catalog {
        templates: vec![entry("process-baseline", vec![parameter("collectionInterval", interval)])],
        strategies: vec![
            entry("process-filter", vec![parameter("patterns", ParameterKind::Patterns { min: 1, max: 20 })]),
            entry(
                "threshold",
                vec![
                    parameter("memoryMib", ParameterKind::Integer { min: 0, max: 1_000 }),
                    parameter("cpuShare", ParameterKind::Number { min: 0.0, max: 1.0 }),
                    parameter("keepCritical", ParameterKind::Boolean),
                ],
            ),
        ],
    }
}

fn parsed(message: proto::CreateExperimentRequest) -> Result<ValidExperiment, Vec<Violation>> {
    parse(experiment(message), &catalog(), &Limits::default())
}

fn structure(members: &[(&str, prost_types::Value)]) -> prost_types::Struct {
    let fields = members.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    prost_types::Struct { fields }
}

fn seconds(seconds: i64) -> prost_types::Duration {
    prost_types::Duration { seconds, nanos: 0 }
}

fn text(text: &str) -> prost_types::Value {
    text.into()
}

fn object(members: prost_types::Struct) -> prost_types::Value {
    prost_types::value::Kind::StructValue(members).into()
}

/// Sets every field there is.
fn complete() -> proto::CreateExperimentRequest {
    let baseline = proto::PipelineSpec {
        base_template: "process-baseline".to_owned(),
        parameters: Some(structure(&[("collectionInterval", text("10s"))])),
        ..Default::default()
    };
    let filter = proto::Optimization {
        name: "process-filter".to_owned(),
        parameters: Some(structure(&[("patterns", vec![text("^(postgres|nginx)$")].into())])),
    };
    let threshold = proto::Optimization {
        name: "threshold".to_owned(),
        parameters: Some(structure(&[
            ("memoryMib", 64.0.into()),
            ("cpuShare", 0.25.into()),
            ("keepCritical", true.into()),
        ])),
    };
    let margin = object(structure(&[("margin", 0.2.into())]));
    let indicators = object(structure(&[("memory_usage", margin)]));
    let spec = proto::ExperimentSpec {
        labels: [("team".to_owned(), "platform".to_owned())].into(),
        description: "Roll processes up".to_owned(),
        target: Some(proto::Target { node_selector: [("phoenix.io/pool".to_owned(), "canary".to_owned())].into() }),
        baseline: Some(baseline.clone()),
        candidate: Some(proto::PipelineSpec { optimizations: vec![filter, threshold], ..baseline }),
        critical_processes: vec!["^postgres$".to_owned()],
        schedule: Some(proto::Schedule {
            start: Some(prost_types::Timestamp { seconds: 1_796_112_000, nanos: 250_000_000 }),
            end: Some(prost_types::Timestamp { seconds: 1_796_122_000, nanos: 0 }),
            duration: Some(seconds(1_800)),
            warm_up: Some(seconds(120)),
            sample_interval: Some(seconds(15)),
        }),
        keep_pipelines: true,
        deadlines: Some(proto::Deadlines {
            pending: Some(seconds(3_600)),
            initializing: Some(seconds(30)),
            deploying: Some(seconds(600)),
            analyzing: Some(seconds(90)),
        }),
        policy: Some(structure(&[
            ("minimumSamples", 90.0.into()),
            ("outageBudget", text("5m")),
            ("indicators", indicators),
        ])),
    };
    proto::CreateExperimentRequest { id: "e-1".to_owned(), name: "cut-process-cost".to_owned(), spec: Some(spec) }
}

#[test]
fn a_complete_request_is_the_documented_experiment_file() {
    let document = experiment(complete());
    let pipeline = json!({"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "10s"}});
    let mut candidate = pipeline.clone();
    candidate["optimizations"] = json!([
        {"name": "process-filter", "parameters": {"patterns": ["^(postgres|nginx)$"]}},
        {"name": "threshold", "parameters": {"cpuShare": 0.25, "keepCritical": true, "memoryMib": 64}},
    ]);
    assert_eq!(
        document,
        json!({
            "apiVersion": "phoenix.io/v1",
            "kind": "Experiment",
            "metadata": {"id": "e-1", "name": "cut-process-cost", "labels": {"team": "platform"}},
            "spec": {
                "description": "Roll processes up",
                "target": {"nodeSelector": {"phoenix.io/pool": "canary"}},
                "baseline": pipeline,
                "candidate": candidate,
                "criticalProcesses": ["^postgres$"],
                "schedule": {
                    "start": "2026-12-01T08:00:00.25Z",
                    "end": "2026-12-01T10:46:40Z",
                    "duration": "30m",
                    "warmUp": "2m",
                    "sampleInterval": "15s",
                },
                "keepPipelines": true,
                "deadlines": {"pending": "1h", "initializing": "30s", "deploying": "10m", "analyzing": "1m30s"},
                "policy": {
                    "indicators": {"memory_usage": {"margin": 0.2}},
                    "minimumSamples": 90,
                    "outageBudget": "5m",
                },
            },
        })
    );
}

#[test]
fn what_is_unset_is_left_out() {
    let document = experiment(proto::CreateExperimentRequest::default());
    assert_eq!(document, json!({"apiVersion": "phoenix.io/v1", "kind": "Experiment", "metadata": {}, "spec": {}}));
    assert_eq!(pipeline(proto::PipelineSpec::default()), json!({}));
    let spec = proto::ExperimentSpec {
        target: Some(proto::Target::default()),
        schedule: Some(proto::Schedule::default()),
        deadlines: Some(proto::Deadlines::default()),
        ..Default::default()
    };
    assert_eq!(super::spec(spec), json!({"target": {}, "schedule": {}, "deadlines": {}}));
}

/// What the experiment that came of a request is shown as, as a request again.
fn shown_again(valid: ValidExperiment) -> proto::CreateExperimentRequest {
    let id = valid.id.clone();
    let experiment = Experiment::create("e-1".parse().unwrap(), "default".parse().unwrap(), valid, at(0));
    let message = shown(&experiment, &[], Surroundings { now: at(0), namespace: "local" });
    proto::CreateExperimentRequest {
        id: id.map(String::from).unwrap_or_default(),
        name: message.name,
        spec: message.spec,
    }
}

#[test]
fn what_is_shown_of_an_experiment_asks_for_the_same_experiment() {
    let minimal = proto::CreateExperimentRequest {
        id: String::new(),
        spec: complete().spec.map(|spec| proto::ExperimentSpec {
            baseline: spec.baseline,
            candidate: spec.candidate,
            schedule: Some(proto::Schedule { duration: Some(seconds(900)), ..Default::default() }),
            ..Default::default()
        }),
        ..complete()
    };
    for request in [complete(), minimal] {
        let valid = parsed(request).expect("valid");
        let again = parsed(shown_again(valid.clone())).expect("still valid");
        assert_eq!(again, valid);
    }
}

#[test]
fn a_wrong_field_has_the_same_path_as_in_rest() {
    let mut request = complete();
    let spec = request.spec.as_mut().unwrap();
    spec.schedule.as_mut().unwrap().duration = Some(seconds(-300));
    spec.deadlines.as_mut().unwrap().deploying = Some(prost_types::Duration { seconds: 1, nanos: 1 });
    spec.baseline.as_mut().unwrap().name = "mine".to_owned();
    let candidate = spec.candidate.as_mut().unwrap();
    candidate.optimizations[0].parameters = Some(structure(&[("patterns", vec![text("^(postgres")].into())]));
    candidate.optimizations[1].parameters = Some(structure(&[("memoryMib", f64::NAN.into())]));
    spec.critical_processes.push("(".to_owned());
    request.name = "Not A Label".to_owned();
    let fields: Vec<String> =
        parsed(request).expect_err("refused").into_iter().map(|violation| violation.field).collect();
    assert_eq!(
        fields,
        [
            "metadata.name",
            "spec.baseline.name",
            "spec.candidate.optimizations[0].parameters.patterns[0]",
            "spec.candidate.optimizations[1].parameters.memoryMib",
            "spec.criticalProcesses[1]",
            "spec.schedule.duration",
            "spec.deadlines.deploying",
        ]
    );
}
