//! Why a call did not bring what was asked for.
//!
//! Knows how the stable codes travel; not what they mean for an experiment.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use phoenix_proto::controller::v1::ErrorDetail;
use tonic::{Code as GrpcCode, Status, TimeoutExpired};

use crate::{Code, Retry};

/// Why a call did not bring what was asked for. `Display` is `[CODE] message`.
#[derive(Debug)]
pub struct Error {
    code: Code,
    grpc_code: GrpcCode,
    message: String,
    details: BTreeMap<String, String>,
    answered: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// The stable code.
    pub const fn code(&self) -> &Code {
        &self.code
    }

    /// The message without the code: what failed, for which input, what to do.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Particulars for programs, for instance each violated field with what is wrong with it.
    pub const fn details(&self) -> &BTreeMap<String, String> {
        &self.details
    }

    /// The status code of the protocol.
    pub const fn grpc_code(&self) -> GrpcCode {
        self.grpc_code
    }

    /// True when the controller itself said so. Otherwise the answer was lost, or never came: a command may have been carried out.
    pub const fn was_answered(&self) -> bool {
        self.answered
    }

    /// What a caller may do without changing anything.
    pub const fn retry(&self) -> Retry {
        self.code.retry()
    }

    /// The client itself was given something that it cannot use.
    pub(crate) fn unusable(what: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            code: Code::ValidationFailed,
            grpc_code: GrpcCode::InvalidArgument,
            details: [(what.to_owned(), message.clone())].into(),
            message: format!("{what}: {message}"),
            answered: false,
            source: None,
        }
    }

    /// Nothing answers at the address.
    pub(crate) fn unreachable(source: tonic::transport::Error) -> Self {
        Self {
            code: Code::Unavailable,
            grpc_code: GrpcCode::Unavailable,
            message: format!("the controller cannot be reached: {}", root(&source)),
            details: BTreeMap::new(),
            answered: false,
            source: Some(source.into()),
        }
    }

    /// There was no answer in time.
    pub(crate) fn late(source: Option<Status>) -> Self {
        Self {
            code: Code::Unavailable,
            grpc_code: GrpcCode::DeadlineExceeded,
            message: "there was no answer in time; the call may have been carried out".to_owned(),
            details: BTreeMap::new(),
            answered: false,
            source: source.map(Into::into),
        }
    }

    pub(crate) fn from_status(status: Status) -> Self {
        if let Some(detail) = ErrorDetail::from_status(&status) {
            return Self {
                code: Code::new(detail.code),
                grpc_code: status.code(),
                message: detail.message,
                details: detail.details,
                answered: true,
                source: None,
            };
        }
        // Only what went wrong on this side has a source.
        let is_local = status.source().is_some();
        let gave_up = matches!(status.code(), GrpcCode::Cancelled | GrpcCode::DeadlineExceeded);
        if is_timeout(&status) || (gave_up && !is_local) {
            return Self::late(Some(status));
        }
        let (code, grpc_code, message) = if is_local {
            (
                Code::Unavailable,
                GrpcCode::Unavailable,
                format!("the connection to the controller failed: {}", root(&status)),
            )
        } else {
            (Code::of_bare(status.code()), status.code(), status.message().to_owned())
        };
        Self { code, grpc_code, message, details: BTreeMap::new(), answered: false, source: Some(status.into()) }
    }

    /// True when another attempt may be answered.
    pub(crate) fn is_unavailable(&self) -> bool {
        self.grpc_code == GrpcCode::Unavailable
    }

    /// True when a stream has broken, rather than been refused.
    pub(crate) fn is_break(&self) -> bool {
        let is_broken = matches!(
            self.grpc_code,
            GrpcCode::Unknown | GrpcCode::Internal | GrpcCode::DeadlineExceeded | GrpcCode::ResourceExhausted
        );
        self.is_unavailable() || (is_broken && !self.answered)
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

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| -> Option<&'a (dyn StdError + 'static)> {
        (*error).source()
    })
}

fn is_timeout(status: &Status) -> bool {
    causes(status).any(<dyn StdError>::is::<TimeoutExpired>)
}

/// What it comes down to: the last cause says most.
fn root(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(code: &str, grpc_code: GrpcCode) -> Error {
        let details = BTreeMap::from([("from_state".to_owned(), "completed".to_owned())]);
        let detail = ErrorDetail { code: code.to_owned(), message: "what failed".to_owned(), details };
        Error::from_status(detail.into_status(grpc_code))
    }

    #[test]
    fn an_answer_keeps_its_code_message_and_details() {
        for code in Code::KNOWN {
            let error = answered(code.as_str(), GrpcCode::FailedPrecondition);
            assert_eq!(error.code(), &code);
            assert_eq!(error.to_string(), format!("[{code}] what failed"));
            assert_eq!(error.details()["from_state"], "completed");
            assert!(error.was_answered());
        }
    }

    #[test]
    fn a_code_that_came_later_is_handed_on() {
        let error = answered("QUOTA_EXCEEDED", GrpcCode::ResourceExhausted);
        assert_eq!((error.code(), error.retry()), (&Code::Other("QUOTA_EXCEEDED".to_owned()), Retry::Never));
        assert!(!error.is_break(), "the controller has refused");
    }

    #[test]
    fn codes_say_what_a_caller_may_do() {
        assert_eq!(answered("CONFLICT", GrpcCode::Aborted).retry(), Retry::Reload);
        assert_eq!(answered("UNAVAILABLE", GrpcCode::Unavailable).retry(), Retry::Backoff);
        assert_eq!(answered("VALIDATION_FAILED", GrpcCode::InvalidArgument).retry(), Retry::Never);
    }

    #[test]
    fn a_bare_status_comes_from_something_in_between() {
        let error = Error::from_status(Status::unavailable("upstream"));
        assert_eq!((error.code(), error.was_answered()), (&Code::Unavailable, false));
        assert!(error.is_unavailable() && error.is_break());
        let error = Error::from_status(Status::unknown("missing grpc-status trailer"));
        assert!(error.is_break() && !error.is_unavailable(), "a unary call may have been carried out");
        let error = Error::from_status(Status::permission_denied("by the proxy"));
        assert_eq!(error.code(), &Code::PermissionDenied);
        assert!(!error.is_break());
        let error = Error::from_status(Status::cancelled("Timeout expired"));
        assert_eq!((error.code(), error.grpc_code()), (&Code::Unavailable, GrpcCode::DeadlineExceeded));
    }

    #[test]
    fn what_went_wrong_on_this_side_is_told_by_its_last_cause() {
        let cause = std::io::Error::other("the cable is out");
        let error = Error::from_status(Status::from_error(cause.into()));
        assert_eq!((error.code(), error.was_answered()), (&Code::Unavailable, false));
        assert!(error.to_string().ends_with("failed: the cable is out"), "{error}");
        assert!(error.source().is_some());
        let late = Error::from_status(Status::from_error(TimeoutExpired(()).into()));
        assert_eq!(late.grpc_code(), GrpcCode::DeadlineExceeded);
    }
}
