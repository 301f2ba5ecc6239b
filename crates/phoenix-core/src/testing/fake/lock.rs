//! Locks in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::id::{ExperimentId, ReplicaId};
use crate::ports::clock::Clock;
use crate::ports::failure::Failure;
use crate::ports::lock::ExperimentLock;
use crate::time::{Span, Timestamp};

/// Locks in memory.
pub struct FakeLock {
    clock: Arc<dyn Clock>,
    held: Mutex<HashMap<ExperimentId, (ReplicaId, Timestamp)>>,
}

impl FakeLock {
    /// No lock is held; the time is told by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, held: Mutex::default() }
    }
}

#[async_trait]
impl ExperimentLock for FakeLock {
    async fn acquire(&self, id: &ExperimentId, owner: &ReplicaId, ttl: Span) -> Result<bool, Failure> {
        let now = self.clock.now();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let by_another = held.get(id).is_some_and(|(holder, until)| holder != owner && now < *until);
        if !by_another {
            held.insert(id.clone(), (owner.clone(), now + ttl));
        }
        Ok(!by_another)
    }

    async fn release(&self, id: &ExperimentId, owner: &ReplicaId) -> Result<(), Failure> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(id).is_some_and(|(holder, _)| holder == owner) {
            held.remove(id);
        }
        Ok(())
    }
}
