//! Who may drive an experiment, and for how long.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::collections::BTreeSet;

use crate::experiment::State;
use crate::id::ExperimentId;
use crate::ports::store::{Commit, Schedule};
use crate::testing::build::at;
use crate::testing::contract::concurrently;
use crate::testing::contract::store::{LEASE, StoreFixture, claim, claims, committed, created, replica, step, under};

/// Not even the same replica claims twice.
pub async fn nobody_claims_what_somebody_holds<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let claim = claim(store, 1, 0).await;
    assert_eq!(claim.until, at(0) + LEASE);
    assert_eq!(claims(store, 1, 1).await, []);
    assert_eq!(claims(store, 2, 29).await, []);
}

/// Eight claimants at once share the work and no experiment.
pub async fn concurrent_claimants_never_share_an_experiment<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for number in 0..200 {
        created(store, &format!("e{number}"), Some(at(number))).await;
    }
    let claimant = async |number| {
        let mut mine = Vec::new();
        loop {
            let claims = store.claim_due(&replica(number), at(1_000), 7, LEASE).await.expect("claims");
            if claims.is_empty() {
                return mine;
            }
            mine.extend(claims.into_iter().map(|claim| claim.experiment_id));
        }
    };
    let claimed: Vec<ExperimentId> = concurrently((0..8).map(claimant)).await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 200, "every experiment is claimed once");
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 200, "by one claimant");
}

/// A holder that died loses its claim at the end of the lease.
pub async fn a_lease_that_ended_is_claimed_under_a_higher_fence<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let mut fence = claim(store, 1, 0).await.fence;
    for (owner, secs) in [(2, 30), (1, 60), (1, 90)] {
        assert_eq!(claims(store, owner, secs - 1).await, []);
        let next = claim(store, owner, secs).await;
        assert!(next.fence > fence, "{:?} after {fence:?}", next.fence);
        fence = next.fence;
    }
}

/// Long work keeps its claim.
pub async fn a_renewed_lease_lasts_longer<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let held = claim(store, 1, 0).await;
    assert!(store.renew(&held, at(100)).await.expect("renews"));
    assert_eq!(claims(store, 2, 99).await, []);
    assert!(claim(store, 2, 100).await.fence > held.fence);
}

/// A renewal that was slow on its way does no harm.
pub async fn renewing_never_shortens<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let held = claim(store, 1, 0).await;
    assert!(store.renew(&held, at(100)).await.expect("renews"));
    assert!(store.renew(&held, at(40)).await.expect("renews"));
    assert_eq!(store.next_due().await.expect("reads"), Some(at(100)));
}

/// A claim is lost to the next holder, or when it was given back.
pub async fn a_lost_claim_is_not_renewed<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let lost = claim(store, 1, 0).await;
    let current = claim(store, 2, 60).await;
    assert!(!store.renew(&lost, at(500)).await.expect("refuses"));
    assert_eq!(store.next_due().await.expect("reads"), Some(at(90)));
    store.settle(&current, None).await.expect("settles");
    assert!(!store.renew(&current, at(500)).await.expect("refuses"));
    assert_eq!(store.next_due().await.expect("reads"), None);
}

/// Whoever is late disturbs neither the holder nor the schedule.
pub async fn settling_a_lost_claim_changes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    let lost = claim(store, 1, 0).await;
    let current = claim(store, 2, 60).await;
    store.settle(&lost, Some(at(61))).await.expect("does nothing");
    assert_eq!(claims(store, 3, 70).await, []);
    store.settle(&current, Some(at(200))).await.expect("settles");
    store.settle(&lost, Some(at(61))).await.expect("does nothing");
    store.settle(&current, Some(at(61))).await.expect("does nothing");
    assert_eq!(store.next_due().await.expect("reads"), Some(at(200)));
}

/// A client's decision takes nobody's lease away.
pub async fn a_command_leaves_the_lease_alone<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let held = claim(store, 1, 0).await;
    let now = committed(store, Commit { due_at: Some(at(1)), ..step(&before, State::Initializing, 1) }).await;
    assert_eq!(claims(store, 2, 29).await, []);
    assert!(store.renew(&held, at(60)).await.expect("renews"));
    committed(store, under(&held, step(&now, State::Failed, 2))).await;
}

/// The holder may decide several times; its settlement says when the experiment is due, or the end of its lease does.
pub async fn the_holders_decision_leaves_its_lease_alone<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let held = claim(store, 1, 0).await;
    let first = Commit { due_at: Some(at(1)), ..step(&before, State::Initializing, 1) };
    let now = committed(store, under(&held, first)).await;
    assert_eq!(claims(store, 2, 29).await, []);
    committed(store, under(&held, Commit { due_at: Some(at(2)), ..step(&now, State::Failed, 2) })).await;
    assert_eq!(store.next_due().await.expect("reads"), Some(at(30)));
    store.settle(&held, Some(at(100))).await.expect("settles");
    assert_eq!(store.next_due().await.expect("reads"), Some(at(100)));
}

/// What a worker may sleep until.
pub async fn what_is_due_next_is_the_earliest_instant_or_end_of_a_lease<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    created(store, "e1", Some(at(0))).await;
    created(store, "e2", Some(at(50))).await;
    let held = claim(store, 1, 0).await;
    assert_eq!(store.next_due().await.expect("reads"), Some(at(30)), "the lease ends first");
    assert!(store.renew(&held, at(80)).await.expect("renews"));
    assert_eq!(store.next_due().await.expect("reads"), Some(at(50)), "the other one is due first");
    store.settle(&held, Some(at(40))).await.expect("settles");
    assert_eq!(store.next_due().await.expect("reads"), Some(at(40)));
}
