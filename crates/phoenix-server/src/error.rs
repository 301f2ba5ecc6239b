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

#[cfg(test)]
mod tests {
    use super::*;

    /// `FailedPrecondition` as gRPC writes it.
    fn name(code: tonic::Code) -> String {
        let mut name = String::new();
        for (position, character) in format!("{code:?}").chars().enumerate() {
            if character.is_uppercase() && position > 0 {
                name.push('_');
            }
            name.push(character.to_ascii_uppercase());
        }
        name
    }

    #[test]
    fn the_page_of_every_code_names_its_statuses() {
        for code in Code::ALL {
            let (http, grpc) = statuses(code);
            let line = format!("HTTP status {}, gRPC status `{}`.", http.as_u16(), name(grpc));
            assert!(code.page().contains(&line), "docs/errors/{code}.md: {line}");
        }
    }
}
