//! The time of leases, due work and decisions.

use crate::time::Timestamp;

/// Tells the time. It is the store's clock, so that all replicas agree; an adapter may extrapolate by a monotonic clock between readings.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}
