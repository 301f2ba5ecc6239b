//! When experiments are due.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::experiment::State;
use crate::ports::store::{Commit, ExperimentStore, Schedule};
use crate::testing::build::{at, experiment, experiment_id};
use crate::testing::contract::store::{
    StoreFixture, StorePorts, brought_to, claim, claims, claims_of, committed, created, step, store_new, under,
};
use crate::time::Timestamp;

async fn next_due(store: &impl StorePorts) -> Option<Timestamp> {
    store.next_due().await.expect("reads")
}

/// No experiment, no work.
pub async fn nothing_is_due_in_an_empty_store<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    assert_eq!(next_due(store).await, None);
    assert_eq!(claims(store, 1, 1_000_000).await, []);
}

/// The due instant itself is late enough.
pub async fn an_experiment_is_claimed_when_it_is_due_and_not_before<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(10))).await;
    created(store, "e2", None).await;
    assert_eq!(claims(store, 1, 9).await, []);
    let claim = claim(store, 1, 10).await;
    assert_eq!((claim.experiment_id, claim.until), (experiment_id("e1"), at(40)));
}

/// A limit leaves the least overdue ones for the next call.
pub async fn the_most_overdue_are_claimed_first<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, due) in [("e1", 30), ("e2", 10), ("e3", 20), ("e4", 40)] {
        created(store, id, Some(at(due))).await;
    }
    let ids = |claims: Vec<crate::ports::store::Claim>| -> Vec<String> {
        claims.into_iter().map(|claim| claim.experiment_id.to_string()).collect()
    };
    assert_eq!(ids(claims_of(store, 1, 35, 2).await), ["e2", "e3"]);
    assert_eq!(ids(claims_of(store, 1, 35, 2).await), ["e1"]);
}

/// The settlement says when to come again.
pub async fn a_settled_experiment_is_due_when_it_was_told<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let first = claim(store, 1, 0).await;
    store.settle(&first, Some(at(20))).await.expect("settles");
    assert_eq!(next_due(store).await, Some(at(20)));
    assert_eq!(claims(store, 1, 19).await, []);
    assert!(claim(store, 1, 20).await.fence > first.fence);
}

/// `None` waits for ever, until somebody wakes it.
pub async fn without_an_instant_it_waits_to_be_woken<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = created(store, "e1", Some(at(0))).await;
    store.settle(&claim(store, 1, 0).await, None).await.expect("settles");
    assert_eq!(next_due(store).await, None);
    assert_eq!(claims(store, 1, 1_000_000).await, []);
    store.wake(&one.id, at(50)).await.expect("wakes");
    assert_eq!(next_due(store).await, Some(at(50)));
    claim(store, 1, 50).await;
}

/// An earlier instant wins, whoever set it.
pub async fn waking_never_delays<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = created(store, "e1", Some(at(30))).await;
    store.wake(&one.id, at(60)).await.expect("wakes");
    assert_eq!(next_due(store).await, Some(at(30)));
    store.wake(&one.id, at(10)).await.expect("wakes");
    store.wake(&one.id, at(10)).await.expect("wakes, again and again");
    assert_eq!(next_due(store).await, Some(at(10)));
}

/// A wake for what is gone is late, not wrong.
pub async fn waking_an_unknown_experiment_changes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    store.wake(&experiment_id("nobody"), at(0)).await.expect("does nothing");
    assert_eq!(next_due(store).await, None);
    assert_eq!(claims(store, 1, 10).await, []);
}

/// What happens while the holder looks must not be forgotten when it gives the claim back: it may have looked before.
pub async fn a_wake_during_a_claim_outlives_its_settlement<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = created(store, "e1", Some(at(0))).await;
    for due_at in [None, Some(at(500))] {
        let claim = claim(store, 1, 0).await;
        store.wake(&one.id, at(0)).await.expect("wakes");
        assert_eq!(claims(store, 2, 5).await, [], "a woken experiment is still held");
        store.settle(&claim, due_at).await.expect("settles");
        assert_eq!(next_due(store).await, Some(at(0)));
    }
    let claim = claim(store, 1, 5).await;
    store.settle(&claim, Some(at(500))).await.expect("settles");
    assert_eq!(next_due(store).await, Some(at(500)), "a wake counts once");
}

/// The same for a decision of a client.
pub async fn a_command_during_a_claim_outlives_its_settlement<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let held = claim(store, 1, 0).await;
    committed(store, Commit { due_at: Some(at(3)), ..step(&before, State::Initializing, 3) }).await;
    store.settle(&held, Some(at(500))).await.expect("settles");
    assert_eq!(next_due(store).await, Some(at(3)));
    claim(store, 2, 3).await;
}

/// A decision of a client makes the experiment due at its instant or earlier: what was planned before may still be needed.
pub async fn a_command_never_delays<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(30))).await;
    let now = committed(store, Commit { due_at: Some(at(60)), ..step(&before, State::Initializing, 1) }).await;
    assert_eq!(next_due(store).await, Some(at(30)));
    let now = committed(store, Commit { due_at: Some(at(2)), ..step(&now, State::Failed, 2) }).await;
    assert_eq!(next_due(store).await, Some(at(2)));
    committed(store, step(&now, State::Failed, 3)).await;
    assert_eq!(next_due(store).await, Some(at(2)));
}

/// The last settlement of an ended experiment is the end of its work.
pub async fn an_experiment_that_ended_and_was_settled_is_never_due<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, end) in [("e1", State::Completed), ("e2", State::Failed), ("e3", State::Cancelled)] {
        let before = created(store, id, Some(at(0))).await;
        let claim = claim(store, 1, 0).await;
        let now = match end {
            State::Completed => brought_to(store, before, State::Analyzing, 1).await,
            State::Failed => brought_to(store, before, State::Initializing, 1).await,
            _ => before,
        };
        committed(store, under(&claim, step(&now, end, 9))).await;
        store.settle(&claim, None).await.expect("settles");
    }
    assert_eq!(next_due(store).await, None);
    assert_eq!(claims(store, 1, 1_000_000).await, []);
}

/// Work depends on what is due, not on what was.
pub async fn ten_thousand_finished_experiments_are_not_claimed<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for number in 0..10_000 {
        let mut ended = experiment(&format!("ended-{number}"), "ended");
        ended.state = State::Completed;
        store_new(store, ended, None).await;
    }
    assert_eq!(claims(store, 1, 1_000_000).await, []);
    let one = brought_to(store, created(store, "e1", Some(at(5))).await, State::Running, 1).await;
    assert_eq!(claim(store, 1, 5).await.experiment_id, one.id);
    assert_eq!(store.count_by_state().await.expect("counts"), [(State::Running, 1), (State::Completed, 10_000)]);
}
