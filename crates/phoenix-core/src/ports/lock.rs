//! A lock per experiment that saves needless attempts. It protects nothing: commits are protected by revision and fence.

use async_trait::async_trait;

use crate::id::{ExperimentId, ReplicaId};
use crate::ports::failure::Failure;
use crate::time::Span;

/// How long a lock lives without being renewed.
pub const LOCK_TTL: Span = Span::from_secs(30);

/// Locks experiments under the key `lock:experiment:{experiment_id}`, value = the owner.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ExperimentLock: Send + Sync {
    /// Takes the lock for `ttl`, or renews it when `owner` holds it already. Answers `false` when another owner holds it. May be repeated.
    async fn acquire(&self, id: &ExperimentId, owner: &ReplicaId, ttl: Span) -> Result<bool, Failure>;

    /// Gives the lock back if `owner` holds it (compare and delete); otherwise nothing happens. May be repeated.
    async fn release(&self, id: &ExperimentId, owner: &ReplicaId) -> Result<(), Failure>;
}
