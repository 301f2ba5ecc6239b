//! Committing decisions: all of one, or nothing.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::analysis::Comparison;
use crate::experiment::{Effect, Event, EventKind, Experiment, State};
use crate::id::{EffectId, Fence, Revision};
use crate::ports::store::{
    Commit, CommitError, CreateError, Deployment, ExperimentStore, PendingEffect, Schedule, created_event,
};
use crate::testing::build::{at, experiment, generated};
use crate::testing::contract::concurrently;
use crate::testing::contract::store::{
    StoreFixture, StorePorts, brought_to, claim, committed, comparison, created, deleted_event, generated_step, older,
    step, store_new, under,
};
use crate::time::Timestamp;

/// Everything of an experiment that a decision could change.
#[derive(Debug, PartialEq)]
struct Everything {
    experiment: Option<Experiment>,
    history: Vec<Event>,
    effects: Vec<PendingEffect>,
    deployments: Vec<Deployment>,
    comparison: Option<Comparison>,
    next_due: Option<Timestamp>,
    cursor: Option<String>,
}

async fn everything(store: &impl StorePorts, id: &crate::id::ExperimentId) -> Everything {
    Everything {
        experiment: store.load(id).await.expect("loads"),
        history: store.history(id, Revision(0), 100).await.expect("reads"),
        effects: store.pending(id).await.expect("reads"),
        deployments: store.deployments(id).await.expect("reads"),
        comparison: store.comparison(id).await.expect("reads"),
        next_due: store.next_due().await.expect("reads"),
        cursor: store.latest_cursor().await.expect("reads"),
    }
}

/// A decision with every part that there is.
fn full(before: &Experiment, secs: i64) -> Commit {
    let mut commit = generated_step(before, secs);
    let id = EffectId { experiment_id: before.id.clone(), revision: commit.experiment.revision, ordinal: 0 };
    commit.effects = vec![(id, Effect::AnalyseSamples)];
    commit.comparison = Some(comparison("of the decision"));
    commit.due_at = Some(at(secs));
    commit
}

async fn assert_conflict(store: &impl StorePorts, commit: &Commit) {
    let before = everything(store, &commit.experiment.id).await;
    let result = store.commit(commit).await;
    assert!(matches!(result, Err(CommitError::Conflict)), "{result:?}");
    assert_eq!(everything(store, &commit.experiment.id).await, before, "a conflict writes nothing");
    assert!(!store.is_committed(&commit.experiment.id, &commit.token).await.expect("reads"));
}

/// State, event, effects, configurations and comparison are stored together.
pub async fn a_decision_is_stored_with_all_its_parts<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = brought_to(store, created(store, "e1", None).await, State::Initializing, 1).await;
    let commit = full(&before, 7);
    committed(store, commit.clone()).await;
    let now = everything(store, &before.id).await;
    assert_eq!(now.experiment.as_ref(), Some(&commit.experiment));
    assert_eq!(now.history.last(), Some(&commit.event));
    assert_eq!(now.effects.iter().map(|one| one.effect).collect::<Vec<_>>(), [Effect::AnalyseSamples]);
    let configurations: Vec<_> = now.deployments.into_iter().map(|one| one.pipeline).collect();
    let generated = generated(&before);
    assert_eq!(configurations, [generated.baseline, generated.candidate]);
    assert_eq!(now.comparison, commit.comparison);
    assert_eq!(now.next_due, Some(at(7)));
}

/// Compare and set on the revision.
pub async fn a_decision_on_an_old_revision_writes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let old = created(store, "e1", Some(at(90))).await;
    let mut first = step(&old, State::Initializing, 1);
    first.effects = full(&old, 1).effects;
    committed(store, first).await;
    assert_conflict(store, &Commit { token: "late".to_owned(), ..full(&old, 2) }).await;
}

/// Compare and set on the fence: whoever held the experiment before writes nothing.
pub async fn a_decision_under_an_old_fence_writes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let lost = claim(store, 1, 0).await;
    let current = claim(store, 2, 60).await;
    assert_conflict(store, &under(&lost, full(&before, 61))).await;
    committed(store, under(&current, step(&before, State::Initializing, 62))).await;
}

/// A fence is only current when a claim gave it.
pub async fn a_decision_under_a_fence_that_was_never_given_writes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    assert_conflict(store, &Commit { fence: Some(Fence(0)), ..full(&before, 1) }).await;
    let claim = claim(store, 1, 0).await;
    assert_conflict(store, &Commit { fence: Some(older(&claim)), ..full(&before, 1) }).await;
    assert_conflict(store, &Commit { fence: Some(Fence(claim.fence.0 + 1)), ..full(&before, 1) }).await;
}

/// Whoever gave a claim back has no right to write under it.
pub async fn a_decision_after_the_claim_was_given_back_writes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let claim = claim(store, 1, 0).await;
    store.settle(&claim, None).await.expect("settles");
    assert_conflict(store, &under(&claim, full(&before, 1))).await;
}

/// What is not there has no revision.
pub async fn a_decision_on_an_unknown_experiment_is_a_conflict<F: StoreFixture>(fixture: &F) {
    assert_conflict(fixture.store(), &full(&experiment("e1", "e1"), 1)).await;
}

/// Commands of clients take no lease, also while somebody else holds one; the holder then has an old revision.
pub async fn a_client_needs_the_revision_only<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", Some(at(0))).await;
    let claim = claim(store, 1, 0).await;
    let now = committed(store, step(&before, State::Initializing, 1)).await;
    assert_conflict(store, &Commit { token: "late".to_owned(), ..under(&claim, full(&before, 2)) }).await;
    committed(store, under(&claim, step(&now, State::Failed, 3))).await;
}

/// A decision whose answer was lost may be sent again, also when others followed.
pub async fn a_repeated_decision_is_the_same_success<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", None).await;
    let first = step(&before, State::Initializing, 1);
    let now = committed(store, first.clone()).await;
    committed(store, first.clone()).await;
    let second = committed(store, full(&now, 2)).await;
    committed(store, first).await;
    let now = everything(store, &before.id).await;
    assert_eq!(now.experiment, Some(second));
    assert_eq!(now.history.iter().map(|event| event.seq.0).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(now.effects.len(), 1);
}

/// The token resolves a commit whose outcome is unknown.
pub async fn a_token_tells_whether_its_decision_is_stored<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", None).await;
    let other = created(store, "e2", None).await;
    let commit = step(&before, State::Initializing, 1);
    assert!(!store.is_committed(&before.id, &commit.token).await.expect("reads"));
    committed(store, commit.clone()).await;
    assert!(store.is_committed(&before.id, &commit.token).await.expect("reads"));
    assert!(!store.is_committed(&before.id, "another").await.expect("reads"));
    assert!(!store.is_committed(&other.id, &commit.token).await.expect("reads"));
}

/// Of all decisions on one revision exactly one is stored.
pub async fn of_concurrent_decisions_one_wins<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = created(store, "e1", None).await;
    let rivals: Vec<Commit> = (0..8)
        .map(|number| Commit { token: format!("rival-{number}"), ..step(&before, State::Initializing, number) })
        .collect();
    let results = concurrently(rivals.iter().map(|rival| store.commit(rival))).await;
    let winners: Vec<&Commit> =
        results.iter().zip(&rivals).filter(|(result, _)| result.is_ok()).map(|(_, rival)| rival).collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    let now = everything(store, &before.id).await;
    assert_eq!(now.experiment.as_ref(), winners.first().map(|winner| &winner.experiment));
    assert_eq!(now.history.len(), 2);
}

/// Counts per state, without states that have none.
pub async fn counts_follow_the_states<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    assert_eq!(store.count_by_state().await.expect("counts"), []);
    for (id, state) in [("e1", State::Pending), ("e2", State::Running), ("e3", State::Running), ("e4", State::Failed)] {
        brought_to(store, created(store, id, None).await, state, 1).await;
    }
    let mut counts = store.count_by_state().await.expect("counts");
    counts.sort_unstable();
    assert_eq!(counts, [(State::Pending, 1), (State::Running, 2), (State::Failed, 1)]);
}

/// What stays of a deleted experiment is its history, which ends with the deletion.
pub async fn deleting_leaves_nothing_but_the_history<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let before = brought_to(store, created(store, "e1", Some(at(0))).await, State::Running, 1).await;
    let mut ending = full(&before, 9);
    ending.experiment.state = State::Completed;
    let ended = committed(store, ending).await;
    assert!(store.delete(&ended.id, ended.revision, &deleted_event(&ended, 10)).await.expect("deletes"));
    assert!(!store.delete(&ended.id, ended.revision, &deleted_event(&ended, 11)).await.expect("does nothing"));
    let left = everything(store, &ended.id).await;
    assert_eq!((left.experiment, left.effects, left.deployments), (None, Vec::new(), Vec::new()));
    assert_eq!((left.comparison, left.next_due), (None, None));
    let kinds: Vec<EventKind> = left.history.iter().map(|event| event.kind).collect();
    assert_eq!((left.history.len(), kinds.last()), (6, Some(&EventKind::Deleted)));
    assert_eq!(store.count_by_state().await.expect("counts"), []);
}

/// Deleting is a decision on a revision, too.
pub async fn deleting_an_old_revision_changes_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let old = created(store, "e1", None).await;
    committed(store, step(&old, State::Cancelled, 1)).await;
    let before = everything(store, &old.id).await;
    assert!(!store.delete(&old.id, old.revision, &deleted_event(&old, 2)).await.expect("refuses"));
    assert_eq!(everything(store, &old.id).await, before);
}

/// The history of an id is one story: the id of a deleted experiment is not used again, its name is.
pub async fn a_deleted_id_is_retired_and_its_name_is_free<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let ended = brought_to(store, created(store, "e1", None).await, State::Cancelled, 1).await;
    assert!(store.delete(&ended.id, ended.revision, &deleted_event(&ended, 2)).await.expect("deletes"));
    let again = experiment("e1", "e1");
    let refused = store.create(&again, &created_event(&again, &crate::experiment::Cause::system()), None).await;
    assert!(matches!(refused, Err(CreateError::IdRetired)), "{refused:?}");
    store_new(store, experiment("e2", "e1"), None).await;
}
