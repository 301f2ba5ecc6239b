//! Sizes and times that a request may have.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode};
use futures::{StreamExt as _, stream};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::generator::{Generated, Generator};
use phoenix_core::spec::{Catalog, PipelineSpec};
use phoenix_core::time::Span;
use phoenix_server::http;
use tokio::time::Instant;

use crate::ask::{EXPERIMENTS, ask_at, options, request};
use crate::world::World;

/// A generator that never answers.
struct Silent;

#[async_trait]
impl Generator for Silent {
    async fn catalog(&self) -> Result<Catalog, Failure> {
        std::future::pending().await
    }

    async fn generate(&self, _spec: &PipelineSpec) -> Result<Generated, Failure> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up_with_a_problem_document() {
    let world = World::with(|ports| ports.generator = Arc::new(Silent));
    let begin = Instant::now();
    let problem = world.get("/v1/controller/catalog").await.problem(503, "UNAVAILABLE");
    assert_eq!(begin.elapsed(), Duration::from_secs(30));
    assert_eq!(problem["detail"], "no answer was found within 30s; what was asked for may still be done");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let world = World::new();
    let impatient = http::Options { read_timeout: Span::from_secs(5), ..options() };
    let begin = Instant::now();
    let half = stream::iter([Ok::<_, Infallible>(Bytes::from("{\"kind\":"))]).chain(stream::pending());
    let request = request(Method::POST, EXPERIMENTS).header("content-type", "application/json");
    let request = request.body(Body::from_stream(half)).expect("a request");
    let problem = ask_at(http::router(world.api.clone(), &impatient), request).await.problem(408, "VALIDATION_FAILED");
    assert_eq!(begin.elapsed(), Duration::from_secs(5));
    assert!(problem["detail"].as_str().expect("a text").contains("breaks off"), "{problem:#}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let world = World::new();
    let largest = " ".repeat(1 << 20);
    let answer = world.post_as("application/json", EXPERIMENTS, largest.clone()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "read, and no document");
    let problem = world.post_as("application/json", EXPERIMENTS, largest + " ").await.problem(413, "VALIDATION_FAILED");
    assert!(problem["detail"].as_str().expect("a text").contains("larger than 1024 KiB"), "{problem:#}");
}
