//! Wrong input over REST: each answer is a problem document with a stable code that says what to do.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Program;
use crate::tools::short;

fn assert_problem(answer: (u16, Value), status: u16, code: &str, parts: &[&str]) {
    let (got, body) = answer;
    assert_eq!((got, body["code"].as_str()), (status, Some(code)), "{body:#}");
    assert_eq!(body["status"].as_u64(), Some(status.into()), "{body:#}");
    let detail = body["detail"].as_str().unwrap_or_default();
    for part in parts {
        assert!(detail.contains(part), "{part:?} is not in {detail:?}");
    }
}

#[tokio::test]
async fn wrong_specifications_are_refused_with_every_violation_at_once() {
    let program = Program::start().await;
    let mut document = short("Not A Label");
    document["spec"]["schedule"]["duration"] = json!("-3m");
    document["spec"]["candidate"]["optimizations"] = json!([
        {"name": "exclude-kernel-thread"},
        {"name": "process-filter", "parameters": {"patterns": ["^(postgres"]}},
    ]);
    document["spec"]["criticalProcesses"] = json!(["["]);
    let answer = program.post("/v1/controller/experiments", &document).await;
    assert_problem(
        answer,
        400,
        "VALIDATION_FAILED",
        &[
            "metadata.name",
            "spec.schedule.duration",
            "spec.candidate.optimizations[0].name",
            "spec.candidate.optimizations[1].parameters.patterns[0]",
            "spec.criticalProcesses[0]",
        ],
    );

    let mut document = short("unknown-key");
    document["spec"]["candidat"] = json!({});
    assert_problem(
        program.post("/v1/controller/experiments", &document).await,
        400,
        "VALIDATION_FAILED",
        &["candidat"],
    );

    let mut document = short("drops-critical");
    document["spec"]["criticalProcesses"] = json!(["^postgres$"]);
    document["spec"]["candidate"]["optimizations"] =
        json!([{"name": "process-filter", "parameters": {"patterns": ["^nginx$"]}}]);
    assert_problem(
        program.post("/v1/controller/experiments", &document).await,
        400,
        "VALIDATION_FAILED",
        &["^postgres$"],
    );
    assert_eq!(program.get("/v1/controller/experiments").await.1["items"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn unknown_ids_and_commands_in_the_wrong_state_are_refused() {
    let program = Program::start().await;
    let base = "/v1/controller/experiments";
    assert_problem(program.get(&format!("{base}/nobody")).await, 404, "NOT_FOUND", &["nobody"]);
    assert_problem(program.post(&format!("{base}/nobody/start"), &json!({})).await, 404, "NOT_FOUND", &["nobody"]);

    let id = program.create(&short("waits")).await;
    assert_problem(
        program.post(&format!("{base}/{id}/stop"), &json!({})).await,
        409,
        "STATE_TRANSITION_INVALID",
        &["Invalid state transition from pending to analyzing"],
    );
    assert_problem(
        program.ask(Method::DELETE, &format!("{base}/{id}"), None).await,
        409,
        "STATE_TRANSITION_INVALID",
        &["cancel it first"],
    );
    assert_problem(program.post(base, &short("waits")).await, 409, "ALREADY_EXISTS", &["waits"]);
    program.command_experiment(&id, "cancel").await;
    assert_problem(
        program.post(&format!("{base}/{id}/start"), &json!({})).await,
        409,
        "STATE_TRANSITION_INVALID",
        &["Invalid state transition from cancelled to initializing"],
    );
    assert_eq!(program.ask(Method::DELETE, &format!("{base}/{id}"), None).await.0, 204);
    assert_problem(program.get(&format!("{base}/{id}")).await, 404, "NOT_FOUND", &[]);
    assert_eq!(program.history(&id).await, ["created", "cancelled", "deleted"], "the audit trail stays");
}

#[tokio::test]
async fn strangers_and_web_pages_are_kept_out() {
    let program = Program::start().await;
    let url = program.url("/v1/controller/experiments");
    let client = program.client();

    let answer = client.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let answer = client.get(&url).bearer_auth("guessed").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);

    // A page that made its own name resolve to this host, and a form of a browser.
    let answer = client.get(&url).bearer_auth(program.token()).header("host", "evil.example").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
    let form = client.post(&url).bearer_auth(program.token()).header("content-type", "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    for open in ["/health", "/ready", "/metrics", "/v1/controller/health"] {
        assert_eq!(client.get(program.url(open)).send().await.unwrap().status(), StatusCode::OK, "{open} is open");
    }

    // Last, because the server may close the connection behind its answer.
    let huge = client.post(&url).bearer_auth(program.token()).header("content-type", "application/json");
    // One byte too many: of a much larger one the server would not read the rest, and the connection could break under the answer.
    let answer = huge.body(vec![b' '; (1 << 20) + 1]).send().await.unwrap();
    let status = answer.status().as_u16();
    assert_problem((status, answer.json().await.unwrap()), 413, "VALIDATION_FAILED", &["larger than 1024 KiB"]);

    assert!(!program.log().contains(&program.token()), "the token is in the log");
}

#[tokio::test]
async fn a_client_that_repeats_its_creation_gets_the_same_experiment() {
    let program = Program::start().await;
    let mut document = short("mine");
    document["metadata"]["id"] = json!("chosen-1");
    let (first, created) = program.post("/v1/controller/experiments", &document).await;
    let (second, again) = program.post("/v1/controller/experiments", &document).await;
    assert_eq!((first, second), (201, 200));
    assert_eq!(created["id"], again["id"]);
    document["spec"]["description"] = json!("another");
    assert_problem(program.post("/v1/controller/experiments", &document).await, 409, "ALREADY_EXISTS", &["chosen-1"]);
}
