//! Requests of the tests.

use phoenix_client::{types, v1};

/// An experiment of a minute that is sampled every second and not warmed up.
pub(crate) fn create(name: &str) -> v1::CreateExperimentRequest {
    v1::CreateExperimentRequest { id: String::new(), name: name.to_owned(), spec: Some(spec()) }
}

/// The same with an id of the client's choice.
pub(crate) fn create_as(id: &str, name: &str) -> v1::CreateExperimentRequest {
    v1::CreateExperimentRequest { id: id.to_owned(), ..create(name) }
}

pub(crate) fn spec() -> v1::ExperimentSpec {
    let baseline = pipeline("");
    v1::ExperimentSpec {
        candidate: Some(v1::PipelineSpec { optimizations: vec![exclude_kernel_threads()], ..baseline.clone() }),
        baseline: Some(baseline),
        critical_processes: vec!["^postgres$".to_owned()],
        schedule: Some(v1::Schedule {
            duration: Some(seconds(60)),
            warm_up: Some(seconds(0)),
            sample_interval: Some(seconds(1)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub(crate) fn pipeline(name: &str) -> v1::PipelineSpec {
    let parameters = types::Struct { fields: [("collectionInterval".to_owned(), "1s".into())].into() };
    v1::PipelineSpec {
        name: name.to_owned(),
        base_template: "process-baseline".to_owned(),
        parameters: Some(parameters),
        optimizations: Vec::new(),
    }
}

pub(crate) fn exclude_kernel_threads() -> v1::Optimization {
    v1::Optimization { name: "exclude-kernel-threads".to_owned(), parameters: None }
}

pub(crate) const fn seconds(seconds: i64) -> types::Duration {
    types::Duration { seconds, nanos: 0 }
}

pub(crate) fn start(id: &str) -> v1::StartExperimentRequest {
    v1::StartExperimentRequest { id: id.to_owned(), expected_revision: None }
}

pub(crate) fn stop(id: &str) -> v1::StopExperimentRequest {
    v1::StopExperimentRequest { id: id.to_owned(), ..Default::default() }
}

pub(crate) fn cancel(id: &str) -> v1::CancelExperimentRequest {
    v1::CancelExperimentRequest { id: id.to_owned(), ..Default::default() }
}

pub(crate) fn watch(references: &[&str], after_cursor: &str) -> v1::StreamUpdatesRequest {
    let experiment_ids = references.iter().map(|reference| (*reference).to_owned()).collect();
    v1::StreamUpdatesRequest { experiment_ids, after_cursor: after_cursor.to_owned() }
}
