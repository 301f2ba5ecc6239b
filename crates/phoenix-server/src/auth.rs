//! Who a caller is and what it may do: bearer tokens, permissions per operation.
//!
//! Knows nothing of HTTP or gRPC; both hand in the text of the `authorization` header.

use phoenix_core::app::Caller;
use phoenix_core::error::{Code, Error, Result};
use phoenix_core::id::{Actor, TenantId, TraceParent};
use secrecy::{ExposeSecret, SecretString};

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See experiments, their history and configurations.
    ExperimentsRead,
    /// Create, command and delete experiments.
    ExperimentsWrite,
    /// Generate configurations without an experiment.
    PipelinesGenerate,
    /// Deploy a pipeline again.
    PipelinesDeploy,
    /// See measured values.
    MetricsRead,
    /// Freeze and thaw the controller.
    Admin,
}

impl Permission {
    /// The word in a token's claims.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExperimentsRead => "experiments:read",
            Self::ExperimentsWrite => "experiments:write",
            Self::PipelinesGenerate => "pipelines:generate",
            Self::PipelinesDeploy => "pipelines:deploy",
            Self::MetricsRead => "metrics:read",
            Self::Admin => "admin",
        }
    }
}

/// Checks callers.
pub enum Authenticator {
    /// Nobody is asked: the operator turned authentication off by name.
    Off,
    /// The one token of the embedded mode; it may do everything.
    Token(SecretString),
}

impl Authenticator {
    /// The caller behind an `authorization` header, if it may do what `permission` names.
    ///
    /// # Errors
    ///
    /// `UNAUTHENTICATED` without a valid token, `PERMISSION_DENIED` with one that lacks the permission.
    pub fn authorize(
        &self,
        authorization: Option<&str>,
        permission: Permission,
        traceparent: Option<TraceParent>,
    ) -> Result<Caller> {
        let actor = match self {
            Self::Off => "anonymous",
            Self::Token(token) => {
                let given = authorization.and_then(bearer).ok_or_else(|| {
                    unauthenticated(
                        "no bearer token; set PHOENIX_TOKEN, or run on the host and as the user of the server",
                    )
                })?;
                if !same_secret(given, token.expose_secret()) {
                    return Err(unauthenticated("the bearer token is not the one of this server"));
                }
                // The embedded token is the operator's own: it holds every permission.
                let _ = permission;
                "local"
            }
        };
        let actor: Actor = actor
            .parse()
            .map_err(|error| Error::new(Code::Internal, "a built-in actor is not valid").with_source(error))?;
        Ok(Caller { actor, tenant: TenantId::default_tenant(), traceparent })
    }
}

fn unauthenticated(message: &str) -> Error {
    Error::new(Code::Unauthenticated, message)
}

/// The token of an `authorization: Bearer …` header; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// Compares without telling by its time where the difference is.
fn same_secret(given: &str, wanted: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), wanted.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Authenticator {
        Authenticator::Token("secret".to_owned().into())
    }

    #[test]
    fn the_embedded_token_opens_everything() {
        let caller = token().authorize(Some("bearer secret"), Permission::ExperimentsWrite, None).expect("allowed");
        assert_eq!(caller.actor.as_str(), "local");
    }

    #[test]
    fn without_the_token_nothing_opens_and_the_token_is_not_repeated() {
        for header in [None, Some(""), Some("secret"), Some("Basic secret"), Some("Bearer"), Some("Bearer other")] {
            let error = token().authorize(header, Permission::ExperimentsRead, None).expect_err("refused");
            assert_eq!(error.code(), Code::Unauthenticated);
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
