//! The caller of a call.

use phoenix_core::app::Caller;
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

use crate::api::Api;
use crate::auth::Permission;
use crate::grpc::refusal::refuse;

/// The caller, if it may do what `permission` names.
pub(super) fn authorize<T>(api: &Api, request: &Request<T>, permission: Permission) -> Result<Caller, Status> {
    let metadata = request.metadata();
    // A malformed traceparent is ignored, as the W3C recommendation asks (section 3.2).
    let traceparent = text(metadata, "traceparent").and_then(|text| text.parse().ok());
    api.authenticator.authorize(text(metadata, "authorization"), permission, traceparent).map_err(refuse)
}

fn text<'a>(metadata: &'a MetadataMap, key: &str) -> Option<&'a str> {
    metadata.get(key).and_then(|value| value.to_str().ok())
}
