//! Generating and checking both configurations.

use crate::app::tests::world::{World, document};
use crate::experiment::{Effect, EventKind, Reason, State};
use crate::ports::store::DeploymentStore;
use crate::ports::validator::{Finding, Severity};
use crate::testing::fake::Operation;

#[tokio::test]
async fn the_first_accepted_result_is_stored_and_never_generated_again() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_to_end(&replica, &id).await;
    assert_eq!(world.generator.calls(), 2);
    let deployments = world.store.deployments(&id).await.unwrap();
    assert_eq!(deployments.len(), 2);
    for deployment in deployments {
        assert_eq!(crate::id::ConfigHash::of(&deployment.pipeline.config), deployment.pipeline.hash);
        assert!(deployment.pipeline.name.as_str().starts_with("one-"), "{}", deployment.pipeline.name);
    }
}

#[tokio::test]
async fn a_generator_that_refuses_fails_the_experiment_and_nothing_is_deployed() {
    let world = World::new();
    world.generator.refuse("optimizations[0]: cannot be applied");
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::GenerationFailed)));
    assert_eq!(ended.status.message, "optimizations[0]: cannot be applied");
    assert_eq!(world.deployer.calls(Operation::Ensure), 0);
    assert_eq!(world.kinds(&id).await, [EventKind::Created, EventKind::Started, EventKind::Failed]);
    assert_eq!(world.instruments.measured().effects, [(Effect::GeneratePipelines, false)]);
}

#[tokio::test]
async fn an_invalid_configuration_fails_the_experiment_and_names_the_arm() {
    let world = World::new();
    world.validator.find(Severity::Error, "exclude-kernel-threads");
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::GenerationFailed)));
    assert!(ended.status.message.starts_with("candidate: exclude-kernel-threads: "), "{}", ended.status.message);
    assert_eq!(world.deployer.calls(Operation::Ensure), 0);
}

#[tokio::test]
async fn warnings_are_no_errors() {
    let world = World::new();
    world.validator.find(Severity::Warning, "receivers");
    world.generator.find(Finding {
        severity: Severity::Info,
        rule: "Experimental".to_owned(),
        path: "optimizations[0]".to_owned(),
        message: "is new".to_owned(),
    });
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
}

#[tokio::test]
async fn a_component_that_the_collector_lacks_is_told_before_anything_is_deployed() {
    let world = World::new();
    world.deployer.lacks("exclude-kernel-threads");
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::ComponentMissing)));
    assert!(ended.status.message.contains("has no exclude-kernel-threads"), "{}", ended.status.message);
    assert_eq!(world.deployer.calls(Operation::Ensure), 0);
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_with_growing_pauses_and_told_each_time() {
    let world = World::new();
    world.generator.fail_next(3);
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let mut told = Vec::new();
    while world.load(&id).await.state == State::Initializing {
        let failures = replica.work().await;
        told.extend(failures.iter().map(|failure| (world.secs(), failure.message().to_owned())));
        world.pass(1);
    }
    let message = || "the fake generator fails as asked".to_owned();
    // After 0.5 to 0.7 s, then 1 to 1.3 s, then 2 to 2.5 s, looked at once per second.
    assert_eq!(told, [(0, message()), (1, message()), (3, message())]);
    assert_eq!(world.generator.calls(), 5);
    world.assert_sound(&id).await;
}

#[tokio::test]
async fn what_cannot_be_generated_in_time_fails_at_the_deadline() {
    let world = World::new();
    world.generator.fail_next(u32::MAX);
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::InitializingDeadline)));
    assert_eq!(world.secs(), 60);
    assert!(world.generator.calls() < 12, "{} attempts within a minute", world.generator.calls());
}

fn loaded(severity: Severity) -> Vec<Finding> {
    let (rule, path, message) = ("HeadRoomMissing".to_owned(), "host.memory".to_owned(), "100 MiB are left".to_owned());
    vec![Finding { severity, rule, path, message }]
}

#[tokio::test]
async fn a_loaded_host_is_mentioned_or_refused_before_anything_is_deployed() {
    let world = World::new();
    let replica = world.replica(1);
    world.deployer.find(loaded(Severity::Warning));
    let warned = replica.start(document("warned")).await;
    world.run_into(&replica, &warned, State::Running).await;
    let history = world.history(&warned).await;
    let deploying = history.iter().find(|event| event.kind == EventKind::Deploying).unwrap();
    assert!(deploying.message.contains("100 MiB are left"), "{deploying:?}");

    world.deployer.find(loaded(Severity::Error));
    let refused = replica.start(document("refused")).await;
    let ended = world.run_to_end(&replica, &refused).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::HeadRoomMissing)));
    assert!(ended.status.message.contains("100 MiB are left"), "{:?}", ended.status);
    assert_eq!(ended.status.pipelines, None, "nothing was generated, let alone deployed");
}
