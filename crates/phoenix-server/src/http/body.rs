//! Request bodies: one JSON or YAML document.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use phoenix_core::error::{Code, Error};
use phoenix_core::spec::Violation;
use tower_http::timeout::TimeoutError;

use crate::http::problem::Problem;
use crate::yaml;

/// Media types that are read. A browser's form cannot send any of them without asking first.
const ACCEPTED: [&str; 3] = ["application/json", "application/yaml", "application/x-yaml"];

/// A body of bounded size. One that is too large, or that breaks off, is answered as every other wrong input.
pub(super) struct Body(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Bytes::from_request(request, state).await.map(Self).map_err(|rejection| {
            let status = rejection.status();
            if status == StatusCode::PAYLOAD_TOO_LARGE {
                let message = format!("the body is larger than {} KiB", super::LARGEST_BODY >> 10);
                return invalid(&message).with_status(status);
            }
            if is_late(&rejection) {
                let message = "the body breaks off: nothing more of it came for too long";
                return invalid(message).with_status(StatusCode::REQUEST_TIMEOUT);
            }
            invalid(&format!("the body cannot be read: {}", rejection.body_text())).with_status(status)
        })
    }
}

/// Whether the reason is the limit of the time between two parts of a body.
fn is_late(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<TimeoutError>)
}

/// The document in a body.
pub(super) fn document(headers: &HeaderMap, body: &Bytes) -> Result<serde_json::Value, Problem> {
    require_media_type(headers)?;
    let text = std::str::from_utf8(body).map_err(|_| invalid("the body is not valid UTF-8"))?;
    // JSON is read as YAML, too: its parser refuses duplicate keys and tells line and column.
    yaml::parse(text).map_err(|error| invalid(&format!("the body is not one JSON or YAML document: {error}")))
}

/// The document in a body that may be empty.
pub(super) fn optional_document(headers: &HeaderMap, body: &Bytes) -> Result<serde_json::Value, Problem> {
    if body.is_empty() { Ok(serde_json::json!({})) } else { document(headers, body) }
}

fn require_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let essence = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if ACCEPTED.contains(&essence.as_str()) {
        return Ok(());
    }
    let message = format!("the content type {given:?} is not read; send application/json or application/yaml");
    Err(Problem::from(Error::new(Code::ValidationFailed, message)).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE))
}

fn invalid(message: &str) -> Problem {
    Error::validation(&[Violation::new("body", message)]).into()
}
