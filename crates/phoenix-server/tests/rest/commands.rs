//! Commands: start, stop, cancel, delete.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::ask::{EXPERIMENTS, document, request};
use crate::world::World;

#[tokio::test]
async fn a_creation_says_where_the_experiment_is_and_may_be_repeated() {
    let world = World::new();
    let mut mine = document("one");
    mine["metadata"]["id"] = json!("chosen-1");
    let first = world.post(EXPERIMENTS, &mine).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::CREATED, "/v1/controller/experiments/chosen-1"));
    let again = world.post(EXPERIMENTS, &mine).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::OK, "/v1/controller/experiments/chosen-1"));
    assert_eq!(first.json(), again.json());
    mine["spec"]["description"] = json!("another");
    world.post(EXPERIMENTS, &mine).await.problem(409, "ALREADY_EXISTS");
    world.post(EXPERIMENTS, &document("one")).await.problem(409, "ALREADY_EXISTS");
}

#[tokio::test]
async fn an_experiment_goes_from_its_start_to_its_end_and_can_be_deleted() {
    let world = World::new();
    let id = world.create("one").await;
    let path = format!("{EXPERIMENTS}/{id}");
    world.command(&id, "start").await;
    assert_eq!(world.get(&path).await.good()["state"], "initializing");
    world.delete(&path).await.problem(409, "STATE_TRANSITION_INVALID");
    world.drive().await;
    assert_eq!(world.get(&path).await.good()["state"], "running");
    world.pass(3).await;
    let answer = world.post(&format!("{path}/stop"), &json!({"reason": "seen enough", "expectedRevision": 4})).await;
    assert_eq!(answer.good()["state"], "analyzing");
    world.pass(3).await;
    let ended = world.get(&path).await.good();
    assert_eq!((&ended["state"], &ended["status"]["cleanup"]), (&json!("completed"), &json!("confirmed")));
    let deleted = world.delete(&path).await;
    assert_eq!((deleted.status, deleted.body.len()), (StatusCode::NO_CONTENT, 0));
    world.get(&path).await.problem(404, "NOT_FOUND");
    let history = world.get(&format!("{path}/events")).await.good();
    let last = history.as_array().and_then(|events| events.last()).expect("the audit trail stays");
    assert_eq!(last["kind"], "experiment.deleted");
    let stop = &history[4];
    assert_eq!((&stop["kind"], &stop["actor"]), (&json!("experiment.analyzing"), &json!("local")));
    assert!(stop["message"].as_str().expect("a text").contains("seen enough"), "{stop:#}");
}

#[tokio::test]
async fn a_command_in_the_wrong_state_names_both_states() {
    let world = World::new();
    let id = world.create("one").await;
    let stop = world.post(&format!("{EXPERIMENTS}/{id}/stop"), &json!({})).await;
    let problem = stop.problem(409, "STATE_TRANSITION_INVALID");
    assert_eq!(problem["detail"], "Invalid state transition from pending to analyzing");
    assert_eq!(problem["details"], json!({"from_state": "pending", "to_state": "analyzing"}));
    world.command(&id, "cancel").await;
    let start = world.post(&format!("{EXPERIMENTS}/{id}/start"), &json!({})).await;
    start.problem(409, "STATE_TRANSITION_INVALID");
}

#[tokio::test]
async fn a_command_for_another_revision_is_a_conflict() {
    let world = World::new();
    let id = world.create("one").await;
    let start = format!("{EXPERIMENTS}/{id}/start");
    world.post(&start, &json!({"expectedRevision": 7})).await.problem(409, "CONFLICT");
    assert_eq!(world.post(&start, &json!({"expectedRevision": 1})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_body_of_a_command_is_optional_and_holds_nothing_else() {
    let world = World::new();
    let id = world.create("one").await;
    let cancel = format!("{EXPERIMENTS}/{id}/cancel");
    let problem = world.post(&cancel, &json!({"raeson": "typo"})).await.problem(400, "VALIDATION_FAILED");
    assert!(problem["detail"].as_str().expect("a text").contains("raeson"), "{problem:#}");
    world.post(&cancel, &json!({"reason": 7})).await.problem(400, "VALIDATION_FAILED");
    let without = world.ask(request(Method::POST, &cancel).body(Body::empty()).expect("a request")).await;
    assert_eq!(without.good()["state"], "cancelled");
}
