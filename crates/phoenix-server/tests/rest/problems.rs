//! Wrong requests: each answer is a problem document with a stable code.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::ask::{EXPERIMENTS, document, request};
use crate::world::World;

#[tokio::test]
async fn nothing_is_found_where_nothing_is() {
    let world = World::new();
    for path in ["/", "/v1", "/v1/controller/experiment", "/v1/controller/experiments/one/two", "/v2/controller/health"]
    {
        let problem = world.get(path).await.problem(404, "NOT_FOUND");
        assert_eq!(problem["detail"], format!("there is nothing at {path}"));
    }
    for end in ["", "/state", "/metrics", "/events", "/samples", "/report", "/pipelines", "/configurations"] {
        let problem = world.get(&format!("{EXPERIMENTS}/nobody{end}")).await.problem(404, "NOT_FOUND");
        assert!(problem["detail"].as_str().expect("a text").contains("nobody"), "{end}: {problem:#}");
    }
    for end in ["/start", "/stop", "/cancel"] {
        world.post(&format!("{EXPERIMENTS}/nobody{end}"), &json!({})).await.problem(404, "NOT_FOUND");
    }
    world.delete(&format!("{EXPERIMENTS}/nobody")).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_refused_with_those_that_it_has() {
    let world = World::new();
    let id = world.create("one").await;
    for (method, path, allowed) in [
        (Method::PUT, EXPERIMENTS.to_owned(), "GET,HEAD,POST"),
        (Method::PATCH, format!("{EXPERIMENTS}/{id}"), "GET,HEAD,DELETE"),
        (Method::GET, format!("{EXPERIMENTS}/{id}/start"), "POST"),
        (Method::POST, format!("{EXPERIMENTS}/{id}/events"), "GET,HEAD"),
        (Method::POST, "/health".to_owned(), "GET,HEAD"),
        (Method::OPTIONS, EXPERIMENTS.to_owned(), "GET,HEAD,POST"),
    ] {
        let answer = world.ask(request(method.clone(), &path).body(Body::empty()).expect("a request")).await;
        answer.problem(405, "VALIDATION_FAILED");
        assert_eq!(answer.header("allow"), allowed, "{method} {path}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let world = World::new();
    let id = world.create("one").await;
    for path in ["/health".to_owned(), "/ready".to_owned(), "/metrics".to_owned(), format!("{EXPERIMENTS}/{id}")] {
        let answer = world.ask(request(Method::HEAD, &path).body(Body::empty()).expect("a request")).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(answer.header("content-type"), world.get(&path).await.header("content-type"), "{path}");
    }
}

#[tokio::test]
async fn bodies_are_json_or_yaml() {
    let world = World::new();
    let yaml = "apiVersion: phoenix.io/v1\nkind: Experiment\nmetadata: {name: NAME, labels: {on: yes}}\nspec:\n  \
                baseline: {baseTemplate: process-baseline}\n  candidate: {baseTemplate: process-baseline}\n  \
                schedule: {duration: 30m}\n";
    for (name, media_type) in
        [("a", "application/yaml"), ("b", "application/x-yaml"), ("c", "Application/YAML; charset=utf-8")]
    {
        let created = world.post_as(media_type, EXPERIMENTS, yaml.replace("NAME", name)).await;
        assert_eq!(created.status, StatusCode::CREATED, "{media_type}: {}", created.text());
        // What the command line takes for a text is one here, too.
        assert_eq!(created.json()["labels"]["on"], "yes", "{}", created.text());
    }
    let json = world.post_as("application/json", EXPERIMENTS, document("d").to_string()).await;
    assert_eq!(json.status, StatusCode::CREATED);
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let answer = world.post_as(media_type, EXPERIMENTS, document("e").to_string()).await;
        let problem = answer.problem(415, "VALIDATION_FAILED");
        assert!(problem["detail"].as_str().expect("a text").contains("application/yaml"), "{problem:#}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_document_is_refused_with_the_place_and_without_its_text() {
    let world = World::new();
    for (text, part) in [
        ("{\"kind\": \"Experiment\",\n \"kind\": \"Experiment\"}", "line 2"),
        ("password: hunter2\n  oops: [\n", "line 2"),
        ("a: 1\n---\nb: 2\n", "body"),
    ] {
        let problem = world.post_as("application/yaml", EXPERIMENTS, text).await.problem(400, "VALIDATION_FAILED");
        let detail = problem["detail"].as_str().expect("a text");
        assert!(detail.contains(part) && !detail.contains("hunter2"), "{detail}");
        assert!(problem["details"]["body"].is_string(), "{problem:#}");
    }
    world.post_as("application/json", EXPERIMENTS, &b"\xff\xfe"[..]).await.problem(400, "VALIDATION_FAILED");
    world.post_as("application/json", EXPERIMENTS, "").await.problem(400, "VALIDATION_FAILED");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let world = World::new();
    let mut wrong = document("Not A Label");
    wrong["spec"]["schedule"]["duration"] = json!("-3m");
    wrong["spec"]["candidate"]["optimizations"][0]["name"] = json!("exclude-kernel-thread");
    let problem = world.post(EXPERIMENTS, &wrong).await.problem(400, "VALIDATION_FAILED");
    let fields: Vec<&str> = problem["details"].as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(fields, ["metadata.name", "spec.candidate.optimizations[0].name", "spec.schedule.duration"]);
    let mut unknown = document("one");
    unknown["spec"]["candidat"] = json!({});
    let problem = world.post(EXPERIMENTS, &unknown).await.problem(400, "VALIDATION_FAILED");
    assert!(problem["detail"].as_str().expect("a text").contains("candidat"), "{problem:#}");
}
