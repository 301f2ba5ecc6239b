//! Regular expressions over executable names, limited to what RE2 (and so the collector) understands.

use serde::{Deserialize, Serialize};

/// A checked regular expression over executable names. Unanchored, as in RE2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcessPattern(String);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pattern:?} is not a valid RE2 expression: {problem}")]
pub struct InvalidPattern {
    /// The refused text.
    pub pattern: String,
    /// What is wrong.
    pub problem: String,
}

impl ProcessPattern {
    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProcessPattern {
    type Error = InvalidPattern;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(text))
    }
}

impl From<ProcessPattern> for String {
    fn from(pattern: ProcessPattern) -> Self {
        pattern.0
    }
}
