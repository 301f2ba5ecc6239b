//! Checks collector configurations without running them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is to be said about a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable word for the rule, `PascalCase`.
    pub rule: String,
    /// Where in the document, for instance `service.pipelines.metrics.processors[1]`.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, and is probably not what was meant.
    Warning,
    /// Cannot be deployed.
    Error,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.path, self.message, self.rule)
    }
}

/// Checks a configuration. It always runs, whoever generated it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait ConfigValidator: Send + Sync {
    /// Everything there is to say, errors first.
    fn validate(&self, config: &str) -> Vec<Finding>;
}

/// The errors among findings, as one text; `None` when there is no error.
pub fn errors_of(findings: &[Finding]) -> Option<String> {
    let errors: Vec<String> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).map(ToString::to_string).collect();
    if errors.is_empty() { None } else { Some(errors.join("; ")) }
}
