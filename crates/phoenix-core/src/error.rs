//! The error that crosses the boundary of the core: a closed set of codes, one retry class each, a public message and its source.
//!
//! Knows nothing of HTTP or gRPC: the server owns the only map from [`Code`] to a status.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use crate::experiment::State;
use crate::spec::Violation;

/// The stable, append-only codes that users meet. Each has a page `docs/errors/CODE.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// A part that is needed does not answer now.
    Unavailable,
    /// A defect of the controller.
    Internal,
    /// Nothing may start, because an operator has frozen the controller.
    Frozen,
}

impl Code {
    /// Every code, in the order in which they were introduced.
    pub const ALL: [Self; 13] = [
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

    /// The code as users see it.
    pub const fn as_str(self) -> &'static str {
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
        }
    }

    /// Its page of docs/errors: what it means, what causes it, what to do.
    pub const fn page(self) -> &'static str {
        match self {
            Self::StateTransitionInvalid => include_str!("../../../docs/errors/STATE_TRANSITION_INVALID.md"),
            Self::PipelineGenerationFailed => include_str!("../../../docs/errors/PIPELINE_GENERATION_FAILED.md"),
            Self::K8sOperationFailed => include_str!("../../../docs/errors/K8S_OPERATION_FAILED.md"),
            Self::MetricsQueryFailed => include_str!("../../../docs/errors/METRICS_QUERY_FAILED.md"),
            Self::ValidationFailed => include_str!("../../../docs/errors/VALIDATION_FAILED.md"),
            Self::NotFound => include_str!("../../../docs/errors/NOT_FOUND.md"),
            Self::AlreadyExists => include_str!("../../../docs/errors/ALREADY_EXISTS.md"),
            Self::Conflict => include_str!("../../../docs/errors/CONFLICT.md"),
            Self::Unauthenticated => include_str!("../../../docs/errors/UNAUTHENTICATED.md"),
            Self::PermissionDenied => include_str!("../../../docs/errors/PERMISSION_DENIED.md"),
            Self::Unavailable => include_str!("../../../docs/errors/UNAVAILABLE.md"),
            Self::Internal => include_str!("../../../docs/errors/INTERNAL.md"),
            Self::Frozen => include_str!("../../../docs/errors/FROZEN.md"),
        }
    }

    /// What a caller who meets the code may do without changing anything.
    pub const fn retry(self) -> Retry {
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
            | Self::Frozen => Retry::Never,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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

/// What a use-case answers instead of a result. `Display` is `[CODE] message`; the message is for users and holds no internals.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    details: BTreeMap<String, String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Result of a use-case.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with a public message: what failed, for which input, what to do.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: BTreeMap::new(), source: None }
    }

    /// Adds a machine-readable detail.
    #[must_use]
    pub fn with_detail(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.details.insert(key.into(), value.into());
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A transition that the table does not hold.
    pub fn invalid_transition(from: State, to: State) -> Self {
        Self::new(Code::StateTransitionInvalid, format!("Invalid state transition from {from} to {to}"))
            .with_detail("from_state", from.as_str())
            .with_detail("to_state", to.as_str())
    }

    /// Wrong input: one detail per violated field, all at once.
    pub fn validation(violations: &[Violation]) -> Self {
        let text = violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let mut error = Self::new(Code::ValidationFailed, text);
        for violation in violations {
            error.details.entry(violation.field.clone()).or_insert_with(|| violation.message.clone());
        }
        error
    }

    /// Nothing is known under this reference.
    pub fn not_found(what: &str, reference: &str) -> Self {
        Self::new(Code::NotFound, format!("no {what} {reference:?}"))
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The public message without the code.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Machine-readable details, for instance the violated fields.
    pub const fn details(&self) -> &BTreeMap<String, String> {
        &self.details
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code, self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_illegal_transition_reads_as_specified() {
        let error = Error::invalid_transition(State::Completed, State::Running);
        assert_eq!(error.to_string(), "[STATE_TRANSITION_INVALID] Invalid state transition from completed to running");
        assert_eq!(error.details().get("from_state").map(String::as_str), Some("completed"));
        assert_eq!(error.details().get("to_state").map(String::as_str), Some("running"));
    }

    #[test]
    fn every_code_has_a_page_that_says_what_to_do_and_whether_to_retry() {
        for code in Code::ALL {
            let page = code.page();
            assert!(page.starts_with(&format!("# {code}\n\n")), "{code}");
            let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
            assert_eq!(headings, ["## Causes", "## What to do", "## Retry"], "{code}");
            let (_, retry) = page.split_once("## Retry\n\n").expect("the heading is there");
            let answer = match code.retry() {
                Retry::Never => "No.",
                Retry::Reload => "After loading the experiment again.",
                Retry::Backoff => "Yes, after a growing pause.",
            };
            assert!(retry.starts_with(answer), "{code}: {retry}");
            assert!(page.lines().all(|line| line.chars().count() <= 400), "{code}: a line that nobody reads");
        }
    }

    #[test]
    fn the_source_is_kept() {
        let error = Error::new(Code::Unavailable, "store does not answer").with_source("disk full");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("disk full"));
    }
}
