//! The caller of a request.

use axum::http::{HeaderMap, header};
use phoenix_core::app::Caller;

use crate::api::Api;
use crate::auth::Permission;
use crate::http::problem::Problem;

/// The caller, if it may do what `permission` names.
pub(super) fn authorize(api: &Api, headers: &HeaderMap, permission: Permission) -> Result<Caller, Problem> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    // A malformed traceparent is ignored, as the W3C recommendation asks (section 3.2).
    let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(api.authenticator.authorize(authorization, permission, traceparent)?)
}
