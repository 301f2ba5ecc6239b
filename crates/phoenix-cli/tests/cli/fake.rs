//! A server that answers from a script: one experiment that goes on by one step whenever it is looked at.

mod world;

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event as Frame, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt as _;
use phoenix_core::experiment::{Cleanup, Reason, State};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::program::PATIENCE;

pub(crate) use world::World;

/// The server; it is gone when this is dropped.
pub(crate) struct Fake {
    runtime: Option<Runtime>,
    address: SocketAddr,
    shared: Known,
    /// The port of a server that was stopped, bound so that nobody else begins to answer there.
    silent: Option<TcpSocket>,
}

#[derive(Clone)]
struct Known {
    world: Arc<Mutex<World>>,
    /// The revision, for streams.
    news: watch::Sender<u64>,
}

impl Known {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("not poisoned")
    }

    /// A decision was committed: whoever listens is told.
    fn commit(&self, world: &mut World) {
        world.revision += 1;
        self.news.send_replace(world.revision);
    }
}

impl Fake {
    /// Starts the server on a free port.
    pub(crate) fn start(world: World) -> Self {
        Self::serve(Known { world: Arc::new(Mutex::new(world)), news: watch::Sender::new(1) })
    }

    /// Stops the server, connections and all, and starts another one in the same world on another port.
    pub(crate) fn restart(mut self, between: impl FnOnce(&mut World)) -> Self {
        let shared = self.shared.clone();
        self.stop();
        between(&mut shared.world());
        let mut next = Self::serve(shared);
        next.silent = self.silent.take();
        next
    }

    /// Stops the server, connections and all.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
            self.silent = Some(silence(self.address));
        }
    }

    /// Where it listens.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its address as the program takes it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it knows.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.world()
    }

    fn serve(shared: Known) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let router = router(shared.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await.expect("it serves");
        });
        Self { runtime: Some(runtime), address, shared, silent: None }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Binds an address without listening, as soon as nobody listens there any more.
fn silence(address: SocketAddr) -> TcpSocket {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("a socket");
        match socket.bind(address) {
            Ok(()) => return socket,
            Err(error) => assert!(Instant::now() < deadline, "{address} never gets free: {error}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn router(shared: Known) -> Router {
    let experiments = Router::new()
        .route("/", get(list).post(create))
        .route("/{id}", get(show).delete(delete))
        .route("/{id}/events", get(events))
        .route("/{id}/pipelines", get(pipelines))
        .route("/{id}/metrics", get(metrics))
        .route("/{id}/report", get(report))
        .route("/{id}/{command}", post(command));
    Router::new()
        .nest("/v1/controller/experiments", experiments)
        .route("/v1/controller/freeze", get(freeze_state).put(freeze).delete(thaw))
        .route("/v1/controller/health", get(health))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// A problem document as the real server writes it.
pub(crate) fn problem(code: &str, detail: &str) -> Value {
    json!({ "type": format!("urn:phoenix:error:{code}"), "title": code, "detail": detail, "code": code })
}

async fn guard(Shared(shared): Shared<Known>, headers: HeaderMap, request: Request, next: Next) -> Response {
    let refused = {
        let mut world = shared.world();
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let path = path.strip_prefix("/v1/controller/experiments").unwrap_or(path);
        world.requests.push(format!("{} {path}", request.method()));
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let wanted = world.token.as_ref().map(|token| format!("Bearer {token}"));
        // Probes are open to everybody.
        let is_probe = request.uri().path().ends_with("/health");
        if wanted.is_some() && given != wanted.as_deref() && !is_probe {
            Some((StatusCode::UNAUTHORIZED, problem("UNAUTHENTICATED", "the request has no valid token")))
        } else if world.busy_for > 0 {
            world.busy_for -= 1;
            Some((StatusCode::SERVICE_UNAVAILABLE, problem("UNAVAILABLE", "the server is stopping")))
        } else {
            None
        }
    };
    match refused {
        Some((status, document)) => (status, Json(document)).into_response(),
        None => next.run(request).await,
    }
}

async fn create(Shared(shared): Shared<Known>, Json(body): Json<Value>) -> Response {
    let mut world = shared.world();
    world.bodies.push(body);
    match world.refusal.clone() {
        Some((status, document)) => (status, Json(document)).into_response(),
        None => (StatusCode::CREATED, Json(world.shown())).into_response(),
    }
}

/// The experiment, as often as there are any; a token is the number of those before the page.
async fn list(Shared(shared): Shared<Known>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let world = shared.world();
    let number = |key: &str| query.get(key).map(|text| text.parse::<usize>().expect("a number"));
    let (first, size) = (number("pageToken").unwrap_or(0), number("pageSize").unwrap_or(50));
    let end = world.listed.min(first + size);
    let items: Vec<_> = (first..end).map(|_| world.shown()).collect();
    let next = (end < world.listed).then(|| end.to_string());
    Json(json!({ "items": items, "nextPageToken": next }))
}

async fn freeze_state(Shared(shared): Shared<Known>) -> Json<Value> {
    Json(frozen(shared.world().freeze.as_deref()))
}

/// A freeze that there is already stays.
async fn freeze(Shared(shared): Shared<Known>, Json(body): Json<Value>) -> Json<Value> {
    let mut world = shared.world();
    let reason = body["reason"].as_str().expect("a reason").to_owned();
    Json(frozen(Some(world.freeze.get_or_insert(reason))))
}

async fn thaw(Shared(shared): Shared<Known>) -> Json<Value> {
    shared.world().freeze = None;
    Json(frozen(None))
}

fn frozen(reason: Option<&str>) -> Value {
    match reason {
        Some(reason) => {
            json!({ "frozen": true, "since": "2026-12-01T08:00:00.25Z", "actor": "operator", "reason": reason })
        }
        None => json!({ "frozen": false }),
    }
}

async fn health(Shared(shared): Shared<Known>) -> Json<Value> {
    Json(json!({ "status": "ok", "version": shared.world().version }))
}

async fn show(Shared(shared): Shared<Known>, Path(id): Path<String>) -> Response {
    let mut world = shared.world();
    if id != world.experiment.id.as_str() && id != world.experiment.name.as_str() {
        return not_found(&id);
    }
    let now = world.shown();
    if let Some(next) = world.steps.pop_front() {
        world.experiment = next;
        shared.commit(&mut world);
    }
    Json(now).into_response()
}

fn not_found(id: &str) -> Response {
    (StatusCode::NOT_FOUND, Json(problem("NOT_FOUND", &format!("no experiment {id:?}")))).into_response()
}

async fn command(
    Shared(shared): Shared<Known>,
    Path((_, command)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Response {
    let mut world = shared.world();
    world.bodies.push(body);
    if world.is_deaf_to_start && command == "start" {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(problem("UNAVAILABLE", "the server is stopping")))
            .into_response();
    }
    let experiment = &mut world.experiment;
    match command.as_str() {
        "start" if experiment.state == State::Pending => experiment.state = State::Initializing,
        "stop" if experiment.state == State::Running => experiment.state = State::Analyzing,
        "pause" | "resume" if experiment.state == State::Running => {
            let clock = experiment.status.clock.expect("it runs");
            let now = clock.ready_at;
            experiment.status.clock = Some(if command == "pause" { clock.paused(now) } else { clock.unpaused(now) });
        }
        "abort" if experiment.state == State::Running => {
            experiment.state = State::Failed;
            experiment.status.reason = Some(Reason::AbortRequested);
            experiment.status.cleanup = Cleanup::Pending;
        }
        "cancel" if experiment.state == State::Running => {
            experiment.state = State::Cancelled;
            experiment.status.reason = Some(Reason::CancelRequested);
            experiment.status.cleanup = Cleanup::Pending;
            let mut gone = experiment.clone();
            gone.status.cleanup = Cleanup::Confirmed;
            if world.cleans_up {
                world.steps = VecDeque::from([gone]);
            }
        }
        _ => {
            let text = format!("Invalid state transition from {} by {command}", experiment.state);
            return (StatusCode::CONFLICT, Json(problem("STATE_TRANSITION_INVALID", &text))).into_response();
        }
    }
    shared.commit(&mut world);
    Json(world.shown()).into_response()
}

async fn delete(Shared(shared): Shared<Known>, method: Method) -> Response {
    assert_eq!(method, Method::DELETE);
    if shared.world().experiment.state.is_terminal() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let text = "an experiment that is running cannot be deleted; cancel it first";
    (StatusCode::CONFLICT, Json(problem("STATE_TRANSITION_INVALID", text))).into_response()
}

/// A stream of signals, or a history of two pages and an empty one.
async fn events(Shared(shared): Shared<Known>, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    if headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/event-stream") {
        let frames = WatchStream::new(shared.news.subscribe())
            .map(|revision| Ok::<_, Infallible>(Frame::default().data(revision.to_string())));
        return Sse::new(frames).into_response();
    }
    let after: u64 = uri.query().and_then(|query| query.strip_prefix("after=")?.parse().ok()).unwrap_or(0);
    let event = |seq: u64, kind: &str, to: &str, reason: &str| {
        json!({
            "experimentId": "e1", "seq": seq, "kind": kind, "at": "2026-12-01T08:00:00.25Z", "actor": "local", "tenant": "default",
            "to": to, "reason": reason, "message": if seq == 3 { "candidate: \u{1b}[31mdied" } else { "" },
        })
    };
    if let Some(events) = &shared.world().events {
        let page: Vec<&Value> = events.iter().filter(|event| event["seq"].as_u64() > Some(after)).collect();
        return Json(json!(page)).into_response();
    }
    let all = [
        event(1, "experiment.created", "pending", "Created"),
        event(2, "experiment.started", "initializing", "StartRequested"),
        event(3, "experiment.outage_began", "running", "OutageBegan"),
    ];
    let page: Vec<&Value> = all.iter().filter(|event| event["seq"].as_u64() > Some(after)).take(2).collect();
    Json(json!(page)).into_response()
}

async fn pipelines(Shared(shared): Shared<Known>) -> Json<Value> {
    Json(shared.world().pipelines.clone())
}

async fn metrics() -> Json<Value> {
    Json(
        json!({ "id": "e1", "baselineMetrics": { "activeSeries": 474.0 }, "variantMetrics": { "activeSeries": 98.0 } }),
    )
}

async fn report(Shared(shared): Shared<Known>) -> Json<Value> {
    let world = shared.world();
    Json(json!({ "experiment": world.shown(), "comparison": world.comparison }))
}
