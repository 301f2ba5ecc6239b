//! How a server is found and asked: its REST API, with the token of its data directory or of the environment.

mod clock;
mod error;
mod find;
mod list;

use std::time::Duration;

use phoenix_core::app::Report;
use phoenix_core::experiment::{Event, Experiment, PipelineObservation, PipelinePhase, PipelineType};
use phoenix_core::id::Revision;
use phoenix_core::ports::control::Freeze;
use phoenix_core::time::Timestamp;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::Connection;
use crate::server::clock::ServerClock;
use crate::server::find::Place;

pub(crate) use error::RequestError;
pub(crate) use find::{data_dir, endpoint, variable};
pub(crate) use list::Filter;

/// Longest time to wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Length from which on a message of a status may have been cut, in bytes: the server keeps 400, and never half a character.
const SHORTEST_CUT: usize = 397;
/// The path of the freeze.
const FREEZE: &str = "/freeze";
/// Longest life of a stream of events; whoever reads it opens the next one.
const STREAM_LIFE: Duration = Duration::from_hours(1);

/// A server of experiments.
#[derive(Clone)]
pub(crate) struct Server {
    client: reqwest::Client,
    connection: Connection,
    place: Place,
    clock: ServerClock,
}

/// Whether the controller is frozen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FreezeState {
    /// True while nothing new starts.
    pub(crate) frozen: bool,
    /// Since when, by whom and why.
    #[serde(flatten)]
    pub(crate) freeze: Option<Freeze>,
}

/// What is read of the answer of a probe.
#[derive(Deserialize)]
struct Health {
    version: String,
}

/// One pipeline of an experiment, as the server last saw it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pipeline {
    #[serde(rename = "pipelineType")]
    pub(crate) kind: PipelineType,
    pub(crate) phase: PipelinePhase,
    pub(crate) ready: usize,
    pub(crate) desired: usize,
    pub(crate) observed: Option<PipelineObservation>,
}

/// What is read of the latest values of an experiment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Latest {
    pub(crate) baseline_metrics: LatestArm,
    pub(crate) variant_metrics: LatestArm,
}

/// The latest values of one arm.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LatestArm {
    pub(crate) active_series: Option<f64>,
}

impl Server {
    /// The server that the connection flags, the environment and the data directory lead to.
    pub(crate) fn find(connection: &Connection) -> anyhow::Result<Self> {
        let place = find::place(connection)?;
        // No proxy and no redirect: a token for this server must not travel anywhere else.
        let redirect = reqwest::redirect::Policy::none();
        let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().redirect(redirect).build()?;
        Ok(Self { client, connection: connection.clone(), place, clock: ServerClock::default() })
    }

    /// Follows a server that was started again and listens somewhere else now.
    pub(crate) fn find_again(&mut self) {
        if let Some(place) = find::place_again(&self.connection) {
            self.place = place;
        }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.place.url
    }

    /// Its time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Creates an experiment from a document.
    pub(crate) async fn create(&self, document: &Value) -> Result<Experiment, RequestError> {
        self.ask(Method::POST, "/experiments", Some(document)).await
    }

    /// An experiment.
    pub(crate) async fn experiment(&self, reference: &str) -> Result<Experiment, RequestError> {
        self.ask(Method::GET, &of(reference, ""), None).await
    }

    /// Gives a command by its path, such as `start`.
    pub(crate) async fn command(
        &self,
        reference: &str,
        command: &str,
        reason: &str,
    ) -> Result<Experiment, RequestError> {
        let body = serde_json::json!({ "reason": reason });
        self.ask(Method::POST, &of(reference, &format!("/{command}")), Some(&body)).await
    }

    /// Whether the controller is frozen.
    pub(crate) async fn freeze_state(&self) -> Result<FreezeState, RequestError> {
        self.ask(Method::GET, FREEZE, None).await
    }

    /// Freezes the controller. Answers with the freeze that holds, which may be an earlier one.
    pub(crate) async fn freeze(&self, reason: &str) -> Result<FreezeState, RequestError> {
        self.ask(Method::PUT, FREEZE, Some(&serde_json::json!({ "reason": reason }))).await
    }

    /// Ends the freeze, if there is one.
    pub(crate) async fn thaw(&self) -> Result<FreezeState, RequestError> {
        self.ask(Method::DELETE, FREEZE, None).await
    }

    /// The version of the server. Needs no token.
    pub(crate) async fn version(&self) -> Result<String, RequestError> {
        let health: Health = self.ask(Method::GET, "/health", None).await?;
        Ok(health.version)
    }

    /// Deletes an experiment.
    pub(crate) async fn delete(&self, reference: &str) -> Result<(), RequestError> {
        self.send(self.request(Method::DELETE, &of(reference, ""), None)).await.map(|_| ())
    }

    /// The whole history of an experiment, in order.
    pub(crate) async fn history(&self, reference: &str) -> Result<Vec<Event>, RequestError> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq.0);
            let path = of(reference, &format!("/events?after={after}"));
            let page: Vec<Event> = self.ask(Method::GET, &path, None).await?;
            // The server decides how long a page is; the last one is empty.
            if page.is_empty() {
                return Ok(events);
            }
            events.extend(page);
        }
    }

    /// Replaces a message that the status cut by the whole one of the history. What cannot be had is left as it is: the beginning of a
    /// message is worth reading, too.
    pub(crate) async fn complete_message(&self, experiment: &mut Experiment) {
        let status = &mut experiment.status;
        if status.message.len() < SHORTEST_CUT {
            return;
        }
        let Ok(events) = self.history(experiment.id.as_str()).await else { return };
        let is_it = |event: &&Event| event.message.len() > status.message.len() && Some(event.reason) == status.reason;
        if let Some(event) = events.iter().rev().filter(|event| event.to == experiment.state).find(is_it) {
            status.message.clone_from(&event.message);
        }
    }

    /// A stream that says something whenever an event behind `after` is committed.
    pub(crate) async fn stream(&self, reference: &str, after: Revision) -> Result<Response, RequestError> {
        let request = self.request(Method::GET, &of(reference, &format!("/events?after={after}")), None);
        self.send(request.header(ACCEPT, HeaderValue::from_static("text/event-stream")).timeout(STREAM_LIFE)).await
    }

    /// The comparison of an experiment.
    pub(crate) async fn report(&self, reference: &str) -> Result<Report, RequestError> {
        self.ask(Method::GET, &of(reference, "/report"), None).await
    }

    /// The same with the run over time, both configurations and the history.
    pub(crate) async fn whole_report(&self, reference: &str) -> Result<Report, RequestError> {
        let path = of(reference, "/report?include=series,configurations,events");
        self.ask(Method::GET, &path, None).await
    }

    /// Both pipelines of an experiment.
    pub(crate) async fn pipelines(&self, reference: &str) -> Result<Vec<Pipeline>, RequestError> {
        self.ask(Method::GET, &of(reference, "/pipelines"), None).await
    }

    /// The latest values of an experiment.
    pub(crate) async fn latest(&self, reference: &str) -> Result<Latest, RequestError> {
        self.ask(Method::GET, &of(reference, "/metrics"), None).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, RequestError> {
        let response = self.send(self.request(method, path, body)).await?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| RequestError::NotUnderstood { url: self.place.url.clone(), cause: error.to_string() })
    }

    fn request(&self, method: Method, path: &str, body: Option<&Value>) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}/v1/controller{path}", self.place.url));
        if let Some(token) = &self.place.token {
            request = request.bearer_auth(token.expose_secret());
        }
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, RequestError> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        self.clock.learn(response.headers());
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(RequestError::refused(status, &response.text().await.unwrap_or_default()))
    }

    fn unreachable(&self, error: &reqwest::Error) -> RequestError {
        RequestError::Unreachable { url: self.place.url.clone(), cause: error::innermost(error) }
    }
}

/// The path of something of an experiment.
fn of(reference: &str, rest: &str) -> String {
    format!("/experiments/{}{rest}", path_segment(reference))
}

/// A text as one segment of a path: everything but unreserved characters is escaped (RFC 3986, section 2.3).
fn path_segment(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut segment, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(segment, "%{byte:02X}");
        }
        segment
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_stays_one_segment() {
        assert_eq!(path_segment("a-b/../c?d"), "a-b%2F..%2Fc%3Fd");
    }
}
