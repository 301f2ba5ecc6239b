//! The live history (server-sent events).

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures::{Stream, StreamExt as _};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::MockEventLog;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::ask::{EXPERIMENTS, request};
use crate::world::{World, soon};

/// An open stream of events.
struct Live {
    frames: Pin<Box<dyn Stream<Item = String> + Send>>,
    rest: String,
}

/// One event of a stream.
#[derive(Debug, PartialEq)]
struct Frame {
    id: String,
    event: String,
    data: Value,
}

impl Live {
    async fn open(world: &World, reference: &str, last_event_id: Option<&str>) -> Self {
        Self::open_at(world, &format!("{EXPERIMENTS}/{reference}/events"), last_event_id).await
    }

    async fn open_at(world: &World, path: &str, last_event_id: Option<&str>) -> Self {
        let mut request = request(Method::GET, path).header("accept", "text/event-stream");
        if let Some(last) = last_event_id {
            request = request.header("last-event-id", last);
        }
        let response =
            world.router().oneshot(request.body(Body::empty()).expect("a request")).await.expect("infallible");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache");
        let chunks = response.into_body().into_data_stream();
        let frames = chunks.map(|chunk| String::from_utf8(chunk.expect("a chunk").to_vec()).expect("UTF-8"));
        Self { frames: Box::pin(frames), rest: String::new() }
    }

    /// The next event; `None` at the end.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some((frame, rest)) = self.rest.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.rest = rest;
                let line = |name: &str| frame.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()));
                // Comments keep the connection alive.
                let Some(id) = line("id:") else { continue };
                let data = serde_json::from_str(&line("data:").expect("data")).expect("JSON");
                return Some(Frame { id, event: line("event:").expect("an event"), data });
            }
            let chunk = soon("a frame, or the end", self.frames.next()).await?;
            self.rest.push_str(&chunk);
        }
    }

    async fn kinds(&mut self, count: usize) -> Vec<String> {
        let mut kinds = Vec::new();
        for _ in 0..count {
            kinds.push(self.next().await.expect("no end").event);
        }
        kinds
    }
}

#[tokio::test]
async fn a_stream_tells_the_past_and_then_what_happens() {
    let world = World::new();
    let id = world.create("one").await;
    let mut live = Live::open(&world, "one", None).await;
    let created = live.next().await.expect("no end");
    assert_eq!((created.id.as_str(), created.event.as_str()), ("1", "experiment.created"));
    let history = world.get(&format!("{EXPERIMENTS}/{id}/events")).await.good();
    assert_eq!(created.data, history[0], "the list and the stream tell the same");
    world.command(&id, "start").await;
    assert_eq!(live.kinds(1).await, ["experiment.started"]);
    world.drive().await;
    assert_eq!(live.kinds(2).await, ["experiment.deploying", "experiment.running"]);
}

#[tokio::test]
async fn whoever_opens_again_goes_on_behind_the_last_event_that_it_saw() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    let mut live = Live::open(&world, &id, Some("2")).await;
    assert_eq!(live.kinds(2).await, ["experiment.deploying", "experiment.running"]);
    let mut live = Live::open_at(&world, &format!("{EXPERIMENTS}/{id}/events?after=3"), None).await;
    assert_eq!(live.kinds(1).await, ["experiment.running"]);
    // A browser sends the same address again, and what it saw last.
    let mut live = Live::open_at(&world, &format!("{EXPERIMENTS}/{id}/events?after=1"), Some("3")).await;
    assert_eq!(live.kinds(1).await, ["experiment.running"]);
}

#[tokio::test]
async fn a_stream_stays_with_its_experiment_when_another_takes_the_name() {
    let world = World::new();
    let first = world.create("one").await;
    let mut live = Live::open(&world, "one", None).await;
    assert_eq!(live.kinds(1).await, ["experiment.created"]);
    world.command(&first, "cancel").await;
    let cancelled = live.next().await.expect("no end");
    assert_eq!(
        (cancelled.event.as_str(), &cancelled.data["experimentId"]),
        ("experiment.cancelled", &first.clone().into())
    );
    let second = world.create("one").await;
    world.command(&second, "start").await;
    world.drive().await;
    assert_eq!(world.delete(&format!("{EXPERIMENTS}/{first}")).await.status, StatusCode::NO_CONTENT);
    let deleted = live.next().await.expect("no end");
    assert_eq!((deleted.event.as_str(), &deleted.data["experimentId"]), ("experiment.deleted", &first.into()));
    assert_eq!(live.next().await, None, "nothing can follow");
}

#[tokio::test]
async fn a_stop_of_the_server_ends_the_stream() {
    let world = World::new();
    world.create("one").await;
    let mut live = Live::open(&world, "one", None).await;
    live.kinds(1).await;
    world.ready.send_replace(false);
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn a_history_that_cannot_be_read_is_a_problem() {
    let world = World::with(|ports| {
        let mut events = MockEventLog::new();
        events.expect_history().returning(|_, _, _| Err(Failure::permanent("CorruptRow", "a row is damaged")));
        ports.events = Arc::new(events);
    });
    let id = world.create("one").await;
    world.get(&format!("{EXPERIMENTS}/{id}/events")).await.problem(500, "INTERNAL");
}

#[tokio::test]
async fn a_list_of_events_can_begin_behind_one() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    let path = format!("{EXPERIMENTS}/{id}/events");
    let seqs = |events: Value| -> Vec<u64> {
        events.as_array().expect("a list").iter().map(|event| event["seq"].as_u64().expect("a number")).collect()
    };
    assert_eq!(seqs(world.get(&path).await.good()), [1, 2, 3, 4]);
    assert_eq!(seqs(world.get(&format!("{path}?after=2")).await.good()), [3, 4]);
    for wrong in ["after=x", "since=1"] {
        world.get(&format!("{path}?{wrong}")).await.problem(400, "VALIDATION_FAILED");
    }
}
