//! Pipelines: generate, deploy, look at.

use phoenix_client::{Code, v1};

use crate::request::{create, exclude_kernel_threads, pipeline, start};
use crate::world::World;

#[tokio::test]
async fn the_same_specification_generates_the_same_bytes() {
    let world = World::new();
    let client = world.client().await;
    let spec = v1::PipelineSpec { optimizations: vec![exclude_kernel_threads()], ..pipeline("mine") };
    let first = client.generate_pipeline(spec.clone()).await.expect("generated");
    assert_eq!(client.generate_pipeline(spec).await.expect("generated"), first);
    assert_eq!(first.name, format!("mine-{}", &first.hash[..8]));
    assert_eq!(phoenix_core::id::ConfigHash::of(&first.config).as_str(), first.hash);
    assert!(first.config.contains("receivers:"), "{}", first.config);
    let plain = client.generate_pipeline(pipeline("mine")).await.expect("generated");
    assert_ne!(plain.hash, first.hash);
}

#[tokio::test]
async fn a_deployment_is_seen_by_its_name_and_can_be_asked_for_again() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;

    let request = v1::DeployPipelineRequest { experiment_id: "one".to_owned(), pipeline_type: "candidate".to_owned() };
    let deployed = client.deploy_pipeline(request).await.expect("deployed");
    assert_eq!((deployed.experiment_id.as_str(), deployed.pipeline_type.as_str()), (id.as_str(), "candidate"));
    assert_eq!((deployed.phase.as_str(), deployed.ready, deployed.desired), ("ready", 1, 1));
    assert!(deployed.pipeline_name.starts_with("one-candidate-"), "{deployed:?}");

    let status = client.get_pipeline_status(&deployed.pipeline_name).await.expect("there");
    assert_eq!((status.pipeline_type.as_str(), status.experiment_id.as_str()), ("candidate", id.as_str()));
    assert_eq!((status.config_hash.as_str(), status.namespace.as_str()), (deployed.config_hash.as_str(), "fake"));
    let status = client.get_experiment("one").await.expect("there").status.expect("a status");
    assert_eq!(status.revision, 5, "created, started, deploying, running, redeploying");
}

#[tokio::test]
async fn there_are_no_pipelines_without_an_experiment_that_has_them() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    let deploy = |experiment_id: &str, pipeline_type: &str| v1::DeployPipelineRequest {
        experiment_id: experiment_id.to_owned(),
        pipeline_type: pipeline_type.to_owned(),
    };
    let error = client.deploy_pipeline(deploy("one", "baseline")).await.expect_err("pending");
    assert_eq!((error.code(), error.details()["from_state"].as_str()), (&Code::StateTransitionInvalid, "pending"));
    let error = client.deploy_pipeline(deploy("one", "variant")).await.expect_err("no type");
    assert!(error.details().contains_key("pipeline_type"), "{error:?}");
    assert_eq!(client.deploy_pipeline(deploy("two", "baseline")).await.expect_err("unknown").code(), &Code::NotFound);
    assert_eq!(client.get_pipeline_status("one-baseline-0").await.expect_err("unknown").code(), &Code::NotFound);
}
