//! What every request passes: its host name, its span, and the net under a panic.

use std::any::Any;
use std::time::Instant;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use phoenix_core::error::{Code, Error};
use tracing::{Instrument as _, error, info, info_span};

use crate::http::problem::Problem;

/// Answers only requests for a loopback name. A page in a browser can make its own name resolve to 127.0.0.1 (DNS rebinding), but it cannot
/// choose the `Host` header.
pub(super) async fn loopback_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| request.uri().host()).unwrap_or("");
    if is_loopback_name(host) {
        return next.run(request).await;
    }
    let message =
        format!("this server answers on loopback only, and the request is for {host:?}; use 127.0.0.1 or localhost");
    Problem::from(Error::new(Code::PermissionDenied, message))
        .with_status(StatusCode::MISDIRECTED_REQUEST)
        .into_response()
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The colons inside an IPv6 address are within brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// One span and one line per request.
pub(super) async fn trace(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let span = info_span!("http_request", method = %request.method(), path = request.uri().path());
    async {
        let response = next.run(request).await;
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        info!(status = response.status().as_u16(), duration_ms, "http_request");
        response
    }
    .instrument(span)
    .await
}

/// A panic is a defect: it is logged, the client is told no internals, and the server goes on.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    error!(panic = text.unwrap_or("unknown"), "a handler panicked");
    Problem::from(Error::new(Code::Internal, "the request met a defect of the controller; its log says more"))
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for good in ["localhost", "localhost:8081", "127.0.0.1:1", "[::1]:8081", "[::1]"] {
            assert!(is_loopback_name(good), "{good}");
        }
        for bad in ["", "evil.example", "evil.example:8081", "127.0.0.1.evil.example", "localhost.evil:80", "[::2]"] {
            assert!(!is_loopback_name(bad), "{bad}");
        }
    }
}
