//! Requests to the router of a world, and its answers.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use phoenix_core::time::Span;
use phoenix_server::http;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::world::{TOKEN, World};

/// Where experiments are.
pub(crate) const EXPERIMENTS: &str = "/v1/controller/experiments";

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// As the program serves it when nobody configures anything.
pub(crate) fn options() -> http::Options {
    http::Options {
        loopback_only: true,
        read_timeout: Span::from_secs(30),
        write_timeout: Span::from_secs(30),
        metrics_path: Some("/metrics".to_owned()),
    }
}

/// A request of a program on this host that holds no token.
pub(crate) fn stranger(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", "127.0.0.1:8081")
}

/// A request of a program on this host that holds the token.
pub(crate) fn request(method: Method, path: &str) -> axum::http::request::Builder {
    stranger(method, path).header("authorization", format!("Bearer {TOKEN}"))
}

/// Asks a router.
pub(crate) async fn ask_at(router: Router, request: Request<Body>) -> Answer {
    let response = router.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

impl World {
    pub(crate) fn router(&self) -> Router {
        http::router(self.api.clone(), &options())
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        ask_at(self.router(), request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(request(Method::GET, path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(request(Method::DELETE, path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn post(&self, path: &str, document: &Value) -> Answer {
        self.post_as("application/json", path, document.to_string()).await
    }

    pub(crate) async fn post_as(&self, media_type: &str, path: &str, text: impl Into<Body>) -> Answer {
        let request = request(Method::POST, path).header("content-type", media_type);
        self.ask(request.body(text.into()).expect("a request")).await
    }

    /// Creates an experiment and answers with its id.
    pub(crate) async fn create(&self, name: &str) -> String {
        let created = self.post(EXPERIMENTS, &document(name)).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
        created.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Gives a command that must be accepted.
    pub(crate) async fn command(&self, id: &str, command: &str) {
        let answer = self.post(&format!("{EXPERIMENTS}/{id}/{command}"), &json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{command}: {}", answer.text());
    }
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// The JSON of an answer that must be a success.
    pub(crate) fn good(&self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        assert_eq!(self.header("content-type"), "application/json");
        self.json()
    }

    /// The document of an answer that must be this problem; it is complete and has nothing else.
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let document = self.json();
        assert_eq!((self.status.as_u16(), document["code"].as_str()), (status, Some(code)), "{document:#}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(document["status"], status);
        assert_eq!(document["type"], format!("urn:phoenix:error:{code}"));
        assert!(!document["title"].as_str().expect("a title").is_empty());
        assert!(!document["detail"].as_str().expect("a detail").is_empty());
        let members = document.as_object().expect("a map").keys();
        let allowed = ["type", "title", "status", "detail", "code", "details"];
        let others: Vec<_> = members.filter(|member| !allowed.contains(&member.as_str())).collect();
        assert!(others.is_empty(), "{others:?}");
        document
    }
}

/// An experiment of a minute that is sampled every second and not warmed up.
pub(crate) fn document(name: &str) -> Value {
    json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": name, "labels": {"team": "tests"}},
        "spec": {
            "baseline": pipeline(),
            "candidate": {
                "baseTemplate": "process-baseline",
                "parameters": {"collectionInterval": "1s"},
                "optimizations": [{"name": "exclude-kernel-threads"}],
            },
            "criticalProcesses": ["^postgres$"],
            "schedule": {"duration": "60s", "warmUp": "0s", "sampleInterval": "1s"},
        },
    })
}

pub(crate) fn pipeline() -> Value {
    json!({"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "1s"}})
}
