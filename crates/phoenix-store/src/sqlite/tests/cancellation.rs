//! Calls that are abandoned half-way, at any point, leave a whole store behind; calls in parallel neither disturb each other nor deadlock.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use phoenix_core::experiment::State;
use phoenix_core::id::Revision;
use phoenix_core::ports::store::{CommitError, EventLog as _, ExperimentStore as _, Outbox as _, Schedule as _};
use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::store::{LEASE, committed, created, replica, step, under};

use crate::sqlite::tests::{asking, empty};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_commit_happened_or_did_not() {
    let (store, _directory) = empty().await;
    let mut now = created(&store, "e1", None).await;
    let mut abandoned = 0_u32;
    for number in 0..300_u64 {
        let commit = asking(&now, State::Initializing, 1);
        let patience = number % 8;
        let result = give_up_after(patience, store.commit(&commit)).await;
        abandoned += u32::from(result.is_none());
        assert!(matches!(result, Some(Ok(())) | None), "{result:?}");
        // Whoever writes next waits for what is still on its way.
        store.wake(&now.id, at(1_000)).await.expect("the store goes on working");
        let stored = store.load(&now.id).await.expect("loads").expect("it is there");
        let is_stored = store.is_committed(&now.id, &commit.token).await.expect("reads");
        assert_eq!(is_stored, stored == commit.experiment, "after {patience} waits");
        assert_eq!(store.pending(&now.id).await.expect("reads").len(), usize::from(stored.revision.0 > 1));
        now = stored;
    }
    assert!(abandoned > 10, "only {abandoned} commits were abandoned: the test is too patient");
    let history = store.history(&now.id, Revision(0), 1_000).await.expect("reads");
    assert!(history.iter().map(|event| event.seq.0).eq(1..=now.revision.0), "no gaps");
}

/// Drops the future when it waits once more than `waits` times: by its steps and not by the clock, so on any disk.
async fn give_up_after<F: Future>(mut waits: u64, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if waits == 0 => Poll::Ready(None),
        Poll::Pending => {
            waits -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_workers_drive_fifty_experiments_and_every_decision_is_made_once() {
    let (store, _directory) = empty().await;
    let store = Arc::new(store);
    for number in 0..50 {
        created(&*store, &format!("e{number}"), Some(at(0))).await;
    }
    let work = |owner: u32| {
        let store = Arc::clone(&store);
        async move {
            let mut decisions = 0_u64;
            loop {
                let claims = store.claim_due(&replica(owner), at(10), 3, LEASE).await.expect("claims");
                if claims.is_empty() && store.next_due().await.expect("reads").is_none() {
                    return decisions;
                }
                for claim in claims {
                    let before = store.load(&claim.experiment_id).await.expect("loads").expect("it is there");
                    if before.state == State::Failed {
                        store.settle(&claim, None).await.expect("settles");
                        continue;
                    }
                    let to = if before.state == State::Pending { State::Initializing } else { State::Failed };
                    committed(&*store, under(&claim, asking(&before, to, 11))).await;
                    decisions += 1;
                    // A client at the same time, with an old revision.
                    let late = store.commit(&step(&before, State::Cancelled, 12)).await;
                    assert!(matches!(late, Ok(()) | Err(CommitError::Conflict)), "{late:?}");
                    store.settle(&claim, Some(at(10))).await.expect("settles");
                }
            }
        }
    };
    let workers: Vec<_> = (0..8).map(|owner| tokio::spawn(work(owner))).collect();
    let mut decisions = 0;
    for worker in workers {
        decisions += worker.await.expect("the worker ends");
    }
    assert_eq!(decisions, 100);
    for number in 0..50 {
        let id = format!("e{number}").parse().expect("valid");
        let history = store.history(&id, Revision(0), 10).await.expect("reads");
        assert_eq!(history.iter().map(|event| event.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
