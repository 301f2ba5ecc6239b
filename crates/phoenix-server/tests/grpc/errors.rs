//! Every error that the service can be brought to, as a client sees it. (`grpc/refusal.rs` shows the form of every code there is.)

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use phoenix_client::{Code, types, v1};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{EventLog as _, MockDeploymentStore, MockReportStore};
use phoenix_core::time::Span;
use phoenix_generator::{CollectorConfigValidator, ValidatorOptions};
use phoenix_server::http;
use tonic::Code as GrpcCode;
use tower::ServiceExt as _;

use crate::request::{cancel, create, create_as, pipeline, start, stop};
use crate::served::details;
use crate::world::{TOKEN, World};

#[tokio::test]
async fn an_arrow_that_the_table_lacks() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    let error = client.stop_experiment(stop("one")).await.expect_err("refused");
    assert_eq!((error.code(), error.grpc_code()), (&Code::StateTransitionInvalid, GrpcCode::FailedPrecondition));
    assert_eq!(error.message(), "Invalid state transition from pending to analyzing");
    assert_eq!(details(&error), BTreeMap::from([("from_state", "pending"), ("to_state", "analyzing")]));
    let error = client.delete_experiment("one").await.expect_err("refused");
    assert_eq!(error.code(), &Code::StateTransitionInvalid);
}

#[tokio::test]
async fn a_configuration_that_breaks_a_rule_of_the_installation() {
    let strict = ValidatorOptions { allowed_exporters: vec!["otlp".to_owned()], ..ValidatorOptions::default() };
    let world = World::with(|ports| ports.validator = Arc::new(CollectorConfigValidator::new(strict)));
    let error = world.client().await.generate_pipeline(pipeline("mine")).await.expect_err("refused");
    assert_eq!((error.code(), error.grpc_code()), (&Code::PipelineGenerationFailed, GrpcCode::FailedPrecondition));
    assert!(error.message().contains("prometheus"), "{error}");
}

#[tokio::test]
async fn every_wrong_field_at_once_under_the_same_names_as_in_rest() {
    let world = World::new();
    let client = world.client().await;
    let mut request = create("Not A Label");
    let spec = request.spec.as_mut().expect("a specification");
    let candidate = spec.candidate.as_mut().expect("a candidate");
    candidate.optimizations.push(v1::Optimization {
        name: "process-filter".to_owned(),
        parameters: Some(types::Struct {
            fields: [("patterns".to_owned(), vec![types::Value::from("^(postgres")].into())].into(),
        }),
    });
    spec.schedule =
        Some(v1::Schedule { duration: Some(types::Duration { seconds: -5, nanos: 0 }), ..Default::default() });
    let error = client.create_experiment(request).await.expect_err("refused");
    assert_eq!((error.code(), error.grpc_code()), (&Code::ValidationFailed, GrpcCode::InvalidArgument));
    let fields: Vec<&str> = details(&error).into_keys().collect();
    assert_eq!(
        fields,
        ["metadata.name", "spec.candidate.optimizations[1].parameters.patterns[0]", "spec.schedule.duration",]
    );

    let document = serde_json::json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": "Not A Label"},
        "spec": {
            "baseline": {"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "1s"}},
            "candidate": {
                "baseTemplate": "process-baseline",
                "parameters": {"collectionInterval": "1s"},
                "optimizations": [
                    {"name": "exclude-kernel-threads"},
                    {"name": "process-filter", "parameters": {"patterns": ["^(postgres"]}},
                ],
            },
            "criticalProcesses": ["^postgres$"],
            "schedule": {"duration": "-5s"},
        },
    });
    assert_eq!(rest_details(&world, &document).await, *error.details());
}

/// The details with which REST refuses a creation.
async fn rest_details(world: &World, document: &serde_json::Value) -> BTreeMap<String, String> {
    let options = http::Options {
        loopback_only: false,
        read_timeout: Span::from_secs(30),
        write_timeout: Span::from_secs(30),
        metrics_path: None,
    };
    let request = Request::post("/v1/controller/experiments")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("content-type", "application/json")
        .body(Body::from(document.to_string()))
        .expect("a request");
    let response = http::router(world.api.clone(), &options).oneshot(request).await.expect("infallible");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("a problem document");
    serde_json::from_value(problem["details"].clone()).expect("details")
}

#[tokio::test]
async fn fields_that_only_a_message_has_are_named_as_the_message_names_them() {
    let world = World::new();
    let client = world.client().await;
    let missing = |error: phoenix_client::Error, field: &str| {
        assert_eq!((error.code(), details(&error).get(field)), (&Code::ValidationFailed, Some(&"missing")), "{field}");
    };
    missing(client.get_experiment("").await.expect_err("no id"), "id");
    missing(client.get_experiment_metrics("").await.expect_err("no id"), "id");
    missing(client.delete_experiment("").await.expect_err("no id"), "id");
    missing(client.start_experiment(start("")).await.expect_err("no id"), "id");
    missing(client.get_pipeline_status("").await.expect_err("no name"), "pipeline_name");
    let deploy = v1::DeployPipelineRequest::default();
    missing(client.deploy_pipeline(deploy.clone()).await.expect_err("no experiment"), "experiment_id");
    let deploy = v1::DeployPipelineRequest { experiment_id: "one".to_owned(), ..deploy };
    missing(client.deploy_pipeline(deploy).await.expect_err("no type"), "pipeline_type");
    missing(client.update_experiment_state(v1::UpdateStateRequest::default()).await.expect_err("no state"), "state");

    let list = v1::ListExperimentsRequest { states: vec![0, 99], ..Default::default() };
    let error = client.list_experiments(list).await.expect_err("no state");
    assert_eq!(details(&error), BTreeMap::from([("states[1]", "99 is no state")]));
    let list = v1::ListExperimentsRequest { page_token: "guessed".to_owned(), ..Default::default() };
    let error = client.list_experiments(list).await.expect_err("no token");
    assert_eq!(error.code(), &Code::ValidationFailed);
}

#[tokio::test]
async fn an_unknown_experiment() {
    let world = World::new();
    let client = world.client().await;
    for error in [
        client.get_experiment("nobody").await.expect_err("unknown"),
        client.get_experiment_metrics("nobody").await.expect_err("unknown"),
        client.start_experiment(start("nobody")).await.expect_err("unknown"),
        client.cancel_experiment(cancel("nobody")).await.expect_err("unknown"),
        client.get_experiment("no/reference at all").await.expect_err("unknown"),
    ] {
        assert_eq!((error.code(), error.grpc_code()), (&Code::NotFound, GrpcCode::NotFound), "{error}");
    }
}

#[tokio::test]
async fn a_name_that_is_taken() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    let error = client.create_experiment(create("one")).await.expect_err("taken");
    assert_eq!((error.code(), error.grpc_code()), (&Code::AlreadyExists, GrpcCode::AlreadyExists));
    assert_eq!(details(&error), BTreeMap::from([("id", id.as_str())]));
}

#[tokio::test]
async fn an_id_that_was_deleted_is_not_used_again() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create_as("mine", "one")).await.expect("created");
    client.cancel_experiment(cancel("mine")).await.expect("cancelled");
    client.delete_experiment("mine").await.expect("deleted");
    let error = client.create_experiment(create_as("mine", "one")).await.expect_err("retired");
    assert_eq!(error.code(), &Code::AlreadyExists);
}

#[tokio::test]
async fn a_revision_that_has_moved_on() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    let first = v1::StartExperimentRequest { expected_revision: Some(1), ..start("one") };
    client.start_experiment(first.clone()).await.expect("started");
    let error = client.start_experiment(first).await.expect_err("moved on");
    assert_eq!((error.code(), error.grpc_code()), (&Code::Conflict, GrpcCode::Aborted));
    assert_eq!(details(&error), BTreeMap::from([("revision", "2")]));
}

#[tokio::test]
async fn something_that_will_be_possible_in_a_moment() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    client.cancel_experiment(cancel("one")).await.expect("cancelled");
    let error = client.delete_experiment("one").await.expect_err("its pipelines are still there");
    assert_eq!((error.code(), error.grpc_code()), (&Code::Unavailable, GrpcCode::Unavailable));
    world.pass(5).await;
    client.delete_experiment("one").await.expect("deleted");
}

#[tokio::test]
async fn a_defect_tells_nothing_of_the_inside() {
    let world = World::with(|ports| {
        let mut reports = MockReportStore::new();
        reports.expect_comparison().returning(|_| {
            Err(Failure::permanent("CorruptRow", "a stored row cannot be read").with_source("password=hunter2"))
        });
        ports.reports = Arc::new(reports);
    });
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    let error = client.get_experiment_metrics("one").await.expect_err("a defect");
    assert_eq!((error.code(), error.grpc_code()), (&Code::Internal, GrpcCode::Internal));
    assert_eq!((error.message(), details(&error)), ("a stored row cannot be read", [("reason", "CorruptRow")].into()));
    assert!(!format!("{error:?}").contains("hunter2"));
}

/// A command was committed, whatever else cannot be read for its answer.
#[tokio::test]
async fn a_command_that_was_committed_is_answered_although_its_deployments_cannot_be_read() {
    let world = World::with(|ports| {
        let mut deployments = MockDeploymentStore::new();
        deployments
            .expect_deployments()
            .returning(|_| Err(Failure::transient("StoreBusy", "the store does not answer")));
        ports.deployments = Arc::new(deployments);
    });
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    // It is generated, so there are deployments to be read. Deploying them fails, because they cannot be.
    world.try_to_drive().await.expect_err("no deployments");
    let error = client.get_experiment("one").await.expect_err("they cannot be read");
    assert_eq!(error.code(), &Code::Unavailable);
    let cancelled = client.cancel_experiment(cancel("one")).await.expect("cancelled");
    assert!(cancelled.status.expect("a status").pipelines.is_empty());
    let events = world.store.events_after(None, 100).await.expect("events");
    assert_eq!(events.last().map(|(_, event)| event.kind.as_str()), Some("experiment.cancelled"));
}
