//! Locks in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::lock::ExperimentLock;
use phoenix_core::time::{Span, Timestamp};

/// Fewest locks at which those that have ended are looked for.
const SMALL: usize = 64;

/// Locks in this process. Its size follows the locks that are held: those that have ended are dropped now and then.
pub struct MemoryLock {
    clock: Arc<dyn Clock>,
    locks: Mutex<Locks>,
}

struct Locks {
    held: HashMap<ExperimentId, (ReplicaId, Timestamp)>,
    sweep_at: usize,
}

impl MemoryLock {
    /// No lock is held.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, locks: Mutex::new(Locks { held: HashMap::new(), sweep_at: SMALL }) }
    }

    fn lock(&self) -> MutexGuard<'_, Locks> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Locks {
    fn sweep(&mut self, now: Timestamp) {
        if self.held.len() >= self.sweep_at {
            self.held.retain(|_, (_, until)| now < *until);
            self.sweep_at = self.held.len().saturating_mul(2).max(SMALL);
        }
    }
}

#[async_trait]
impl ExperimentLock for MemoryLock {
    async fn acquire(&self, id: &ExperimentId, owner: &ReplicaId, ttl: Span) -> Result<bool, Failure> {
        let now = self.clock.now();
        let mut locks = self.lock();
        if locks.held.get(id).is_some_and(|(holder, until)| holder != owner && now < *until) {
            return Ok(false);
        }
        locks.sweep(now);
        locks.held.insert(id.clone(), (owner.clone(), now + ttl));
        Ok(true)
    }

    async fn release(&self, id: &ExperimentId, owner: &ReplicaId) -> Result<(), Failure> {
        let mut locks = self.lock();
        if locks.held.get(id).is_some_and(|(holder, _)| holder == owner) {
            locks.held.remove(id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use phoenix_core::testing::build::{at, experiment_id};
    use phoenix_core::testing::contract::store::replica;
    use phoenix_core::testing::fake::FakeClock;

    use super::*;

    #[tokio::test]
    async fn locks_that_have_ended_take_no_room() {
        let clock = Arc::new(FakeClock::at(at(0)));
        let lock = MemoryLock::new(clock.clone());
        for number in 0..5_000 {
            let id = experiment_id(&format!("e{number}"));
            assert!(lock.acquire(&id, &replica(1), Span::from_secs(30)).await.expect("answers"));
            clock.advance(Span::from_secs(1));
        }
        let held = lock.lock().held.len();
        assert!(held <= 128, "{held} locks");
    }
}
