//! What is set for the whole controller, and what has been over for long.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::experiment::{Cleanup, State};
use crate::id::Actor;
use crate::ports::control::{ControlStore, Freeze};
use crate::ports::store::ExperimentStore;
use crate::testing::build::at;
use crate::testing::contract::store::{StoreFixture, StorePorts, brought_to, committed, created, step};

fn freeze(secs: i64, reason: &str) -> Freeze {
    Freeze { since: at(secs), actor: Actor::system(), reason: reason.to_owned() }
}

/// Who freezes what is frozen changes nothing; who thaws twice neither.
pub async fn a_freeze_holds_from_the_first_request_to_the_thaw<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    assert_eq!(store.freeze().await.expect("reads"), None);
    let first = freeze(1, "release \"day\"");
    assert_eq!(store.set_freeze(Some(first.clone())).await.expect("freezes"), Some(first.clone()));
    assert_eq!(store.set_freeze(Some(freeze(2, "again"))).await.expect("freezes"), Some(first.clone()));
    assert_eq!(store.freeze().await.expect("reads"), Some(first));
    for _ in 0..2 {
        assert_eq!(store.set_freeze(None).await.expect("thaws"), None);
        assert_eq!(store.freeze().await.expect("reads"), None);
    }
}

/// An experiment that ended at `at(secs)` and came to this with its pipelines.
async fn over(store: &impl StorePorts, id: &str, secs: i64, cleanup: Cleanup) {
    let pending = created(store, id, None).await;
    let mut end = step(&pending, State::Cancelled, secs);
    end.experiment.status.cleanup = cleanup;
    committed(store, end).await;
}

/// Oldest first; not what goes on, nor what has pipelines left.
pub async fn what_ended_long_ago_and_left_nothing_is_found<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, secs, cleanup) in [
        ("later", 30, Cleanup::Confirmed),
        ("older", 10, Cleanup::Confirmed),
        ("kept", 10, Cleanup::Kept),
        ("unclean", 10, Cleanup::Pending),
        ("oldest", 5, Cleanup::Confirmed),
    ] {
        over(store, id, secs, cleanup).await;
    }
    brought_to(store, created(store, "going-on", None).await, State::Initializing, 1).await;
    let found = |before, limit| async move {
        let found = store.ended_before(at(before), limit).await.expect("reads");
        found.iter().map(|one| one.id.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(30, 10).await, "oldest older");
    assert_eq!(found(31, 10).await, "oldest older later");
    assert_eq!(found(31, 1).await, "oldest");
    assert_eq!(found(5, 10).await, "");
}
