//! The history of an experiment: a list, or a live stream (server-sent events) for whoever asks for `text/event-stream`.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, stream};
use phoenix_core::app::Caller;
use phoenix_core::error::{Code, Error};
use phoenix_core::experiment::{Event, EventKind};
use phoenix_core::id::Revision;
use phoenix_core::spec::Violation;
use serde::Deserialize;

use crate::api::Api;
use crate::auth::Permission;
use crate::http::access::authorize;
use crate::http::problem::Problem;
use crate::loops::chain;

/// Events of one answer, and of one look of a stream.
const PAGE: u32 = 500;
/// How often a stream looks although nothing woke it.
const SAFETY_TICK: Duration = Duration::from_secs(5);

/// Query of a history.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// Only events behind this one.
    after: Option<u64>,
}

/// `GET …/{id}/events`.
pub(super) async fn list_or_stream(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Result<Query<EventsQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    let Query(query) = query.map_err(|rejection| {
        Error::validation(&[
            Violation::new("query", rejection.body_text()).with_hint("allowed is after, a sequence number")
        ])
    })?;
    // A browser that reconnects tells the last frame it saw.
    let last_seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let after = Revision(last_seen.or(query.after).unwrap_or(0));
    // A name may come to mean another experiment while a stream is open; an id does not. Deleted ones are known by their id alone.
    let id = match api.queries.experiment(&caller, &id).await {
        Ok(experiment) => experiment.id.to_string(),
        Err(error) if error.code() == Code::NotFound => id,
        Err(error) => return Err(error.into()),
    };
    let history = api.queries.history(&caller, &id, after, PAGE).await?;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !accept.contains("text/event-stream") {
        return Ok(Json(history).into_response());
    }
    let feed = Feed { api, caller, id, after, page: history.into_iter().collect(), ended: false };
    Ok(Sse::new(frames(feed)).keep_alive(KeepAlive::default()).into_response())
}

/// What a stream has told and has yet to tell.
struct Feed {
    api: Api,
    caller: Caller,
    id: String,
    after: Revision,
    page: std::collections::VecDeque<Event>,
    ended: bool,
}

fn frames(feed: Feed) -> impl Stream<Item = Result<Frame, Infallible>> {
    stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        let frame = Frame::default().id(event.seq.to_string()).event(event.kind.as_str());
        match frame.json_data(&event) {
            Ok(frame) => Some((Ok(frame), feed)),
            Err(error) => {
                tracing::error!(
                    experiment.id = feed.id,
                    error = chain(&error),
                    "an event cannot be written; its stream ends"
                );
                None
            }
        }
    })
}

impl Feed {
    /// The next event; `None` when nothing can follow, or the server stops.
    async fn next(&mut self) -> Option<Event> {
        let mut commits = self.api.commits.clone();
        let mut ready = self.api.ready.clone();
        while !self.ended {
            commits.mark_unchanged();
            if let Some(event) = self.page.pop_front() {
                self.after = event.seq;
                self.ended = event.kind == EventKind::Deleted;
                return Some(event);
            }
            if !*ready.borrow_and_update() {
                return None;
            }
            match self.api.queries.history(&self.caller, &self.id, self.after, PAGE).await {
                Ok(page) => self.page = page.into(),
                // The client keeps its place, opens the stream again, and is told what is the matter then.
                Err(error) => {
                    tracing::warn!(experiment.id = self.id, error = chain(&error), "an event stream ends");
                    return None;
                }
            }
            if self.page.is_empty() {
                tokio::select! {
                    // A closed channel never says so again and again: then the tick alone is left.
                    Ok(()) = commits.changed() => {}
                    Ok(()) = ready.changed() => {}
                    () = tokio::time::sleep(SAFETY_TICK) => {}
                }
            }
        }
        None
    }
}
