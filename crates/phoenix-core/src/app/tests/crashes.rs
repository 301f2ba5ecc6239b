//! The controller dies, or a call fails, at every point of a whole experiment: nothing is lost, nothing happens twice, nothing is left.

use serde_json::json;

use crate::app::tests::world::{Replica, World, caller, changed, is_over, poll_once};
use crate::error::Code;
use crate::experiment::{Command, Experiment, State};
use crate::id::ExperimentId;
use crate::ports::store::{DeploymentStore, ReportStore};
use crate::testing::fake::{Fault, Faults};

/// How long it takes until a controller that died is started again.
const RESTART: u64 = 2;

fn short() -> serde_json::Value {
    let schedule = json!({"duration": "12s", "warmUp": "2s", "sampleInterval": "1s"});
    let mut document = changed("one", &[("/schedule", schedule)]);
    document["metadata"]["id"] = json!("the-id");
    document
}

fn id() -> ExperimentId {
    "the-id".parse().unwrap()
}

/// What a client and a controller do, from the creation to the confirmed cleanup. A client repeats what got no good answer.
async fn whole_experiment(world: &World, replica: &Replica) -> Experiment {
    for _ in 0..4 {
        if replica.commands.create(&caller(), short()).await.is_ok() {
            break;
        }
    }
    for _ in 0..4 {
        match replica.command(&id(), Command::Start).await {
            Ok(_) => break,
            // It was started before, and nobody could say so.
            Err(error) if error.code() == Code::StateTransitionInvalid => break,
            Err(error) => assert_eq!(error.code(), Code::Unavailable, "{error}"),
        }
    }
    for _ in 0..300 {
        replica.work().await;
        let experiment = world.load(&id()).await;
        if is_over(&experiment) {
            return experiment;
        }
        world.pass(1);
    }
    panic!("it never ends: {:#?}", world.load(&id()).await)
}

async fn assert_done(world: &World, ended: &Experiment, what: &str) {
    assert_eq!(ended.state, State::Completed, "{what}: {:?}", ended.status);
    assert!(world.deployer.running().is_empty(), "{what}: collectors are left");
    assert_eq!(world.store.deployments(&id()).await.unwrap().len(), 2, "{what}");
    assert!(world.store.comparison(&id()).await.unwrap().is_some(), "{what}: the comparison is lost");
    world.assert_sound(&id()).await;
    // The sealed evidence has no hole: every instant is there, with values or with the reason why not.
    let replica = world.replica(99);
    let samples = replica.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    let clock = ended.status.clock.unwrap();
    let first = clock.ready_at.next_aligned(ended.spec.schedule.sample_interval);
    let instants: Vec<_> = samples.iter().map(|sample| sample.instant).collect();
    let end = clock.ready_at + ended.spec.schedule.duration + clock.outage_used;
    let mut wanted = first;
    for instant in &instants {
        assert_eq!(*instant, wanted, "{what}: an instant is missing or there twice");
        wanted = wanted.next_aligned(ended.spec.schedule.sample_interval);
    }
    assert!(wanted > end, "{what}: the samples end at {wanted}, the run at {end}");
    assert!(samples.iter().all(|sample| sample.baseline.is_some() && sample.candidate.is_some()), "{what}");
}

/// Number of points of a run in which nothing goes wrong.
async fn points() -> usize {
    let world = World::new();
    let faults = Faults::none();
    let replica = world.replica_with(1, &faults);
    let ended = whole_experiment(&world, &replica).await;
    assert_done(&world, &ended, "without a fault").await;
    faults.trace().len()
}

#[tokio::test]
async fn the_controller_may_die_at_any_point() {
    let points = points().await;
    assert!(points > 150, "{points} points are too few to be all of them");
    for number in 0..points {
        let world = World::new();
        let faults = Faults::at(number, Fault::Stop);
        let replica = world.replica_with(1, &faults);
        let died = poll_once(&mut Box::pin(whole_experiment(&world, &replica))).await.is_none();
        assert!(died, "point {number} was not reached");
        let what = format!("died at point {number}, {:?}", faults.struck());
        drop(replica);
        world.pass(RESTART);
        let replica = world.replica(2);
        let ended = whole_experiment(&world, &replica).await;
        assert_done(&world, &ended, &what).await;
    }
}

#[tokio::test]
async fn any_call_may_fail() {
    for number in 0..points().await {
        let world = World::new();
        let faults = Faults::at(number, Fault::Failure);
        let replica = world.replica_with(1, &faults);
        let ended = whole_experiment(&world, &replica).await;
        assert_done(&world, &ended, &format!("failed at point {number}, {:?}", faults.struck())).await;
    }
}

/// Suspended at any point for longer than its lease, while another replica goes on; then it wakes up and knows nothing of that.
#[tokio::test]
async fn a_replica_that_was_suspended_does_no_harm_when_it_wakes_up() {
    for number in 0..points().await {
        let world = World::new();
        let faults = Faults::at(number, Fault::Stop);
        let sleeper = world.replica_with(1, &faults);
        let mut sleeping = Box::pin(whole_experiment(&world, &sleeper));
        assert!(poll_once(&mut sleeping).await.is_none(), "point {number} was not reached");
        let what = format!("suspended at point {number}, {:?}", faults.struck());
        world.pass(31);
        let other = world.replica(2);
        let ended = whole_experiment(&world, &other).await;
        assert_done(&world, &ended, &what).await;

        faults.wake_up();
        let seen = poll_once(&mut sleeping).await.unwrap_or_else(|| panic!("{what}: it does not come to an end"));
        assert_eq!(seen.state, State::Completed, "{what}");
        // What it applied too late is swept.
        for _ in 0..3 {
            other.sweeper.sweep().await.unwrap();
        }
        assert_done(&world, &world.load(&id()).await, &what).await;
    }
}
