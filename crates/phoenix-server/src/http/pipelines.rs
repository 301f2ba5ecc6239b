//! Configurations without an experiment, and what they may be made of.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use phoenix_core::app::GeneratedDocument;
use phoenix_core::spec::Catalog;

use crate::api::Api;
use crate::auth::Permission;
use crate::http::access::authorize;
use crate::http::body::{Body, document};
use crate::http::problem::Problem;

/// `POST /v1/controller/pipelines/generate`.
pub(super) async fn generate(
    State(api): State<Api>,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Json<GeneratedDocument>, Problem> {
    authorize(&api, &headers, Permission::PipelinesGenerate)?;
    Ok(Json(api.commands.generate(document(&headers, &body)?).await?))
}

/// `GET /v1/controller/catalog`.
pub(super) async fn catalog(State(api): State<Api>, headers: HeaderMap) -> Result<Json<Catalog>, Problem> {
    authorize(&api, &headers, Permission::ExperimentsRead)?;
    Ok(Json(api.queries.catalog().await?))
}
