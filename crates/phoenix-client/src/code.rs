//! The stable codes of the interface, and what a caller may do about each.

use std::fmt;

use tonic::Code as GrpcCode;

/// The stable codes of the interface. Codes are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// A command that the present state does not allow.
    StateTransitionInvalid,
    /// A configuration could not be generated.
    PipelineGenerationFailed,
    /// The Kubernetes API refused or failed.
    K8sOperationFailed,
    /// The metrics source refused or failed.
    MetricsQueryFailed,
    /// The input is wrong; the details name each field.
    ValidationFailed,
    /// There is no such thing.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// Somebody else changed it in the meantime.
    Conflict,
    /// No valid token.
    Unauthenticated,
    /// A valid token without the permission.
    PermissionDenied,
    /// The controller, or a part that it needs, does not answer now.
    Unavailable,
    /// A defect of the controller, or of something in between.
    Internal,
    /// Nothing may start, because an operator has frozen the controller.
    Frozen,
    /// A code that this version of the crate does not know.
    Other(String),
}

/// Whether the same call may succeed later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Not without changing the input or the world.
    Never,
    /// After loading the present revision.
    Reload,
    /// After a growing pause.
    Backoff,
}

impl Code {
    /// The code as the interface writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::StateTransitionInvalid => "STATE_TRANSITION_INVALID",
            Self::PipelineGenerationFailed => "PIPELINE_GENERATION_FAILED",
            Self::K8sOperationFailed => "K8S_OPERATION_FAILED",
            Self::MetricsQueryFailed => "METRICS_QUERY_FAILED",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::Conflict => "CONFLICT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
            Self::Frozen => "FROZEN",
            Self::Other(code) => code,
        }
    }

    /// What a caller who meets the code may do without changing anything.
    pub const fn retry(&self) -> Retry {
        match self {
            Self::Conflict => Retry::Reload,
            Self::K8sOperationFailed | Self::MetricsQueryFailed | Self::Unavailable => Retry::Backoff,
            Self::StateTransitionInvalid
            | Self::PipelineGenerationFailed
            | Self::ValidationFailed
            | Self::NotFound
            | Self::AlreadyExists
            | Self::Unauthenticated
            | Self::PermissionDenied
            | Self::Internal
            | Self::Frozen
            | Self::Other(_) => Retry::Never,
        }
    }

    pub(crate) const KNOWN: [Self; 13] = [
        Self::StateTransitionInvalid,
        Self::PipelineGenerationFailed,
        Self::K8sOperationFailed,
        Self::MetricsQueryFailed,
        Self::ValidationFailed,
        Self::NotFound,
        Self::AlreadyExists,
        Self::Conflict,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::Unavailable,
        Self::Internal,
        Self::Frozen,
    ];

    pub(crate) fn new(code: String) -> Self {
        Self::KNOWN.into_iter().find(|known| known.as_str() == code).unwrap_or(Self::Other(code))
    }

    /// The code of a status that carries none: something in between has made it.
    pub(crate) fn of_bare(code: GrpcCode) -> Self {
        match code {
            GrpcCode::InvalidArgument => Self::ValidationFailed,
            GrpcCode::NotFound => Self::NotFound,
            GrpcCode::AlreadyExists => Self::AlreadyExists,
            GrpcCode::Aborted => Self::Conflict,
            GrpcCode::Unauthenticated => Self::Unauthenticated,
            GrpcCode::PermissionDenied => Self::PermissionDenied,
            // An answer without a status is an answer that was cut off.
            GrpcCode::Unavailable | GrpcCode::ResourceExhausted | GrpcCode::Unknown => Self::Unavailable,
            GrpcCode::Unimplemented => Self::Other("UNIMPLEMENTED".to_owned()),
            _ => Self::Internal,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
