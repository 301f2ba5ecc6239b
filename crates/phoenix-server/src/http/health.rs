//! Probes and metrics: open to everybody, and they hold nothing that is anybody's.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use phoenix_core::error::{Code, Error};
use serde_json::json;

use crate::api::Api;
use crate::http::problem::Problem;

/// The media type of the metrics: what `prometheus-client` writes.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Alive: the process answers.
pub(super) async fn health() -> Response {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})).into_response()
}

/// Ready: started, not stopping, and decisions can be stored.
pub(super) async fn ready(State(api): State<Api>) -> Response {
    if !*api.ready.borrow() {
        return not_ready("starting or stopping");
    }
    match api.control.ready().await {
        Ok(()) => Json(json!({"status": "ready"})).into_response(),
        Err(error) => not_ready(error.message()),
    }
}

fn not_ready(why: &str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "not ready", "reason": why}))).into_response()
}

/// What operators measure.
pub(super) async fn metrics(State(api): State<Api>) -> Result<Response, Problem> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &api.registry)
        .map_err(|error| Error::new(Code::Internal, "the metrics cannot be written").with_source(error))?;
    Ok(([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response())
}
