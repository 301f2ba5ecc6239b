//! Settings of the whole controller: the freeze.

use axum::Json;
use axum::extract::State as Shared;
use axum::http::HeaderMap;
use phoenix_core::error::Error;
use phoenix_core::ports::control::Freeze;
use phoenix_core::spec::Violation;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::auth::Permission;
use crate::http::access::authorize;
use crate::http::body::{Body, optional_document};
use crate::http::problem::Problem;

/// Whether the controller is frozen.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FreezeView {
    /// True while nothing new starts.
    frozen: bool,
    /// Since when, by whom and why.
    #[serde(flatten)]
    freeze: Option<Freeze>,
}

impl From<Option<Freeze>> for FreezeView {
    fn from(freeze: Option<Freeze>) -> Self {
        Self { frozen: freeze.is_some(), freeze }
    }
}

/// Body of a freeze; all of it is optional.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct FreezeBody {
    /// Why, for people.
    reason: String,
}

/// `GET /v1/controller/freeze`.
pub(super) async fn show(Shared(api): Shared<Api>, headers: HeaderMap) -> Result<Json<FreezeView>, Problem> {
    authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.control.freeze_state().await?.into()))
}

/// `PUT /v1/controller/freeze`.
pub(super) async fn freeze(
    Shared(api): Shared<Api>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<FreezeView>, Problem> {
    let caller = authorize(&api, &headers, Permission::Admin)?;
    let body: FreezeBody = serde_path_to_error::deserialize(optional_document(&headers, &body)?).map_err(|error| {
        Error::validation(&[
            Violation::new(error.path().to_string(), error.inner().to_string()).with_hint("allowed is reason")
        ])
    })?;
    let freeze = api.control.freeze(&caller, &body.reason).await?;
    tracing::info!(actor = %caller.actor, since = %freeze.since, "the controller is frozen");
    Ok(Json(Some(freeze).into()))
}

/// `DELETE /v1/controller/freeze`.
pub(super) async fn thaw(Shared(api): Shared<Api>, headers: HeaderMap) -> Result<Json<FreezeView>, Problem> {
    let caller = authorize(&api, &headers, Permission::Admin)?;
    api.control.thaw().await?;
    tracing::info!(actor = %caller.actor, "the controller is thawed");
    Ok(Json(None.into()))
}
