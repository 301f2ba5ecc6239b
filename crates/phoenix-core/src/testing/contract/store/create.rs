//! Creating experiments and finding them by name.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::experiment::{Cause, Experiment, State};
use crate::ports::store::{CreateError, EventLog, ExperimentStore, Schedule, created_event};
use crate::testing::build::{at, experiment};
use crate::testing::contract::concurrently;
use crate::testing::contract::store::{StoreFixture, StorePorts, brought_to, claim, created, store_new, tenant};

async fn try_create(store: &impl StorePorts, new: &Experiment) -> Result<(), CreateError> {
    store.create(new, &created_event(new, &Cause::system()), Some(at(0))).await
}

/// What is loaded is what was created, to the last field.
pub async fn a_new_experiment_is_loaded_as_it_was_created<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let mut new = experiment("e1", "cut-cost");
    new.labels.insert("team".to_owned(), "platform".to_owned());
    new.spec.description.push_str("Roll processes up: \"by\" executable, \u{fc}\u{1f980}");
    new.tenant = tenant("acme");
    let new = store_new(store, new, None).await;
    assert_eq!(store.load(&new.id).await.expect("loads"), Some(new.clone()));
    assert_eq!(store.find_by_name(&new.tenant, &new.name).await.expect("finds"), Some(new));
    assert_eq!(store.load(&experiment("e2", "e2").id).await.expect("loads"), None);
}

/// The creation writes its event and its place in the schedule.
pub async fn a_creation_is_the_first_event_and_is_due<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let new = created(store, "e1", Some(at(5))).await;
    let history = store.history(&new.id, crate::id::Revision(0), 10).await.expect("reads");
    assert_eq!(history, [created_event(&new, &Cause::system())]);
    assert_eq!(store.next_due().await.expect("reads"), Some(at(5)));
    assert_eq!(claim(store, 1, 5).await.experiment_id, new.id);
}

/// A repeated creation meets the stored experiment, as it is now.
pub async fn creating_an_id_again_hands_back_the_stored_experiment<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let first = created(store, "e1", None).await;
    let now = brought_to(store, first, State::Initializing, 1).await;
    match try_create(store, &experiment("e1", "another-name")).await {
        Err(CreateError::IdTaken(stored)) => assert_eq!(*stored, now),
        other => assert!(other.is_err(), "the id is taken: {other:?}"),
    }
    assert_eq!(store.load(&now.id).await.expect("loads"), Some(now));
}

/// A name is taken until its experiment ends, whichever end it takes.
pub async fn a_name_is_taken_until_its_experiment_ends<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (number, end) in [State::Completed, State::Failed, State::Cancelled].into_iter().enumerate() {
        let holder = store_new(store, experiment(&format!("holder-{number}"), "shared"), None).await;
        let refused = try_create(store, &experiment("late", "shared")).await;
        assert!(matches!(&refused, Err(CreateError::NameTaken(id)) if *id == holder.id), "{refused:?}");
        brought_to(store, holder, end, 1).await;
    }
    assert!(try_create(store, &experiment("late", "shared")).await.is_ok(), "the name is free again");
}

/// Names are unique per tenant.
pub async fn names_of_other_tenants_do_not_collide<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let mut ours = experiment("e1", "shared");
    ours.tenant = tenant("ours");
    let mut theirs = experiment("e2", "shared");
    theirs.tenant = tenant("theirs");
    let (ours, theirs) = (store_new(store, ours, None).await, store_new(store, theirs, None).await);
    assert_eq!(store.find_by_name(&ours.tenant, &ours.name).await.expect("finds"), Some(ours));
    assert_eq!(store.find_by_name(&theirs.tenant, &theirs.name).await.expect("finds"), Some(theirs));
    let nobody = tenant("nobody");
    assert_eq!(store.find_by_name(&nobody, &experiment("x", "shared").name).await.expect("finds"), None);
}

/// A repeated creation has both its id and its name taken: the id is what matters.
pub async fn a_taken_id_is_reported_before_a_taken_name<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let first = created(store, "e1", None).await;
    let again = try_create(store, &first).await;
    assert!(matches!(again, Err(CreateError::IdTaken(_))), "{again:?}");
}

/// A refused creation leaves neither event nor schedule behind.
pub async fn a_refused_creation_stores_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let first = created(store, "e1", None).await;
    let cursor = store.latest_cursor().await.expect("reads");
    let late = experiment("e2", "e1");
    assert!(try_create(store, &late).await.is_err(), "the name is taken");
    assert!(try_create(store, &first).await.is_err(), "the id is taken");
    assert_eq!(store.load(&late.id).await.expect("loads"), None);
    assert_eq!(store.history(&late.id, crate::id::Revision(0), 10).await.expect("reads"), []);
    assert_eq!(store.latest_cursor().await.expect("reads"), cursor);
    assert_eq!(store.next_due().await.expect("reads"), None);
}

/// Among several experiments of one name, the present one comes first, then the newest.
pub async fn a_name_finds_the_one_that_has_not_ended_else_the_newest<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let ended = |id: &str, secs: i64| {
        let mut one = experiment(id, "shared");
        one.created_at = at(secs);
        one
    };
    let newer = brought_to(store, store_new(store, ended("e1", 20), None).await, State::Cancelled, 21).await;
    let older = brought_to(store, store_new(store, ended("e2", 10), None).await, State::Cancelled, 30).await;
    let find = async || store.find_by_name(&older.tenant, &older.name).await.expect("finds");
    assert_eq!(find().await, Some(newer));
    let present = store_new(store, ended("e0", 5), None).await;
    assert_eq!(find().await, Some(present));
}

/// Names stay unique when creations race.
pub async fn of_concurrent_creations_of_one_name_one_wins<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let rivals: Vec<Experiment> = (0..8).map(|number| experiment(&format!("e{number}"), "shared")).collect();
    let results = concurrently(rivals.iter().map(|rival| try_create(store, rival))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| matches!(result, Err(CreateError::NameTaken(_)))).count(), 7);
}

/// A creation that a client sends several times at once happens once.
pub async fn of_concurrent_creations_of_one_id_one_wins<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let new = experiment("e1", "e1");
    let results = concurrently((0..8).map(|_| try_create(store, &new))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(|result| matches!(result, Err(CreateError::IdTaken(_)))).count(), 7);
}
