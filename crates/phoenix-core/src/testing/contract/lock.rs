//! The contract of the lock per experiment.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::future::Future;

use crate::ports::lock::{ExperimentLock, LOCK_TTL};
use crate::testing::build::experiment_id;
use crate::testing::contract::concurrently;
use crate::testing::contract::store::replica;
use crate::time::Span;

/// A lock service without locks, whose time a test can let pass.
pub trait LockFixture: Send + Sync {
    /// The lock under test.
    type Lock: ExperimentLock;

    /// The lock under test.
    fn lock(&self) -> &Self::Lock;

    /// Lets `span` pass for the lock.
    fn pass(&self, span: Span) -> impl Future<Output = ()> + Send;
}

/// Runs the contract of the lock against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! lock_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; lock {
            one_owner_at_a_time,
            every_experiment_has_its_own_lock,
            the_owner_renews_by_acquiring,
            a_lock_that_was_not_renewed_is_free,
            only_the_owner_releases,
            of_concurrent_owners_one_wins,
        } }
    };
}

async fn acquire(lock: &impl ExperimentLock, id: &str, owner: u32) -> bool {
    lock.acquire(&experiment_id(id), &replica(owner), LOCK_TTL).await.expect("answers")
}

async fn release(lock: &impl ExperimentLock, id: &str, owner: u32) {
    lock.release(&experiment_id(id), &replica(owner)).await.expect("answers");
}

/// A lock excludes others until it is released.
pub async fn one_owner_at_a_time<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    assert!(acquire(lock, "e1", 1).await);
    assert!(!acquire(lock, "e1", 2).await);
    release(lock, "e1", 1).await;
    assert!(acquire(lock, "e1", 2).await);
    assert!(!acquire(lock, "e1", 1).await);
}

/// Experiments do not wait for each other.
pub async fn every_experiment_has_its_own_lock<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    assert!(acquire(lock, "e1", 1).await);
    assert!(acquire(lock, "e2", 2).await);
    release(lock, "e2", 2).await;
    assert!(!acquire(lock, "e1", 2).await);
}

/// Acquiring again begins the life anew.
pub async fn the_owner_renews_by_acquiring<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    for _ in 0..3 {
        assert!(acquire(lock, "e1", 1).await);
        fixture.pass(Span::from_secs(25)).await;
        assert!(!acquire(lock, "e1", 2).await);
    }
}

/// Whoever died is waited for as long as the lock lives, not longer.
pub async fn a_lock_that_was_not_renewed_is_free<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    assert!(acquire(lock, "e1", 1).await);
    fixture.pass(LOCK_TTL + Span::from_secs(1)).await;
    assert!(acquire(lock, "e1", 2).await);
    assert!(!acquire(lock, "e1", 1).await);
}

/// A late release does not open the next owner's lock.
pub async fn only_the_owner_releases<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    release(lock, "e1", 1).await;
    assert!(acquire(lock, "e1", 1).await);
    release(lock, "e1", 2).await;
    assert!(!acquire(lock, "e1", 2).await);
    release(lock, "e1", 1).await;
    release(lock, "e1", 1).await;
    assert!(acquire(lock, "e1", 2).await);
}

/// Eight owners at once, one lock.
pub async fn of_concurrent_owners_one_wins<F: LockFixture>(fixture: &F) {
    let lock = fixture.lock();
    let won = concurrently((0..8).map(|owner| acquire(lock, "e1", owner))).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
}
