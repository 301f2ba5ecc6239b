//! Experiments: create, list, show, command, delete.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use phoenix_core::app::Configuration;
use phoenix_core::error::Error;
use phoenix_core::experiment::{Command, Experiment, State};
use phoenix_core::id::Revision;
use phoenix_core::ports::store::Filter;
use phoenix_core::spec::Violation;
use phoenix_core::time::Timestamp;
use serde::Deserialize;

use crate::api::Api;
use crate::auth::Permission;
use crate::http::access::authorize;
use crate::http::body::{Body, document, optional_document};
use crate::http::problem::Problem;
use crate::http::view::{MetricsView, PageView, PipelineView, SampleView, StateView};

/// Page size unless the client asks for another.
const PAGE: u32 = 50;
/// The same of samples, in instants.
const SAMPLE_PAGE: u32 = 100;

/// Query of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListQuery {
    page_size: Option<u32>,
    page_token: Option<String>,
    /// Words of states, separated by commas.
    state: Option<String>,
    /// `key=value`, separated by commas: only experiments with all of these labels.
    labels: Option<String>,
}

/// Query of samples.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SamplesQuery {
    page_size: Option<u32>,
    page_token: Option<String>,
}

/// Body of a command; all of it is optional.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CommandBody {
    /// Why, for people.
    reason: String,
    /// Refuse with `CONFLICT` unless this is the present revision.
    expected_revision: Option<Revision>,
}

/// `POST /v1/controller/experiments`: 201 with `Location`; 200 when the same request was accepted before.
pub(super) async fn create(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsWrite)?;
    let created = api.commands.create(&caller, document(&headers, &body)?).await?;
    let status = if created.existed { StatusCode::OK } else { StatusCode::CREATED };
    let location = format!("/v1/controller/experiments/{}", created.experiment.id);
    Ok((status, [(header::LOCATION, location)], Json(created.experiment)).into_response())
}

/// `GET /v1/controller/experiments`.
pub(super) async fn list(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<PageView<Experiment>>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    let query = known(
        query,
        "pageSize (1 to 500), pageToken, state (words separated by commas) and labels (key=value, separated by commas)",
    )?;
    let states = states(query.state.as_deref().unwrap_or(""))?;
    let labels = labels(query.labels.as_deref().unwrap_or(""))?;
    let filter = Filter { states, labels, ..Filter::default() };
    let page_size = query.page_size.unwrap_or(PAGE);
    Ok(Json(api.queries.list(&caller, filter, page_size, query.page_token.as_deref()).await?.into()))
}

fn states(words: &str) -> Result<Vec<State>, Error> {
    words
        .split(',')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(|error| Error::validation(&[Violation::new("state", format!("{error}"))])))
        .collect()
}

/// Neither keys nor values of labels hold a comma or an equals sign.
fn labels(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut labels = BTreeMap::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let parts = pair.split_once('=').filter(|(key, _)| !key.is_empty());
        let problem = match parts {
            Some((key, value)) => labels
                .insert(key.to_owned(), value.to_owned())
                .is_some_and(|earlier| earlier != value)
                .then(|| format!("{key:?} is asked for twice, and no experiment has both")),
            None => Some(format!("{pair:?} is not key=value")),
        };
        if let Some(problem) = problem {
            return Err(Error::validation(&[Violation::new("labels", problem)
                .with_hint("allowed: key=value, separated by commas, such as team=platform,tier=1")]));
        }
    }
    Ok(labels)
}

/// `GET …/{id}`.
pub(super) async fn show(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Experiment>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.queries.experiment(&caller, &id).await?))
}

/// `DELETE …/{id}`.
pub(super) async fn delete(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsWrite)?;
    api.commands.delete(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST …/{id}/start`.
pub(super) async fn start(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |_| Command::Start).await
}

/// `POST …/{id}/stop`.
pub(super) async fn stop(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |message| Command::Stop { message }).await
}

/// `POST …/{id}/cancel`.
pub(super) async fn cancel(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |message| Command::Cancel { message }).await
}

/// `POST …/{id}/abort`.
pub(super) async fn abort(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |message| Command::Abort { message }).await
}

/// `POST …/{id}/pause`.
pub(super) async fn pause(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |message| Command::Pause { message }).await
}

/// `POST …/{id}/resume`.
pub(super) async fn resume(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Experiment>, Problem> {
    command(&api, &headers, &id, &body, |message| Command::Resume { message }).await
}

async fn command(
    api: &Api,
    headers: &HeaderMap,
    id: &str,
    body: &axum::body::Bytes,
    build: impl FnOnce(String) -> Command,
) -> Result<Json<Experiment>, Problem> {
    let caller = authorize(api, headers, Permission::ExperimentsWrite)?;
    let body: CommandBody = serde_path_to_error::deserialize(optional_document(headers, body)?).map_err(|error| {
        Error::validation(&[Violation::new(error.path().to_string(), error.inner().to_string())
            .with_hint("allowed are reason and expectedRevision")])
    })?;
    Ok(Json(api.commands.submit(&caller, id, build(body.reason), body.expected_revision).await?))
}

/// `GET …/{id}/state`.
pub(super) async fn state(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<StateView>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.queries.experiment(&caller, &id).await?.into()))
}

/// `GET …/{id}/metrics`.
pub(super) async fn metrics(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<MetricsView>, Problem> {
    let caller = authorize(&api, &headers, Permission::MetricsRead)?;
    Ok(Json(api.queries.metrics(&caller, &id).await?.into()))
}

/// `GET …/{id}/samples`.
pub(super) async fn samples(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    query: Result<Query<SamplesQuery>, QueryRejection>,
) -> Result<Json<PageView<SampleView>>, Problem> {
    let caller = authorize(&api, &headers, Permission::MetricsRead)?;
    let query = known(query, "pageSize (1 to 500) and pageToken")?;
    let after = query.page_token.map(|token| token.parse::<Timestamp>().map_err(|_| unknown_position(&token)));
    let after = after.transpose()?;
    let page = api.queries.samples(&caller, &id, after, query.page_size.unwrap_or(SAMPLE_PAGE)).await?;
    Ok(Json(page.into()))
}

/// The query, if it is one.
pub(super) fn known<T>(query: Result<Query<T>, QueryRejection>, allowed: &str) -> Result<T, Error> {
    let Query(query) = query.map_err(|rejection| {
        Error::validation(&[Violation::new("query", rejection.body_text()).with_hint(format!("allowed are {allowed}"))])
    })?;
    Ok(query)
}

fn unknown_position(token: &str) -> Error {
    let violation = Violation::new("pageToken", format!("{token:?} was handed out by no page"));
    Error::validation(&[violation.with_hint("take nextPageToken of the page before, or leave it out to begin")])
}

/// `GET …/{id}/configurations`.
pub(super) async fn configurations(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Vec<Configuration>>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.queries.configurations(&caller, &id).await?))
}

/// `GET …/{id}/pipelines`.
pub(super) async fn pipelines(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Vec<PipelineView>>, Problem> {
    let caller = authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.queries.deployments(&caller, &id).await?.into_iter().map(PipelineView::from).collect()))
}
