//! What every call passes: its span and its line in the log, a limit of time, the net under a panic, and the completion of refusals that the
//! gRPC library makes by itself.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use phoenix_core::error::{Code, Error};
use phoenix_core::spec::Violation;
use phoenix_proto::controller::v1::experiment_controller_server::SERVICE_NAME;
use tonic::Status;
use tracing::{Instrument as _, debug, error, info, info_span};

use crate::grpc::idle::Activity;
use crate::grpc::refusal::refuse;

/// Longest time until an answer begins. A stream begins at once, and then goes on as long as it likes.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// One span and one line per call.
pub(super) async fn pass(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let call = request.uri().path().trim_start_matches('/').to_owned();
    let is_ours = call.split('/').next() == Some(SERVICE_NAME);
    let busy = request.extensions().get::<Activity>().map(Activity::begin);
    let span = info_span!("grpc_call", call);
    async {
        let answer = tokio::time::timeout(LONGEST_ANSWER, next.run(request)).await;
        let response = match answer {
            Ok(response) if is_ours => completed(response),
            Ok(response) => response,
            Err(_) => too_slow(),
        };
        let status = response.extensions().get::<Status>().map_or(tonic::Code::Ok, Status::code);
        let duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        if is_ours {
            info!(status = ?status, duration_ms, "grpc_call");
        } else {
            // Probes come every few seconds.
            debug!(status = ?status, duration_ms, "grpc_call");
        }
        // The connection is busy until the last frame of the answer.
        response.map(|body| {
            Body::new(body.map_frame(move |frame| {
                let _held = &busy;
                frame
            }))
        })
    }
    .instrument(span)
    .await
}

/// Gives a refusal of the library the code that clients rely on. Only what is wrong with the request itself is refused there.
fn completed(response: Response) -> Response {
    match response.extensions().get::<Status>() {
        Some(status) if status.details().is_empty() && status.code() != tonic::Code::Unimplemented => {
            let hint = format!("send one message of at most {} bytes", super::LARGEST_MESSAGE);
            let violation = Violation::new("(request)", status.message()).with_hint(hint);
            refuse(Error::validation(&[violation])).into_http()
        }
        Some(_) | None => response,
    }
}

fn too_slow() -> Response {
    let message = format!("there was no answer within {} s; try again later", LONGEST_ANSWER.as_secs());
    refuse(Error::new(Code::Unavailable, message)).into_http()
}

/// A panic is a defect: it is logged, the client is told no internals, and the server goes on.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    error!(panic = text.unwrap_or("unknown"), "a call panicked");
    refuse(Error::new(Code::Internal, "the call met a defect of the controller; its log says more")).into_http()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware;
    use axum::routing::post;
    use phoenix_proto::controller::v1::ErrorDetail;
    use tower::ServiceExt as _;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    async fn status_of(path: &str, handler: axum::routing::MethodRouter) -> Status {
        let router = Router::new()
            .route(path, handler)
            .layer(CatchPanicLayer::custom(panicked))
            .layer(middleware::from_fn(pass));
        let request = axum::http::Request::post(path).body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("infallible");
        response.extensions().get::<Status>().expect("a status").clone()
    }

    fn code_of(status: &Status) -> String {
        ErrorDetail::from_status(status).map_or_else(String::new, |detail| detail.code)
    }

    async fn refused_by_the_library() -> Response {
        Status::out_of_range("too large").into_http()
    }

    async fn never() -> Response {
        std::future::pending().await
    }

    async fn defect() -> Response {
        panic!("a secret")
    }

    #[tokio::test]
    async fn a_refusal_of_the_library_gets_a_code_in_our_service_only() {
        let ours = format!("/{SERVICE_NAME}/GetExperiment");
        let status = status_of(&ours, post(refused_by_the_library)).await;
        assert_eq!((status.code(), code_of(&status).as_str()), (tonic::Code::InvalidArgument, "VALIDATION_FAILED"));
        assert!(status.message().contains("too large"), "{status}");
        let status = status_of("/grpc.health.v1.Health/Check", post(refused_by_the_library)).await;
        assert_eq!((status.code(), code_of(&status).as_str()), (tonic::Code::OutOfRange, ""));
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_that_tells_nothing() {
        let status = status_of(&format!("/{SERVICE_NAME}/GetExperiment"), post(defect)).await;
        assert_eq!((status.code(), code_of(&status).as_str()), (tonic::Code::Internal, "INTERNAL"));
        assert!(!status.message().contains("secret"), "{status}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_given_up() {
        let status = status_of(&format!("/{SERVICE_NAME}/GetExperiment"), post(never)).await;
        assert_eq!((status.code(), code_of(&status).as_str()), (tonic::Code::Unavailable, "UNAVAILABLE"));
    }
}
