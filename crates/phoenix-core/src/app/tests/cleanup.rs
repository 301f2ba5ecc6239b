//! What is removed, what is kept, what is deleted.

use serde_json::json;

use crate::app::tests::world::{World, caller, changed, document};
use crate::error::Code;
use crate::experiment::{Cleanup, EventKind, PipelineType, State};
use crate::id::Revision;
use crate::ports::store::{EventLog, ExperimentStore};
use crate::testing::contract::deployer::desired;
use crate::testing::fake::Operation;

#[tokio::test]
async fn the_cleanup_is_tried_until_it_is_confirmed() {
    let world = World::new();
    world.deployer.removal_takes(5);
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let completed = world.run_into(&replica, &id, State::Completed).await;
    assert_eq!(completed.status.cleanup, Cleanup::Pending);
    world.deployer.fail_next(Operation::Remove, 6);
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.status.cleanup, Cleanup::Confirmed);
    assert!(world.deployer.running().is_empty());
    assert_eq!(world.next_due().await, None, "nothing is left to do");
}

/// The first removal fails for a long time; the second pipeline must not go on for as long.
#[tokio::test]
async fn a_pipeline_that_cannot_be_removed_does_not_keep_the_other_one() {
    let world = World::new();
    world.deployer.removal_takes(1);
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    replica.command(&id, crate::app::tests::world::cancel()).await.unwrap();
    world.deployer.fail_next(Operation::Remove, 1);
    let failures = replica.work().await;
    assert_eq!(failures.len(), 1, "the failure is told: {failures:?}");
    let left = world.deployer.running();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].as_str().contains("baseline"), "{left:?}");
    world.run_to_end(&replica, &id).await;
    assert!(world.deployer.running().is_empty());
}

#[tokio::test]
async fn kept_pipelines_stay_and_are_no_orphans() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/keepPipelines", json!(true))])).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.cleanup), (State::Completed, Cleanup::Kept));
    assert_eq!(replica.sweeper.sweep().await.unwrap(), []);
    world.run_for(&replica, 60).await;
    assert_eq!(world.deployer.running().len(), 2);
    assert_eq!(world.next_due().await, None);

    // Deleting the experiment is the end of them.
    let error = replica.commands.delete(&caller(), "one").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable, "they are being removed: {error}");
    replica.commands.delete(&caller(), "one").await.unwrap();
    assert!(world.deployer.running().is_empty());
    assert_eq!(world.store.load(&id).await.unwrap(), None);
}

#[tokio::test]
async fn what_nobody_wants_is_swept_and_nothing_else() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    let wanted = world.deployer.running();
    // Left behind by a crash before anything was recorded.
    let orphan = desired("orphan", PipelineType::Candidate, "receivers: {}\n");
    world.deployer.plant(&orphan);
    let orphans = [orphan.key.name];
    assert_eq!(replica.sweeper.sweep().await.unwrap(), orphans);
    assert_eq!(replica.sweeper.sweep().await.unwrap(), orphans, "until it is gone");
    assert_eq!(replica.sweeper.sweep().await.unwrap(), []);
    assert_eq!(world.deployer.running(), wanted);
    assert_eq!(world.instruments.measured().swept, 2);

    // Applied by a late replica, after the end.
    let late = {
        let pipelines = world.load(&id).await.status.pipelines.unwrap();
        let mut late = desired("late", PipelineType::Candidate, "receivers: {}\n");
        late.key.experiment_id = id.clone();
        late.key.name = pipelines.candidate.name;
        late
    };
    world.run_to_end(&replica, &id).await;
    world.deployer.plant(&late);
    replica.sweeper.sweep().await.unwrap();
    replica.sweeper.sweep().await.unwrap();
    assert!(world.deployer.running().is_empty());
}

#[tokio::test]
async fn an_orphan_that_cannot_be_removed_does_not_keep_the_others() {
    let world = World::new();
    world.deployer.removal_takes(1);
    let replica = world.replica(1);
    for stem in ["one", "two", "three"] {
        world.deployer.plant(&desired(stem, PipelineType::Baseline, "receivers: {}\n"));
    }
    world.deployer.fail_next(Operation::Remove, 1);
    assert_eq!(replica.sweeper.sweep().await.unwrap_err().reason(), "FakeOutage");
    assert_eq!(world.deployer.running().len(), 1);
    assert_eq!(replica.sweeper.sweep().await.unwrap().len(), 1);
    assert!(world.deployer.running().is_empty());
}

#[tokio::test]
async fn only_what_has_ended_and_is_cleaned_up_can_be_deleted() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    let error = replica.commands.delete(&caller(), "one").await.unwrap_err();
    assert_eq!(
        (error.code(), error.message()),
        (Code::StateTransitionInvalid, "an experiment that is running cannot be deleted; cancel it first")
    );

    replica.command(&id, crate::app::tests::world::cancel()).await.unwrap();
    let error = replica.commands.delete(&caller(), "one").await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    world.run_to_end(&replica, &id).await;
    replica.commands.delete(&caller(), "one").await.unwrap();
    assert_eq!(replica.commands.delete(&caller(), "one").await.unwrap_err().code(), Code::NotFound);

    let history = replica.queries.history(&caller(), id.as_str(), Revision(0), 100).await.unwrap();
    let last = history.last().unwrap();
    assert_eq!((last.kind, last.actor.as_str()), (EventKind::Deleted, "alice"));
    let mut again = document("two");
    again["metadata"]["id"] = json!(id.as_str());
    let error = replica.commands.create(&caller(), again).await.unwrap_err();
    assert!(error.message().contains("was deleted"), "{error}");
    assert_eq!(world.store.latest_cursor().await.unwrap(), Some(history.len().to_string()));
}
