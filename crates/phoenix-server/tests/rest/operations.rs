//! What operators do: pause, resume, abort, freeze, thaw, and lists by label.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::ask::{Answer, EXPERIMENTS, document, request};
use crate::world::World;

const FREEZE: &str = "/v1/controller/freeze";

async fn put(world: &World, body: &Value) -> Answer {
    let request = request(Method::PUT, FREEZE).header("content-type", "application/json");
    world.ask(request.body(Body::from(body.to_string())).expect("a request")).await
}

async fn clock(world: &World, id: &str) -> Value {
    world.get(&format!("{EXPERIMENTS}/{id}")).await.good()["status"]["clock"].clone()
}

#[tokio::test]
async fn a_run_is_paused_and_resumed_and_its_history_says_why() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(10).await;
    let path = format!("{EXPERIMENTS}/{id}");
    let paused = world.post(&format!("{path}/pause"), &json!({"reason": "maintenance"})).await.good();
    let clock_of = |experiment: &Value| experiment["status"]["clock"].clone();
    assert_eq!(paused["state"], "running");
    assert!(clock_of(&paused)["pausedSince"].is_string(), "{paused:#}");
    world.pass(500).await;
    assert_eq!(clock(&world, &id).await, clock_of(&paused), "it stands");
    let resumed = world.post(&format!("{path}/resume"), &json!({})).await.good();
    assert_eq!((&clock_of(&resumed)["paused"], clock_of(&resumed).get("pausedSince")), (&json!("8m20s"), None));
    let events = world.get(&format!("{path}/events")).await.good();
    let said: Vec<(&str, &str)> = events
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .take(2)
        .map(|event| (event["kind"].as_str().expect("a word"), event["message"].as_str().expect("a text")))
        .collect();
    assert_eq!(said, [("experiment.resumed", ""), ("experiment.paused", "maintenance")]);
    world.pass(90).await;
    assert_eq!(world.get(&path).await.good()["state"], "completed");
    let refused = world.post(&format!("{path}/pause"), &json!({})).await.problem(409, "STATE_TRANSITION_INVALID");
    assert!(refused["detail"].as_str().expect("a text").contains("pausing is not possible"), "{refused:#}");
}

#[tokio::test]
async fn an_abort_fails_the_experiment_with_the_given_reason() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    let aborted = world.post(&format!("{EXPERIMENTS}/{id}/abort"), &json!({"reason": "wrong host"})).await.good();
    assert_eq!((&aborted["state"], &aborted["status"]["message"]), (&json!("failed"), &json!("wrong host")));
    assert_eq!(aborted["status"]["reason"], "AbortRequested");
}

#[tokio::test]
async fn a_frozen_controller_says_so_and_starts_nothing() {
    let world = World::new();
    let id = world.create("one").await;
    assert_eq!(world.get(FREEZE).await.good(), json!({"frozen": false}));
    let frozen = put(&world, &json!({"reason": "release day"})).await.good();
    assert_eq!(
        (&frozen["frozen"], &frozen["reason"], &frozen["actor"]),
        (&json!(true), &json!("release day"), &json!("local"))
    );
    assert_eq!(put(&world, &json!({})).await.good(), frozen, "the first one holds");
    assert_eq!(world.get(FREEZE).await.good(), frozen);
    let refused = world.post(&format!("{EXPERIMENTS}/{id}/start"), &json!({})).await.problem(409, "FROZEN");
    assert_eq!(refused["title"], "The controller is frozen");
    put(&world, &json!({"why": "typo"})).await.problem(400, "VALIDATION_FAILED");
    put(&world, &json!({"reason": "x".repeat(401)})).await.problem(400, "VALIDATION_FAILED");
    assert_eq!(world.delete(FREEZE).await.good(), json!({"frozen": false}));
    assert_eq!(world.delete(FREEZE).await.good(), json!({"frozen": false}));
    world.command(&id, "start").await;
}

#[tokio::test]
async fn a_list_can_be_narrowed_to_labels() {
    let world = World::new();
    for (name, labels) in
        [("a", json!({"team": "platform", "tier": "1"})), ("b", json!({"team": "platform"})), ("c", json!({}))]
    {
        let mut document = document(name);
        document["metadata"]["labels"] = labels;
        world.post(EXPERIMENTS, &document).await;
        world.pass(1).await;
    }
    for (query, wanted) in [
        ("labels=team=platform", "b a"),
        ("labels=team%3Dplatform,tier%3D1", "a"),
        ("labels=team=platform,%20tier=1", "a"),
        ("labels=team=", ""),
        ("labels=", "c b a"),
        ("labels=tier=1&state=failed", ""),
    ] {
        let page = world.get(&format!("{EXPERIMENTS}?{query}")).await.good();
        let names: Vec<&str> =
            page["items"].as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect();
        assert_eq!(names.join(" "), wanted, "{query}");
    }
    for query in ["labels=team", "labels==platform", "labels=tier=1,tier=2"] {
        let problem = world.get(&format!("{EXPERIMENTS}?{query}")).await.problem(400, "VALIDATION_FAILED");
        assert!(problem["detail"].as_str().expect("a text").contains("key=value"), "{problem:#}");
    }
}
