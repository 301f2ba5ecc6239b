//! Two controllers over one store.

use std::sync::Arc;

use crate::app::tests::world::{LEASE, Replica, World, caller, document, is_over};
use crate::experiment::{Command, State};
use crate::id::ExperimentId;
use crate::ports::clock::Clock;
use crate::ports::store::{ExperimentStore, Schedule};
use crate::testing::contract::concurrently;
use crate::testing::fake::{Faults, Operation};

/// Both work at the same time, second by second.
async fn both_until(world: &World, replicas: &[Replica; 2], ids: &[ExperimentId]) {
    for _ in 0..300 {
        concurrently(replicas.iter().map(Replica::work)).await;
        let mut all_over = true;
        for id in ids {
            all_over &= is_over(&world.load(id).await);
        }
        if all_over {
            return;
        }
        world.pass(1);
    }
    panic!("it never ends");
}

#[tokio::test]
async fn two_replicas_share_the_work_and_do_nothing_twice() {
    for schedule in 0..12 {
        let world = World::new();
        let replicas = [
            world.replica_with(1, &Faults::interleaved(2 * schedule)),
            world.replica_with(2, &Faults::interleaved(2 * schedule + 1)),
        ];
        let mut ids = Vec::new();
        for name in ["one", "two", "three"] {
            ids.push(replicas[0].start(document(name)).await);
        }
        both_until(&world, &replicas, &ids).await;
        for id in &ids {
            let ended = world.load(id).await;
            assert_eq!(ended.state, State::Completed, "schedule {schedule}: {:?}", ended.status);
            world.assert_sound(id).await;
            let comparison = replicas[1].queries.report(&caller(), id.as_str()).await.unwrap().comparison.unwrap();
            let counts = comparison.samples;
            assert!((70..=71).contains(&counts.taken) && counts.missing == 0, "schedule {schedule}: {counts:?}");
        }
        assert!(world.deployer.running().is_empty(), "schedule {schedule}");
        assert_eq!(world.generator.calls(), 6, "schedule {schedule}: an effect ran twice");
        let measured = world.instruments.measured();
        assert!(measured.transitions.iter().all(|(_, _, success)| *success), "schedule {schedule}: {measured:?}");
        assert!(world.metrics.calls() <= 71, "schedule {schedule}: an instant was sampled twice");
    }
}

#[tokio::test]
async fn a_claim_that_was_lost_writes_nothing_and_asks_for_nothing_again_and_again() {
    let world = World::new();
    let (late, current) = (world.replica(1), world.replica(2));
    let id = late.start(document("one")).await;
    let old = world.store.claim_due(&late.owner, world.clock.now(), 1, LEASE).await.unwrap().remove(0);
    world.pass(31);
    let new = world.store.claim_due(&current.owner, world.clock.now(), 1, LEASE).await.unwrap().remove(0);
    assert!(new.fence > old.fence);

    let before = world.load(&id).await;
    late.reconciler.drive(&old).await.unwrap();
    assert_eq!(world.load(&id).await, before, "a commit under an old fence");
    assert_eq!(world.generator.calls(), 2, "it generated for nothing, but once");
    current.reconciler.drive(&new).await.unwrap();
    assert_eq!(world.load(&id).await.state, State::Running);
    world.assert_sound(&id).await;
}

#[tokio::test]
async fn an_experiment_that_another_replica_has_locked_is_left_alone_for_a_moment() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let other = "replica-2".parse().unwrap();
    assert!(replica.ports.lock.acquire(&id, &other, LEASE).await.unwrap());
    replica.work().await;
    assert_eq!(world.load(&id).await.state, State::Initializing);
    assert_eq!(world.next_due().await, Some(world.clock.now() + crate::time::Span::from_secs(1)));
    // The owner is gone; its lock ends by itself.
    world.run_into(&replica, &id, State::Running).await;
    assert!((30..33).contains(&world.secs()), "{} s", world.secs());
}

/// The lock saves attempts and protects nothing: without it everything goes on.
#[tokio::test]
async fn a_lock_and_a_cache_that_fail_cost_nothing_but_speed() {
    use crate::app::Ports;
    use crate::ports::cache::MockCache;
    use crate::ports::failure::Failure;
    use crate::ports::lock::MockExperimentLock;
    let world = World::new();
    let down = || Failure::transient("Down", "connection refused");
    let mut lock = MockExperimentLock::new();
    lock.expect_acquire().returning(move |_, _, _| Err(down()));
    lock.expect_release().returning(move |_, _| Err(down()));
    let mut cache = MockCache::new();
    cache.expect_put().returning(move |_| Err(down()));
    cache.expect_advance_state().returning(move |_, _| Err(down()));
    cache.expect_forget().returning(move |_| Err(down()));
    let ports = Ports { lock: Arc::new(lock), cache: Arc::new(cache), ..world.replica(1).ports };
    let replica = Replica::over(1, ports);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.state, State::Completed);
    replica.queries.metrics(&caller(), "one").await.unwrap();
    replica.commands.delete(&caller(), "one").await.unwrap();
    assert_eq!(world.store.load(&id).await.unwrap(), None);
}

/// A client cancels while a replica is in the middle of deploying.
#[tokio::test]
async fn a_command_overtakes_a_replica_at_work() {
    for schedule in 0..12 {
        let world = World::new();
        let worker = world.replica_with(1, &Faults::interleaved(schedule));
        let client = world.replica_with(2, &Faults::interleaved(schedule + 100));
        let id = worker.start(document("one")).await;
        let work = async {
            worker.work().await;
        };
        let cancel = async {
            let cancelled = client.command(&id, Command::Cancel { message: "no".to_owned() }).await.unwrap();
            assert!(cancelled.state.is_terminal(), "schedule {schedule}: {}", cancelled.state);
        };
        let both: [std::pin::Pin<Box<dyn Future<Output = ()>>>; 2] = [Box::pin(work), Box::pin(cancel)];
        concurrently(both).await;
        let ended = world.run_to_end(&worker, &id).await;
        assert!(matches!(ended.state, State::Failed | State::Cancelled), "schedule {schedule}");
        assert!(world.deployer.running().is_empty(), "schedule {schedule}: collectors are left");
        world.assert_sound(&id).await;
        assert!(world.deployer.calls(Operation::Ensure) <= 6, "schedule {schedule}");
    }
}
