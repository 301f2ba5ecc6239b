//! One-shot effects of committed decisions.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::experiment::{Effect, Experiment, State};
use crate::id::EffectId;
use crate::ports::store::{Commit, Outbox, PendingEffect};
use crate::testing::build::at;
use crate::testing::contract::store::{StoreFixture, committed, created, step};

fn asking(before: &Experiment, to: State, secs: i64, effects: &[Effect]) -> Commit {
    let mut commit = step(before, to, secs);
    let revision = commit.experiment.revision;
    let id = |ordinal| EffectId { experiment_id: before.id.clone(), revision, ordinal };
    commit.effects = (0..).zip(effects).map(|(ordinal, effect)| (id(ordinal), *effect)).collect();
    commit
}

/// Effects wait in the order of the decision, due with it, never tried.
pub async fn effects_are_due_at_once_and_in_order<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", None).await;
    let other = created(store, "e2", None).await;
    assert_eq!(store.pending(&before.id).await.expect("reads"), []);
    let commit = asking(&before, State::Initializing, 3, &[Effect::GeneratePipelines, Effect::AnalyseSamples]);
    committed(store, commit.clone()).await;
    let expected: Vec<PendingEffect> = commit
        .effects
        .into_iter()
        .map(|(id, effect)| PendingEffect { id, effect, attempts: 0, due_at: at(3) })
        .collect();
    assert_eq!(store.pending(&before.id).await.expect("reads"), expected);
    assert_eq!(store.pending(&other.id).await.expect("reads"), []);
}

/// Every decision supersedes the effects of the ones before it.
pub async fn a_decision_ends_the_effects_of_earlier_ones<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", None).await;
    let other = created(store, "e2", None).await;
    committed(store, asking(&other, State::Initializing, 1, &[Effect::GeneratePipelines])).await;
    let now = committed(store, asking(&before, State::Initializing, 1, &[Effect::GeneratePipelines])).await;
    let next = asking(&now, State::Failed, 2, &[Effect::AnalyseSamples]);
    let now = committed(store, next.clone()).await;
    let ids: Vec<EffectId> = store.pending(&now.id).await.expect("reads").into_iter().map(|one| one.id).collect();
    assert_eq!(ids, next.effects.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    committed(store, step(&now, State::Failed, 3)).await;
    assert_eq!(store.pending(&now.id).await.expect("reads"), []);
    assert_eq!(store.pending(&other.id).await.expect("reads").len(), 1, "another experiment's effects stay");
}

/// A failed attempt is counted, and the effect waits.
pub async fn a_postponed_effect_keeps_its_attempts<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let commit = asking(&created(store, "e1", None).await, State::Initializing, 1, &[Effect::GeneratePipelines]);
    let now = committed(store, commit).await;
    let waiting = store.pending(&now.id).await.expect("reads").pop().expect("there is one");
    for _ in 0..2 {
        store.postpone(&waiting.id, 3, at(60)).await.expect("postpones, again and again");
    }
    let expected = PendingEffect { attempts: 3, due_at: at(60), ..waiting };
    assert_eq!(store.pending(&now.id).await.expect("reads"), [expected]);
}

/// A late replica cannot bring a superseded effect back.
pub async fn postponing_a_superseded_effect_changes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let commit = asking(&created(store, "e1", None).await, State::Initializing, 1, &[Effect::GeneratePipelines]);
    let now = committed(store, commit).await;
    let superseded = store.pending(&now.id).await.expect("reads").pop().expect("there is one");
    let now = committed(store, asking(&now, State::Failed, 2, &[Effect::AnalyseSamples])).await;
    let before = store.pending(&now.id).await.expect("reads");
    store.postpone(&superseded.id, 9, at(90)).await.expect("does nothing");
    assert_eq!(store.pending(&now.id).await.expect("reads"), before);
}
