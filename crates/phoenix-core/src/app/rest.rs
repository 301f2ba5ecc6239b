//! What a turn of the reconciler leaves behind when there is nothing more to do.

use crate::ports::failure::Failure;
use crate::time::Timestamp;

/// Until when there is nothing to do, and what went wrong on the way and is to be tried again by then.
#[derive(Default)]
pub(super) struct Rest {
    pub(super) due_at: Option<Timestamp>,
    pub(super) failure: Option<Failure>,
}

impl Rest {
    pub(super) const fn until(due_at: Option<Timestamp>) -> Self {
        Self { due_at, failure: None }
    }

    /// Both: the earlier instant, the first failure.
    pub(super) fn and(self, other: Self) -> Self {
        Self { due_at: self.due_at.into_iter().chain(other.due_at).min(), failure: self.failure.or(other.failure) }
    }
}
