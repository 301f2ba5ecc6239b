//! The REST service: paths, bodies and problem documents around the use-cases.
//!
//! Knows no rule of experiments and no adapter: a handler authorizes, calls one use-case, and shows its answer.

mod access;
mod body;
mod control;
mod events;
mod experiments;
mod guard;
mod health;
mod pipelines;
mod problem;
mod reports;
mod view;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use phoenix_core::error::{Code, Error};
use phoenix_core::time::Span;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::api::Api;
use crate::http::problem::Problem;

/// Largest accepted body: an experiment file is a few kilobytes.
const LARGEST_BODY: usize = 1 << 20;

/// How the REST service behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only requests for a loopback name are answered: a web page that resolves its own name to this host is not.
    pub loopback_only: bool,
    /// Longest time to read a body.
    pub read_timeout: Span,
    /// Longest time to answer; event streams are exempt.
    pub write_timeout: Span,
    /// Path of the metrics, when they are served here.
    pub metrics_path: Option<String>,
}

/// The whole service.
pub fn router(api: Api, options: &Options) -> Router {
    let experiment = Router::new()
        .route("/", get(experiments::show).delete(experiments::delete))
        .route("/start", post(experiments::start))
        .route("/stop", post(experiments::stop))
        .route("/cancel", post(experiments::cancel))
        .route("/abort", post(experiments::abort))
        .route("/pause", post(experiments::pause))
        .route("/resume", post(experiments::resume))
        .route("/state", get(experiments::state))
        .route("/metrics", get(experiments::metrics))
        .route("/samples", get(experiments::samples))
        .route("/report", get(reports::report))
        .route("/series", get(reports::series))
        .route("/pipelines", get(experiments::pipelines))
        .route("/configurations", get(experiments::configurations));
    let controller = Router::new()
        .route("/health", get(health::health))
        .route("/freeze", get(control::show).put(control::freeze).delete(control::thaw))
        .route("/catalog", get(pipelines::catalog))
        .route("/pipelines/generate", post(pipelines::generate))
        .route("/experiments", get(experiments::list).post(experiments::create))
        .nest("/experiments/{id}", experiment);
    let mut router = Router::new()
        .nest("/v1/controller", controller)
        .route("/health", get(health::health))
        .route("/ready", get(health::ready));
    if let Some(path) = &options.metrics_path {
        router = router.route(path, get(health::metrics));
    }
    let mut router = router
        .layer(middleware::from_fn_with_state(options.write_timeout, guard::in_time))
        .route("/v1/controller/experiments/{id}/events", get(events::list_or_stream))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(RequestBodyTimeoutLayer::new(options.read_timeout.to_std()))
        .layer(middleware::from_fn(guard::own_pages));
    if options.loopback_only {
        router = router.layer(middleware::from_fn(guard::loopback_name));
    }
    router.layer(middleware::from_fn(guard::trace)).layer(CatchPanicLayer::custom(guard::panicked)).with_state(api)
}

/// The metrics alone, for a port of their own.
pub fn metrics_router(api: Api, path: &str) -> Router {
    Router::new().route(path, get(health::metrics)).with_state(api)
}

async fn unknown_path(uri: axum::http::Uri) -> Problem {
    Error::new(Code::NotFound, format!("there is nothing at {}", uri.path())).into()
}

async fn wrong_method(method: axum::http::Method, uri: axum::http::Uri) -> Problem {
    Problem::from(Error::new(Code::ValidationFailed, format!("{} cannot be used with {method}", uri.path())))
        .with_status(StatusCode::METHOD_NOT_ALLOWED)
}
