//! The only map from the stable codes to the status codes of both protocols.

use axum::http::StatusCode;
use phoenix_core::error::Code;

/// The HTTP status and the gRPC status of a code.
pub const fn statuses(code: Code) -> (StatusCode, tonic::Code) {
    match code {
        Code::StateTransitionInvalid | Code::Frozen => (StatusCode::CONFLICT, tonic::Code::FailedPrecondition),
        Code::PipelineGenerationFailed => (StatusCode::UNPROCESSABLE_ENTITY, tonic::Code::FailedPrecondition),
        Code::K8sOperationFailed | Code::MetricsQueryFailed => (StatusCode::BAD_GATEWAY, tonic::Code::Unavailable),
        Code::ValidationFailed => (StatusCode::BAD_REQUEST, tonic::Code::InvalidArgument),
        Code::NotFound => (StatusCode::NOT_FOUND, tonic::Code::NotFound),
        Code::AlreadyExists => (StatusCode::CONFLICT, tonic::Code::AlreadyExists),
        Code::Conflict => (StatusCode::CONFLICT, tonic::Code::Aborted),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, tonic::Code::Unauthenticated),
        Code::PermissionDenied => (StatusCode::FORBIDDEN, tonic::Code::PermissionDenied),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, tonic::Code::Unavailable),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, tonic::Code::Internal),
    }
}
