//! Tells this replica's loops that something was committed. Lossy by design: every loop also looks by itself.

/// Is told of commits. Must not block.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait CommitSignal: Send + Sync {
    /// A decision was committed: work may be due, and there is a new event.
    fn committed(&self);
}
