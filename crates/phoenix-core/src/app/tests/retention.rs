//! What ended long ago is deleted, its history stays.

use serde_json::json;

use crate::app::Retention;
use crate::app::tests::world::{World, cancel, changed, document};
use crate::experiment::{Command, EventKind, Reason, State};
use crate::ports::store::ExperimentStore;
use crate::time::Span;

#[tokio::test]
async fn what_ended_long_ago_is_deleted_and_its_history_stays() {
    let world = World::new();
    let replica = world.replica(1);
    let retention = Retention::new(replica.ports.clone(), Span::from_mins(60));
    let old = replica.start(document("old")).await;
    world.run_to_end(&replica, &old).await;
    let kept = replica.start(changed("kept", &[("/keepPipelines", json!(true))])).await;
    world.run_into(&replica, &kept, State::Completed).await;
    world.pass(3_000);
    let young = replica.start(document("young")).await;
    world.run_into(&replica, &young, State::Running).await;
    replica.command(&young, cancel()).await.unwrap();
    world.run_to_end(&replica, &young).await;
    let running = replica.start(document("running")).await;
    assert_eq!(retention.expire().await.unwrap(), [], "nothing is an hour old");

    world.pass(700);
    assert_eq!(retention.expire().await.unwrap().as_slice(), std::slice::from_ref(&old));
    assert_eq!(retention.expire().await.unwrap(), [], "once");
    assert_eq!(world.store.load(&old).await.unwrap(), None);
    let last = world.history(&old).await.pop().unwrap();
    assert_eq!((last.kind, last.reason), (EventKind::Deleted, Reason::RetentionElapsed));
    assert_eq!(last.actor.as_str(), "system");
    for id in [&kept, &young, &running] {
        assert!(world.store.load(id).await.unwrap().is_some(), "{id}");
    }
    let _ = replica.command(&running, Command::Start).await;
}
