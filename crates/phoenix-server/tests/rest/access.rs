//! Who may call what, and from where.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use phoenix_server::api::Api;
use phoenix_server::auth::Authenticator;
use phoenix_server::http;

use crate::ask::{EXPERIMENTS, ask_at, options, request, stranger};
use crate::world::{TOKEN, World};

/// Every path that needs a token.
fn guarded() -> Vec<(Method, String)> {
    let of_one = [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::POST, "/start"),
        (Method::POST, "/stop"),
        (Method::POST, "/cancel"),
        (Method::GET, "/state"),
        (Method::GET, "/metrics"),
        (Method::GET, "/events"),
        (Method::GET, "/samples"),
        (Method::GET, "/report"),
        (Method::GET, "/pipelines"),
        (Method::GET, "/configurations"),
    ];
    let others = [
        (Method::GET, EXPERIMENTS),
        (Method::POST, EXPERIMENTS),
        (Method::POST, "/v1/controller/pipelines/generate"),
        (Method::GET, "/v1/controller/catalog"),
    ];
    let of_one = of_one.into_iter().map(|(method, end)| (method, format!("{EXPERIMENTS}/one{end}")));
    of_one.chain(others.map(|(method, path)| (method, path.to_owned()))).collect()
}

#[tokio::test]
async fn nothing_but_probes_and_metrics_opens_without_the_token() {
    let world = World::new();
    world.create("one").await;
    for (method, path) in guarded() {
        for header in [None, Some("Bearer wrong"), Some("Basic dGhlLXRva2Vu"), Some(TOKEN), Some("Bearer")] {
            let mut request = stranger(method.clone(), &path).header("content-type", "application/json");
            if let Some(header) = header {
                request = request.header("authorization", header);
            }
            let answer = world.ask(request.body(Body::from("{}")).expect("a request")).await;
            answer.problem(401, "UNAUTHENTICATED");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
            assert!(!answer.text().contains(TOKEN));
        }
    }
    assert_eq!(world.get(&format!("{EXPERIMENTS}/one")).await.json()["state"], "pending", "nothing was done");
    for open in ["/health", "/ready", "/metrics", "/v1/controller/health"] {
        let answer = world.ask(stranger(Method::GET, open).body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK, "{open}");
    }
}

#[tokio::test]
async fn every_path_answers_whoever_holds_the_token() {
    for (method, path) in guarded() {
        let world = World::new();
        world.create("one").await;
        let body = if method == Method::POST { "{}" } else { "" };
        let request = request(method.clone(), &path).header("content-type", "application/json");
        let status = world.ask(request.body(Body::from(body)).expect("a request")).await.status;
        let wanted = match (method.as_str(), path.rsplit('/').next().unwrap_or("")) {
            // Pending experiments cannot do these, and an empty document is no specification.
            ("POST", "stop") | ("DELETE", _) => StatusCode::CONFLICT,
            ("POST", "experiments" | "generate") => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        assert_eq!(status, wanted, "{method} {path}");
    }
}

#[tokio::test]
async fn without_authentication_nobody_is_asked_and_the_history_says_so() {
    let world = World::new();
    let api = Api { authenticator: Authenticator::Off.into(), ..world.api.clone() };
    world.create("one").await;
    let start = stranger(Method::POST, &format!("{EXPERIMENTS}/one/start")).body(Body::empty()).expect("a request");
    assert_eq!(ask_at(http::router(api, &options()), start).await.status, StatusCode::OK);
    let history = world.get(&format!("{EXPERIMENTS}/one/events")).await.good();
    assert_eq!((&history[0]["actor"], &history[1]["actor"]), (&"local".into(), &"anonymous".into()));
}

/// A browser sends a POST without a body to any address, whatever page asks for it; its own headers tell that page from ours.
#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let world = World::new();
    let api = Api { authenticator: Authenticator::Off.into(), ..world.api.clone() };
    world.create("one").await;
    let start = format!("{EXPERIMENTS}/one/start");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://127.0.0.1:3000"),
        ("origin", "null"),
    ] {
        let request = stranger(Method::POST, &start).header(name, value).body(Body::empty()).expect("a request");
        ask_at(http::router(api.clone(), &options()), request).await.problem(403, "PERMISSION_DENIED");
    }
    assert_eq!(world.get(&format!("{EXPERIMENTS}/one")).await.json()["state"], "pending");
    // Somebody follows a link to a page of ours, and a page of ours asks.
    for (method, path, name, value) in [
        (Method::GET, "/health", "sec-fetch-site", "cross-site"),
        (Method::POST, start.as_str(), "origin", "http://127.0.0.1:8081"),
    ] {
        let request = stranger(method, path).header(name, value).body(Body::empty()).expect("a request");
        assert_eq!(ask_at(http::router(api.clone(), &options()), request).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn on_loopback_only_its_own_names_are_answered() {
    let world = World::new();
    for host in ["evil.example", "evil.example:8081", "127.0.0.1.evil.example", ""] {
        let request = axum::http::Request::get("/health").header("host", host).body(Body::empty()).expect("a request");
        world.ask(request).await.problem(421, "PERMISSION_DENIED");
    }
    let everywhere = http::Options { loopback_only: false, ..options() };
    let request = axum::http::Request::get("/health").header("host", "phoenix.example").body(Body::empty());
    let answer = ask_at(http::router(world.api.clone(), &everywhere), request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::OK);
}
