//! Creating experiments: what is checked, what may be repeated, what is taken.

use serde_json::json;

use crate::app::tests::world::{World, caller, cancel, changed, document, stranger};
use crate::error::Code;
use crate::experiment::{EventKind, State};
use crate::id::Revision;
use crate::ports::cache::{Cache, CacheKey};
use crate::ports::store::{ExperimentStore, Filter};
use crate::testing::fake::{Fault, Faults, Point};

fn with_id(name: &str, id: &str) -> serde_json::Value {
    let mut document = document(name);
    document["metadata"]["id"] = json!(id);
    document
}

#[tokio::test]
async fn a_created_experiment_waits_for_its_start() {
    let world = World::new();
    let replica = world.replica(1);
    let created = replica.commands.create(&caller(), document("one")).await.unwrap();
    assert!(!created.existed);
    let experiment = created.experiment;
    assert_eq!((experiment.state, experiment.revision, experiment.name.as_str()), (State::Pending, Revision(1), "one"));
    let history = world.history(&experiment.id).await;
    assert_eq!((history.len(), history[0].kind, history[0].actor.as_str()), (1, EventKind::Created, "alice"));
    let cached = world.cache.get(&CacheKey::ExperimentState(experiment.id.clone())).await.unwrap();
    assert_eq!(cached.as_deref(), Some("pending"));
    assert_eq!(world.instruments.measured().commits, 1);

    world.run_for(&replica, 100).await;
    assert_eq!(world.load(&experiment.id).await, experiment, "nobody starts it");
    assert_eq!(world.next_due().await, None);
}

#[tokio::test]
async fn a_scheduled_start_comes_by_itself() {
    let world = World::new();
    let replica = world.replica(1);
    let start = crate::testing::build::at(50).to_string();
    let created =
        replica.commands.create(&caller(), changed("one", &[("/schedule/start", json!(start))])).await.unwrap();
    let id = created.experiment.id;
    world.run_for(&replica, 49).await;
    assert_eq!(world.load(&id).await.state, State::Pending);
    assert_eq!(world.next_due().await, Some(crate::testing::build::at(50)));
    world.run_for(&replica, 1).await;
    assert_ne!(world.load(&id).await.state, State::Pending);
    assert_eq!(world.history(&id).await[1].actor.as_str(), "system");
}

#[tokio::test]
async fn a_start_that_never_comes_expires_when_there_is_a_deadline() {
    let world = World::new();
    let replica = world.replica(1);
    let created =
        replica.commands.create(&caller(), changed("one", &[("/deadlines", json!({"pending": "1m"}))])).await.unwrap();
    let ended = world.run_to_end(&replica, &created.experiment.id).await;
    assert_eq!((ended.state, world.secs()), (State::Cancelled, 60));
}

#[tokio::test]
async fn the_same_request_with_the_same_id_is_accepted_once() {
    let world = World::new();
    let replica = world.replica(1);
    let first = replica.commands.create(&caller(), with_id("one", "my-id")).await.unwrap();
    world.pass(5);
    replica.command(&first.experiment.id, crate::experiment::Command::Start).await.unwrap();
    let again = replica.commands.create(&caller(), with_id("one", "my-id")).await.unwrap();
    assert!(again.existed);
    assert_eq!(again.experiment.state, State::Initializing, "as it is stored now");
    assert_eq!(world.kinds(&first.experiment.id).await, [EventKind::Created, EventKind::Started]);

    for (other, words) in [
        (with_id("two", "my-id"), "there is another experiment with the id \"my-id\""),
        (changed("one", &[("/description", json!("else"))]), "an experiment named \"one\" has not ended yet"),
    ] {
        let error = replica.commands.create(&caller(), other).await.unwrap_err();
        assert_eq!(error.code(), Code::AlreadyExists);
        assert!(error.message().starts_with(words), "{error}");
    }
    let error = replica.commands.create(&stranger(), with_id("one", "my-id")).await.unwrap_err();
    assert_eq!(error.message(), "the id \"my-id\" is taken");
}

#[tokio::test]
async fn a_name_is_free_again_once_its_experiment_has_ended() {
    let world = World::new();
    let replica = world.replica(1);
    let first = replica.commands.create(&caller(), document("one")).await.unwrap().experiment;
    let error = replica.commands.create(&caller(), document("one")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.details().get("id").map(String::as_str)),
        (Code::AlreadyExists, Some(first.id.as_str()))
    );
    // Another tenant's names are its own.
    replica.commands.create(&stranger(), document("one")).await.unwrap();

    replica.command(&first.id, cancel()).await.unwrap();
    let second = replica.commands.create(&caller(), document("one")).await.unwrap().experiment;
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_nothing_is_stored() {
    let world = World::new();
    let replica = world.replica(1);
    let bad = changed(
        "one",
        &[("/schedule/duration", json!("1s")), ("/candidate/baseTemplate", json!("nosuch")), ("/surplus", json!(1))],
    );
    let error = replica.commands.create(&caller(), bad).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    let fields: Vec<&str> = error.details().keys().map(String::as_str).collect();
    assert_eq!(fields, ["spec.candidate.baseTemplate", "spec.schedule.duration", "spec.surplus"]);
    let filter = Filter::default();
    assert_eq!(world.store.list(&filter, 10, None).await.unwrap().items, []);
}

#[tokio::test]
async fn a_candidate_that_drops_a_critical_process_by_name_is_create() {
    let world = World::new();
    let filter = json!([{"name": "process-filter", "parameters": {"patterns": ["^nginx$"]}}]);
    let bad = changed("one", &[("/candidate/optimizations", filter)]);
    let error = world.replica(1).commands.create(&caller(), bad).await.unwrap_err();
    assert!(error.message().contains("^postgres$"), "{error}");
}

/// The connection to the store breaks while the answer is on its way.
#[tokio::test]
async fn a_creation_with_an_unknown_outcome_is_looked_up() {
    for happened in [true, false] {
        let world = World::new();
        let faults = Faults::none();
        let replica = world.replica_with(1, &faults);
        faults.strike(Point { call: "create", happened }, Fault::Failure);
        let result = replica.commands.create(&caller(), document("one")).await;
        match result {
            Ok(created) => {
                assert!(happened && !created.existed);
                assert_eq!(world.kinds(&created.experiment.id).await, [EventKind::Created]);
            }
            Err(error) => {
                assert!(!happened);
                assert_eq!(error.code(), Code::Unavailable);
            }
        }
    }
}

#[tokio::test]
async fn an_id_never_means_one_experiment_and_a_name_another() {
    let world = World::new();
    let replica = world.replica(1);
    replica.commands.create(&caller(), with_id("victim", "own-id")).await.unwrap();
    let alice = caller();
    let create = |document| replica.commands.create(&alice, document);
    let error = create(with_id("other", "victim")).await.unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    assert!(error.message().contains("the id \"victim\" is the name of another experiment"), "{error}");
    let error = create(document("own-id")).await.unwrap_err();
    assert_eq!(error.code(), Code::AlreadyExists);
    assert!(error.message().contains("the name \"own-id\" is the id of another experiment"), "{error}");
    // Its own id as its name is no riddle, and the same request may be repeated.
    assert!(!create(with_id("same", "same")).await.unwrap().existed);
    assert!(create(with_id("same", "same")).await.unwrap().existed);
}

#[tokio::test]
async fn an_end_that_has_passed_is_refused_before_anything_starts() {
    let world = World::new();
    let replica = world.replica(1);
    world.run_for(&replica, 100).await;
    let end = crate::testing::build::at(50).to_string();
    let error =
        replica.commands.create(&caller(), changed("late", &[("/schedule/end", json!(end))])).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
    assert!(error.message().starts_with("spec.schedule.end: "), "{error}");
}

#[tokio::test]
async fn a_creation_may_be_repeated_after_its_end() {
    let world = World::new();
    let replica = world.replica(1);
    let mut document = changed("timed", &[("/schedule/end", json!(crate::testing::build::at(50).to_string()))]);
    document["metadata"]["id"] = json!("timed-1");
    assert!(!replica.commands.create(&caller(), document.clone()).await.unwrap().existed);
    world.run_for(&replica, 100).await;
    assert!(replica.commands.create(&caller(), document).await.unwrap().existed);
}
