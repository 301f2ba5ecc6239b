//! What every adapter's error has in common: a stable reason, whether it may pass, and whether a write may have happened.

use std::error::Error as StdError;
use std::fmt;

use crate::error::Retry;

/// An adapter could not do what a port asked for.
#[derive(Debug)]
pub struct Failure {
    reason: &'static str,
    message: String,
    retry: Retry,
    applied: Applied,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Whether a write that ended in an error may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Certainly not.
    No,
    /// It may have.
    Unknown,
}

impl Failure {
    /// A failure that may pass by itself: connection lost, time-out, disk full. `reason` is a stable word in `PascalCase`.
    pub fn transient(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::Backoff, applied: Applied::No, source: None }
    }

    /// A failure that stays until somebody changes something.
    pub fn permanent(reason: &'static str, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry: Retry::Never, applied: Applied::No, source: None }
    }

    /// Says that the write may have happened.
    #[must_use]
    pub fn outcome_unknown(mut self) -> Self {
        self.applied = Applied::Unknown;
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The stable word.
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Whether the same call may succeed later.
    pub const fn retry(&self) -> Retry {
        self.retry
    }

    /// Whether the write may have happened.
    pub const fn applied(&self) -> Applied {
        self.applied
    }

    /// The message for people: what failed, for which input, what to do.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
