//! What every request passes: its host name, where it was sent from, its time limit, its span, and the net under a panic.

use std::any::Any;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use phoenix_core::error::{Code, Error};
use phoenix_core::time::Span;
use tracing::{Instrument as _, error, info, info_span};

use crate::http::problem::Problem;

/// Answers only requests for a loopback name. A page in a browser can make its own name resolve to 127.0.0.1 (DNS rebinding), but it cannot
/// choose the `Host` header.
pub(super) async fn loopback_name(request: Request, next: Next) -> Response {
    let host = host(&request);
    if is_loopback_name(host) {
        return next.run(request).await;
    }
    let message =
        format!("this server answers on loopback only, and the request is for {host:?}; use 127.0.0.1 or localhost");
    Problem::from(Error::new(Code::PermissionDenied, message))
        .with_status(StatusCode::MISDIRECTED_REQUEST)
        .into_response()
}

/// What the request is for: the `Host` header, or in HTTP/2 the authority.
fn host(request: &Request) -> &str {
    let host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    host.or_else(|| request.uri().authority().map(Authority::as_str)).unwrap_or("")
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        // The colons inside an IPv6 address are within brackets.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

/// Refuses what a page of somebody else's makes a browser send. It may send a POST without a body to any address, and the host name of that
/// request is the address' own. Safe methods pass: they change nothing, and a foreign page cannot read the answer.
pub(super) async fn own_pages(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || !is_foreign(request.headers(), host(&request)) {
        return next.run(request).await;
    }
    let message =
        "the request was sent by a web page of another origin; use phoenixctl, or a program that is no browser";
    Problem::from(Error::new(Code::PermissionDenied, message)).into_response()
}

/// Browsers say where a request comes from: `Sec-Fetch-Site` (Fetch Metadata), and `Origin` where they do not send that. Programs say neither.
fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin.split_once("://").is_none_or(|(_, own)| own != host),
        (None, None) => false,
    }
}

/// Answers at the latest after `limit`.
pub(super) async fn in_time(State(limit): State<Span>, request: Request, next: Next) -> Response {
    tokio::time::timeout(limit.to_std(), next.run(request)).await.unwrap_or_else(|_| {
        let message = format!("no answer was found within {limit}; what was asked for may still be done");
        Problem::from(Error::new(Code::Unavailable, message)).into_response()
    })
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
    fn pages_of_another_origin_are_told_from_own_ones_and_from_programs() {
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
        };
        let host = "127.0.0.1:8081";
        for own in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://127.0.0.1:8081")],
        ] {
            assert!(!is_foreign(&headers(own), host), "{own:?}");
        }
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8081")],
            &[("sec-fetch-site", "")],
            &[("origin", "https://evil.example")],
            &[("origin", "http://127.0.0.1:3000")],
            &[("origin", "null")],
        ] {
            assert!(is_foreign(&headers(foreign), host), "{foreign:?}");
        }
        assert!(is_foreign(&headers(&[("origin", "null")]), ""));
    }

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
