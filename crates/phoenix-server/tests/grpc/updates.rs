//! The stream of updates: where it begins, what it tells, when it ends.

use std::time::Duration;

use phoenix_client::v1::experiment_state::State;
use phoenix_client::{Code, Updates, v1};
use phoenix_core::experiment::PipelineType;
use phoenix_core::testing::fake::Behaviour;
use phoenix_proto::controller::v1::experiment_controller_client::ExperimentControllerClient;
use tonic::Request;

use crate::request::{cancel, create, create_as, start, watch};
use crate::world::{PATIENCE, TOKEN, World, soon};

async fn next(updates: &mut Updates) -> v1::ExperimentUpdate {
    soon("an update", updates.next()).await.expect("no end").expect("no error")
}

/// The next event, past any progress.
async fn event(updates: &mut Updates) -> v1::Event {
    loop {
        if let Some(event) = next(updates).await.event {
            return event;
        }
    }
}

#[tokio::test]
async fn it_begins_with_the_present_status_in_the_order_of_the_request() {
    let world = World::new();
    let client = world.client().await;
    for name in ["one", "two", "three"] {
        client.create_experiment(create(name)).await.expect("created");
    }
    client.cancel_experiment(cancel("two")).await.expect("cancelled");
    let mut updates = client.stream_experiment_updates(watch(&["two", "one"], "")).await.expect("open");
    for (name, state) in [("two", State::Cancelled), ("one", State::Pending)] {
        let update = next(&mut updates).await;
        let experiment = update.experiment.expect("its present status");
        assert_eq!((experiment.name.as_str(), experiment.current_state()), (name, state));
        assert!(update.event.is_none() && !update.cursor.is_empty());
    }
}

#[tokio::test]
async fn it_tells_the_events_of_the_named_experiments_in_order_with_the_experiment() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    client.create_experiment(create("other")).await.expect("created");
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    next(&mut updates).await;

    client.start_experiment(start("other")).await.expect("started");
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    client.cancel_experiment(cancel("one")).await.expect("cancelled");
    let mut told = Vec::new();
    while told.len() < 4 {
        let update = next(&mut updates).await;
        let Some(event) = update.event else { continue };
        assert_eq!(event.experiment_id, id);
        assert_eq!(update.experiment.expect("it exists").id, id);
        told.push((event.seq, event.kind));
    }
    let kinds = ["started", "deploying", "running", "cancelled"];
    let expected: Vec<(u64, String)> = (2..).zip(kinds.map(|kind| format!("experiment.{kind}"))).collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn without_names_it_is_about_all_and_begins_now() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("before")).await.expect("created");
    let mut updates = client.stream_experiment_updates(watch(&[], "")).await.expect("open");
    for name in ["one", "two"] {
        client.create_experiment(create(name)).await.expect("created");
    }
    for name in ["one", "two"] {
        let update = next(&mut updates).await;
        assert_eq!(update.experiment.expect("it exists").name, name);
        assert_eq!(update.event.expect("an event").kind, "experiment.created");
    }
}

#[tokio::test]
async fn progress_is_told_without_an_event() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    let before = next(&mut updates).await.experiment.expect("running").status.expect("a status");
    assert_eq!((before.samples_taken, before.pipelines[1].phase.as_str()), (0, "ready"));

    let behaviour = Behaviour::Degraded { message: "host-a: does not answer".to_owned() };
    world.deployer.behave(PipelineType::Candidate, behaviour);
    world.pass(31).await;
    // The second at which a stream looks may come before all of this has happened.
    let after = loop {
        let update = next(&mut updates).await;
        assert!(update.event.is_none() && update.cursor.is_empty(), "progress stands for all that it overtook");
        let status = update.experiment.expect("running").status.expect("a status");
        if status.samples_taken == 31 && status.pipelines[1].phase == "degraded" {
            break status;
        }
    };
    assert_eq!(after.revision, before.revision);
    assert_eq!(after.pipelines[1].message, "host-a: does not answer");
}

#[tokio::test]
async fn it_ends_when_every_named_experiment_is_deleted() {
    let world = World::new();
    let client = world.client().await;
    for id in ["one", "two"] {
        client.create_experiment(create_as(id, id)).await.expect("created");
        client.cancel_experiment(cancel(id)).await.expect("cancelled");
    }
    let mut updates = client.stream_experiment_updates(watch(&["one", "two"], "")).await.expect("open");
    let begin = next(&mut updates).await.cursor;
    for id in ["one", "two"] {
        client.delete_experiment(id).await.expect("deleted");
        let deleted = event(&mut updates).await;
        assert_eq!((deleted.experiment_id.as_str(), deleted.kind.as_str()), (id, "experiment.deleted"));
    }
    let end = updates.cursor().to_owned();
    assert!(soon("the end", updates.next()).await.is_none());

    // Who comes later is told the same, and who has seen it all is not kept waiting.
    let mut updates = client.stream_experiment_updates(watch(&["one", "two"], &begin)).await.expect("open");
    assert_eq!(event(&mut updates).await.experiment_id, "one");
    assert_eq!(event(&mut updates).await.experiment_id, "two");
    assert!(soon("the end", updates.next()).await.is_none());
    let mut updates = client.stream_experiment_updates(watch(&["one"], &end)).await.expect("open");
    assert!(soon("the end", updates.next()).await.is_none());
    let error = client.stream_experiment_updates(watch(&["one"], "")).await.expect_err("there is no present");
    assert_eq!(error.code(), &Code::NotFound);
}

#[tokio::test]
async fn what_cannot_be_streamed_is_refused_at_once() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    for (request, code) in [
        (watch(&["one"], "no cursor"), Code::ValidationFailed),
        (watch(&["one", "unknown"], ""), Code::NotFound),
        (watch(&["x"; 101], ""), Code::ValidationFailed),
    ] {
        let error = client.stream_experiment_updates(request).await.expect_err("refused");
        assert_eq!((error.code(), error.was_answered()), (&code, true), "{error}");
    }
}

#[tokio::test]
async fn it_ends_as_unavailable_when_the_server_stops_and_does_not_begin_before_it_is_ready() {
    let world = World::new();
    let served = world.serve().await;
    served.client().await.create_experiment(create("one")).await.expect("created");
    let mut stub = ExperimentControllerClient::new(served.channel().await);
    let mut ask = async || {
        let mut request = Request::new(watch(&["one"], ""));
        request.metadata_mut().insert("authorization", format!("Bearer {TOKEN}").parse().expect("a value"));
        stub.stream_experiment_updates(request).await
    };
    let mut updates = ask().await.expect("open").into_inner();
    soon("the present", updates.message()).await.expect("no error").expect("no end");
    world.ready.send_replace(false);
    let status = soon("the end", updates.message()).await.expect_err("it has not come to its own end");
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert!(status.message().starts_with("[UNAVAILABLE]"), "{status}");
    assert_eq!(ask().await.expect_err("not ready").code(), tonic::Code::Unavailable);
}

#[tokio::test]
async fn streams_that_are_cancelled_leave_nothing_behind() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    // Every stream watches whether the server is ready.
    let before = world.ready.receiver_count();
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
        next(&mut updates).await;
        streams.push(updates);
    }
    assert!(world.ready.receiver_count() >= before + 20);
    drop(streams);
    soon("the end of every stream", async {
        while world.ready.receiver_count() > before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_slow_reader_is_told_once_how_things_are_now() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    next(&mut updates).await;
    world.pass(50).await;
    // Fifty samples later: one word about the newest of them, whatever came in between.
    let seen = tokio::time::timeout(PATIENCE, async {
        let mut count = 0;
        loop {
            count += 1;
            let status = next(&mut updates).await.experiment.expect("running").status.expect("a status");
            if status.samples_taken == 50 {
                return count;
            }
        }
    });
    assert!(seen.await.expect("the newest") <= 10, "fifty samples are not fifty updates");
}
