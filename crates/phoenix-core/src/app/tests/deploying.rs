//! Deploying both pipelines and waiting for them.

use serde_json::json;

use crate::app::tests::world::{World, changed, document};
use crate::experiment::{Cleanup, EventKind, PipelineType, Reason, State};
use crate::ports::cache::{Cache, CacheKey};
use crate::ports::store::DeploymentStore;
use crate::testing::fake::{Behaviour, Operation};

#[tokio::test]
async fn the_run_begins_when_both_are_ready() {
    let world = World::new();
    world.deployer.behave(PipelineType::Candidate, Behaviour::Ready { at_look: 8 });
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let running = world.run_into(&replica, &id, State::Running).await;
    assert!(world.secs() >= 5, "looked at once per second: {} s", world.secs());
    assert_eq!(running.status.clock.map(|clock| clock.ready_at), Some(running.status.entered_at));

    // What was seen is stored, with the addresses for the metrics source.
    for deployment in world.store.deployments(&id).await.unwrap() {
        let observed = deployment.observed.unwrap();
        assert!(observed.is_ready() && observed.hosts[0].endpoints.is_some(), "{observed:?}");
        let cached = world.cache.get(&CacheKey::PipelineStatus(observed.name.clone())).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<crate::experiment::PipelineObservation>(&cached).unwrap(), observed);
    }
}

#[tokio::test]
async fn a_pipeline_that_fails_fails_the_experiment_and_both_are_removed() {
    for behaviour in [
        Behaviour::Fails { at_look: 3, message: "exited with status 1".to_owned() },
        Behaviour::CrashLoops { limit: 4 },
    ] {
        let world = World::new();
        world.deployer.behave(PipelineType::Candidate, behaviour);
        let replica = world.replica(1);
        let id = replica.start(document("one")).await;
        let ended = world.run_to_end(&replica, &id).await;
        assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::PipelineFailed)));
        assert!(ended.status.message.starts_with("candidate: "), "{}", ended.status.message);
        assert_eq!(ended.status.cleanup, Cleanup::Confirmed);
        assert!(world.deployer.running().is_empty());
    }
}

#[tokio::test]
async fn a_pipeline_that_is_never_ready_fails_at_the_deadline() {
    let world = World::new();
    world.deployer.behave(PipelineType::Baseline, Behaviour::Starting { message: "pulling".to_owned() });
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/deadlines", json!({"deploying": "2m"}))])).await;
    let failed = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((failed.state, failed.status.reason), (State::Failed, Some(Reason::DeployingDeadline)));
    assert_eq!(
        failed.status.message,
        "the pipelines were not ready before the deadline: the baseline is progressing (pulling)"
    );
    assert_eq!(world.secs(), 120);
    world.run_to_end(&replica, &id).await;
    assert!(world.deployer.running().is_empty());
}

#[tokio::test]
async fn a_deployer_that_cannot_be_asked_does_not_keep_the_deadline_from_passing() {
    let world = World::new();
    world.deployer.fail_next(Operation::Observe, 125);
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/deadlines", json!({"deploying": "2m"}))])).await;
    let failed = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((failed.status.reason, world.secs()), (Some(Reason::DeployingDeadline), 120));
    world.run_to_end(&replica, &id).await;
    assert!(world.deployer.running().is_empty());
}

#[tokio::test]
async fn a_deployer_that_fails_in_passing_is_asked_again_and_the_failure_is_told() {
    for operation in [Operation::Ensure, Operation::Observe] {
        let world = World::new();
        world.deployer.fail_next(operation, 3);
        let replica = world.replica(1);
        let id = replica.start(document("one")).await;
        let mut told = 0;
        while world.load(&id).await.state != State::Running {
            told += replica.work().await.len();
            world.pass(1);
            assert!(world.secs() < 60, "{operation:?}: {:?}", world.load(&id).await.status);
        }
        assert!(told > 0, "{operation:?} failed and nobody was told");
        world.assert_sound(&id).await;
    }
}

/// One arm's trouble is no reason to leave the other one alone.
#[tokio::test]
async fn both_pipelines_are_asked_for_although_the_first_one_fails() {
    let world = World::new();
    world.deployer.fail_next(Operation::Ensure, 1);
    let replica = world.replica(1);
    replica.start(document("one")).await;
    replica.work().await;
    let running = world.deployer.running();
    assert_eq!(running.len(), 1, "{running:?}");
    assert!(running[0].as_str().contains("candidate"), "{running:?}");
}

#[tokio::test]
async fn a_redeployment_asks_the_deployer_again_and_is_told_in_the_history() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    let before = world.deployer.calls(Operation::Ensure);
    let caller = crate::app::tests::world::caller();
    let after = replica.commands.redeploy(&caller, "one", PipelineType::Candidate).await.unwrap();
    assert_eq!((after.state, after.status.redeployments), (State::Running, 1));
    replica.work().await;
    assert!(world.deployer.calls(Operation::Ensure) > before, "nobody asked the deployer");
    let last = world.history(&id).await.pop().unwrap();
    assert_eq!((last.kind, last.message.as_str(), last.actor.as_str()), (EventKind::Redeploying, "candidate", "alice"));

    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.state, State::Completed);
    let error = replica.commands.redeploy(&caller, "one", PipelineType::Candidate).await.unwrap_err();
    assert_eq!(error.code(), crate::error::Code::StateTransitionInvalid);
}

/// Something that no passing of time will mend is not waited for.
#[tokio::test]
async fn a_pipeline_that_can_never_be_deployed_fails_the_experiment_at_once() {
    use crate::app::{Ports, Reconciler};
    use crate::experiment::{PipelineObservation, Policy};
    use crate::ports::deployer::MockDeployer;
    use crate::ports::failure::Failure;
    use crate::ports::store::Schedule;

    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let mut deployer = MockDeployer::new();
    deployer.expect_survey().returning(|_| Ok(Vec::new()));
    deployer.expect_preflight().returning(|_| Ok(Vec::new()));
    deployer
        .expect_ensure()
        .returning(|_| Err(Failure::permanent("NoAccess", "the data directory belongs to somebody else")));
    deployer
        .expect_observe()
        .returning(|keys| Ok(keys.iter().map(|key| PipelineObservation::absent(key.name.clone())).collect()));
    deployer.expect_remove().returning(|_| Ok(crate::ports::deployer::Removal::Gone));
    let ports = Ports { deployer: std::sync::Arc::new(deployer), ..replica.ports.clone() };
    let reconciler = Reconciler::new(ports, Policy::default(), replica.owner.clone());
    let now = crate::ports::clock::Clock::now(&*world.clock);
    let claims = world.store.claim_due(&replica.owner, now, 1, crate::app::tests::world::LEASE).await.unwrap();
    reconciler.drive(&claims[0]).await.unwrap();
    let ended = world.load(&id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::PipelineFailed)));
    assert_eq!(ended.status.message, "baseline: the data directory belongs to somebody else");
    assert_eq!(ended.status.cleanup, Cleanup::Confirmed);
}
