//! Why a request did not bring what was asked for: in words, and as an exit code.

use phoenix_core::error::Code;
use reqwest::StatusCode;
use serde::Deserialize;

use crate::exit::Outcome;

/// Longest part of an answer that is none of this API's which a message repeats, in characters.
const LONGEST_QUOTE: usize = 120;

/// A request did not bring what was asked for.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The server does not answer.
    Unreachable {
        /// Its address.
        url: String,
        /// Why.
        cause: String,
    },
    /// The server answered with a problem document.
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its stable code; empty when the answer was none of this API's.
        code: String,
        /// What the server says.
        text: String,
        /// What to do; empty when nothing better than the text is known.
        hint: String,
    },
    /// The server answered with something else than was asked for.
    NotUnderstood {
        /// Its address.
        url: String,
        /// Why.
        cause: String,
    },
}

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreachable { url, cause } => write!(
                f,
                "the server at {url} does not answer: {cause}\n  start one with phoenix-server, or name another with --server or \
                 PHOENIX_SERVER"
            ),
            Self::Refused { code, text, hint, .. } => {
                if !code.is_empty() {
                    write!(f, "[{code}] ")?;
                }
                f.write_str(text)?;
                if hint.is_empty() { Ok(()) } else { write!(f, "\n  {hint}") }
            }
            Self::NotUnderstood { url, cause } => write!(
                f,
                "the answer of the server at {url} is not understood: {cause}\n  use a phoenixctl of the server's version, and check \
                 that --server names a Phoenix server"
            ),
        }
    }
}

impl std::error::Error for RequestError {}

/// What is read of a problem document (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    code: String,
    #[serde(default)]
    detail: String,
}

impl RequestError {
    /// The error behind an answer that is no success.
    pub(super) fn refused(status: StatusCode, body: &str) -> Self {
        match serde_json::from_str::<Problem>(body) {
            Ok(problem) if !problem.detail.is_empty() => {
                let hint = hint(&problem.code).to_owned();
                Self::Refused { status, code: problem.code, text: problem.detail, hint }
            }
            Ok(_) | Err(_) => {
                let said: String = body.trim().chars().take(LONGEST_QUOTE).collect();
                let text = if said.is_empty() { String::new() } else { format!(": {said:?}") };
                let hint = "check that --server names a Phoenix server".to_owned();
                Self::Refused { status, code: String::new(), text: format!("the server answered {status}{text}"), hint }
            }
        }
    }

    /// The same error with a better hint, if the server refused for the reason of this code.
    pub(crate) fn hinting(self, wanted: &str, hint: impl FnOnce() -> String) -> Self {
        match self {
            Self::Refused { status, code, text, .. } if code == wanted => {
                Self::Refused { status, code, text, hint: hint() }
            }
            other => other,
        }
    }

    /// Its code, if `explain` knows it: a newer server may have others.
    pub(crate) fn explained_code(&self) -> Option<Code> {
        match self {
            Self::Refused { code, .. } => Code::ALL.into_iter().find(|known| known.as_str() == code),
            Self::Unreachable { .. } | Self::NotUnderstood { .. } => None,
        }
    }

    /// What it means for the caller of the program.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Unreachable { .. } => Outcome::Unavailable,
            Self::NotUnderstood { .. } => Outcome::Failed,
            Self::Refused { status, .. } => match *status {
                StatusCode::BAD_REQUEST
                | StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::UNSUPPORTED_MEDIA_TYPE
                | StatusCode::PAYLOAD_TOO_LARGE => Outcome::Invalid,
                StatusCode::NOT_FOUND => Outcome::NotFound,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::MISDIRECTED_REQUEST => {
                    Outcome::NotAllowed
                }
                StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::BAD_GATEWAY
                | StatusCode::GATEWAY_TIMEOUT
                | StatusCode::TOO_MANY_REQUESTS => Outcome::Unavailable,
                _ => Outcome::Failed,
            },
        }
    }

    /// True when the same request may succeed in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        self.outcome() == Outcome::Unavailable
    }
}

/// What to do about a refusal, where its text does not say so.
fn hint(code: &str) -> &'static str {
    match code {
        "NOT_FOUND" => "see what there is with: phoenixctl list",
        "UNAUTHENTICATED" => {
            "name the data directory of the server with --data-dir, or give its token in the environment variable PHOENIX_TOKEN"
        }
        "FROZEN" => "see who froze it and why with: phoenixctl freeze --show",
        "INTERNAL" => "the log of the server says more",
        _ => "",
    }
}

/// The innermost cause of a failed request: the outer ones say no more than that it failed.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_is_told_with_its_code_and_what_to_do() {
        let body = r#"{"code":"NOT_FOUND","detail":"no experiment \"x\""}"#;
        let error = RequestError::refused(StatusCode::NOT_FOUND, body);
        assert_eq!(error.to_string(), "[NOT_FOUND] no experiment \"x\"\n  see what there is with: phoenixctl list");
        assert_eq!(error.outcome(), Outcome::NotFound);
    }

    #[test]
    fn an_answer_of_something_else_is_told_by_its_status() {
        let error = RequestError::refused(StatusCode::BAD_GATEWAY, "<html>\n");
        let said = "the server answered 502 Bad Gateway: \"<html>\"\n  check that --server names a Phoenix server";
        assert_eq!(error.to_string(), said);
        assert!(error.may_pass());
    }

    #[test]
    fn a_hint_is_replaced_only_for_its_code() {
        let refused = |code: &str| {
            let body = serde_json::json!({ "code": code, "detail": "taken" }).to_string();
            RequestError::refused(StatusCode::CONFLICT, &body)
        };
        let hinted = refused("ALREADY_EXISTS").hinting("ALREADY_EXISTS", || "take another".to_owned());
        assert_eq!(hinted.to_string(), "[ALREADY_EXISTS] taken\n  take another");
        let other = refused("CONFLICT").hinting("ALREADY_EXISTS", || "take another".to_owned());
        assert_eq!(other.to_string(), "[CONFLICT] taken");
    }
}
