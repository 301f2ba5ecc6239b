//! Errors as problem documents (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use phoenix_core::error::{Code, Error};
use serde::Serialize;
use tracing::{error, warn};

use crate::error::statuses;
use crate::loops::chain;

/// An error on its way to a client.
pub(super) struct Problem {
    error: Error,
    status: StatusCode,
}

/// The document's members; `code` and `details` are extensions.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    details: &'a std::collections::BTreeMap<String, String>,
}

impl Problem {
    /// Another status than the code's own, where HTTP has a more exact one.
    pub(super) const fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, _) = statuses(error.code());
        Self { error, status }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { error, status } = self;
        if status.is_server_error() {
            error!(code = error.code().as_str(), error = chain(&error), "a request failed");
        } else if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            warn!(code = error.code().as_str(), "a request was refused");
        }
        let document = Document {
            r#type: format!("urn:phoenix:error:{}", error.code()),
            title: title(error.code()),
            status: status.as_u16(),
            detail: error.message(),
            code: error.code().as_str(),
            details: error.details(),
        };
        let mut response = (status, Json(&document)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A sentence that is the same for every problem of a code.
const fn title(code: Code) -> &'static str {
    match code {
        Code::StateTransitionInvalid => "The state of the experiment does not allow this",
        Code::PipelineGenerationFailed => "The pipeline configuration cannot be generated",
        Code::K8sOperationFailed => "The Kubernetes API failed",
        Code::MetricsQueryFailed => "The metrics source failed",
        Code::ValidationFailed => "The input is not valid",
        Code::NotFound => "There is no such thing",
        Code::AlreadyExists => "There is one already",
        Code::Conflict => "The experiment has changed in the meantime",
        Code::Unauthenticated => "Authentication is required",
        Code::PermissionDenied => "The token does not permit this",
        Code::Unavailable => "A part that is needed does not answer now",
        Code::Internal => "A defect of the controller",
        Code::Frozen => "The controller is frozen",
    }
}
