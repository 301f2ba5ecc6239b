//! One rejected field of a user's input.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why one field is refused: where it stands, what is wrong, what is allowed or what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Path of the field, for instance `spec.candidate.optimizations[1].parameters.patterns[0]`.
    pub field: String,
    /// What is wrong with it, naming the value.
    pub message: String,
    /// The allowed range, or what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

impl Violation {
    /// A violation without a hint.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), hint: String::new() }
    }

    /// Adds the allowed range, or what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.hint) }
    }
}
