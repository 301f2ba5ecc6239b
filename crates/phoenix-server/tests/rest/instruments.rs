//! `/metrics`: the exact names and labels. They are an interface: dashboards and alerts name them.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use phoenix_server::http;

use crate::ask::{EXPERIMENTS, ask_at, options, stranger};
use crate::world::World;

/// Every family with its type, and every series with its labels but without its value.
const EXPECTED: &str = r#"# TYPE phoenix_controller_active_experiments gauge
# TYPE phoenix_controller_effects counter
# TYPE phoenix_controller_frozen gauge
# TYPE phoenix_controller_invariant_violations counter
# TYPE phoenix_controller_orphans_removed counter
# TYPE phoenix_controller_pipeline_generation_duration_seconds histogram
# TYPE phoenix_controller_samples counter
# TYPE phoenix_controller_samples_missing counter
# TYPE phoenix_controller_state_transitions counter
phoenix_controller_active_experiments{state="analyzing"}
phoenix_controller_active_experiments{state="cancelled"}
phoenix_controller_active_experiments{state="completed"}
phoenix_controller_active_experiments{state="deploying"}
phoenix_controller_active_experiments{state="failed"}
phoenix_controller_active_experiments{state="initializing"}
phoenix_controller_active_experiments{state="pending"}
phoenix_controller_active_experiments{state="running"}
phoenix_controller_effects_total{effect="analyse_samples",success="true"}
phoenix_controller_effects_total{effect="generate_pipelines",success="true"}
phoenix_controller_frozen
phoenix_controller_invariant_violations_total{invariant="1"}
phoenix_controller_invariant_violations_total{invariant="10"}
phoenix_controller_invariant_violations_total{invariant="11"}
phoenix_controller_invariant_violations_total{invariant="12"}
phoenix_controller_invariant_violations_total{invariant="13"}
phoenix_controller_invariant_violations_total{invariant="14"}
phoenix_controller_invariant_violations_total{invariant="15"}
phoenix_controller_invariant_violations_total{invariant="16"}
phoenix_controller_invariant_violations_total{invariant="17"}
phoenix_controller_invariant_violations_total{invariant="18"}
phoenix_controller_invariant_violations_total{invariant="2"}
phoenix_controller_invariant_violations_total{invariant="3"}
phoenix_controller_invariant_violations_total{invariant="4"}
phoenix_controller_invariant_violations_total{invariant="5"}
phoenix_controller_invariant_violations_total{invariant="6"}
phoenix_controller_invariant_violations_total{invariant="7"}
phoenix_controller_invariant_violations_total{invariant="8"}
phoenix_controller_invariant_violations_total{invariant="9"}
phoenix_controller_orphans_removed_total
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="+Inf",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.005",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.01",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.025",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.05",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.1",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.25",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="0.5",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="1.0",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="10.0",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="2.5",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_bucket{le="5.0",template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_count{template="process-baseline"}
phoenix_controller_pipeline_generation_duration_seconds_sum{template="process-baseline"}
phoenix_controller_samples_missing_total
phoenix_controller_samples_total
phoenix_controller_state_transitions_total{from_state="analyzing",to_state="completed",success="true"}
phoenix_controller_state_transitions_total{from_state="deploying",to_state="running",success="true"}
phoenix_controller_state_transitions_total{from_state="initializing",to_state="deploying",success="true"}
phoenix_controller_state_transitions_total{from_state="pending",to_state="initializing",success="true"}
phoenix_controller_state_transitions_total{from_state="running",to_state="analyzing",success="true"}
"#;

#[tokio::test]
async fn names_and_labels_are_as_they_are_documented() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(80).await;
    let answer = world.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.text().ends_with("# EOF\n"));
    assert!(!answer.text().contains(&id), "no identifier of an experiment is a label");
    let mut lines: Vec<&str> = answer
        .text()
        .lines()
        .filter(|line| line.starts_with("# TYPE ") || !line.starts_with('#'))
        .map(|line| if line.starts_with('#') { line } else { line.rsplit_once(' ').map_or(line, |(series, _)| series) })
        .collect();
    lines.sort_unstable();
    let lines = lines.join("\n") + "\n";
    assert_eq!(lines, EXPECTED, "{lines}");
}

#[tokio::test]
async fn the_counters_count() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(3).await;
    world
        .post(&format!("{EXPERIMENTS}/{id}/start"), &serde_json::json!({}))
        .await
        .problem(409, "STATE_TRANSITION_INVALID");
    let text = world.get("/metrics").await.text().to_owned();
    let value = |series: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {series} in\n{text}")).parse().expect("a number")
    };
    let transition = |from: &str, to: &str, success: bool| {
        value(&format!(
            "phoenix_controller_state_transitions_total{{from_state=\"{from}\",to_state=\"{to}\",success=\"{success}\"}}"
        ))
    };
    let is = |value: f64, wanted: f64| (value - wanted).abs() < f64::EPSILON;
    assert!(is(transition("pending", "initializing", true), 1.0));
    assert!(is(transition("deploying", "running", true), 1.0));
    assert!(is(transition("running", "initializing", false), 1.0), "{text}");
    let generated = "phoenix_controller_pipeline_generation_duration_seconds_count{template=\"process-baseline\"}";
    assert!(is(value(generated), 2.0));
    assert!(value("phoenix_controller_samples_total") >= 6.0, "two for each instant: {text}");
    assert!(is(value("phoenix_controller_samples_missing_total"), 0.0));
}

#[tokio::test]
async fn metrics_can_have_a_port_and_a_path_of_their_own() {
    let world = World::new();
    let beside = http::Options { metrics_path: None, ..options() };
    let request = || stranger(Method::GET, "/metrics").body(Body::empty()).expect("a request");
    ask_at(http::router(world.api.clone(), &beside), request()).await.problem(404, "NOT_FOUND");
    let own = http::metrics_router(world.api.clone(), "/prom");
    assert_eq!(ask_at(own.clone(), request()).await.status, StatusCode::NOT_FOUND);
    let request = stranger(Method::GET, "/prom").body(Body::empty()).expect("a request");
    assert!(ask_at(own, request).await.text().contains("phoenix_controller_samples_total 0\n"));
}

#[tokio::test]
async fn probes_follow_readiness_and_liveness_does_not() {
    let world = World::new();
    let ready = world.get("/ready").await.good();
    assert_eq!(ready, serde_json::json!({"status": "ready"}));
    world.ready.send_replace(false);
    let answer = world.get("/ready").await;
    assert_eq!((answer.status, &answer.json()["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"not ready".into()));
    for path in ["/health", "/v1/controller/health"] {
        assert_eq!(world.get(path).await.good()["status"], "ok");
    }
}
