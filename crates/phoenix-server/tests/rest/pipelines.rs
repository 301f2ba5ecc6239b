//! Configurations without an experiment, and what they may be made of.

use phoenix_core::id::ConfigHash;
use serde_json::{Value, json};

use crate::ask::pipeline;
use crate::world::World;

const GENERATE: &str = "/v1/controller/pipelines/generate";

#[tokio::test]
async fn the_same_specification_generates_the_same_bytes_from_json_and_from_yaml() {
    let world = World::new();
    let mut spec = pipeline();
    spec["name"] = json!("mine");
    spec["optimizations"] = json!([{"name": "exclude-kernel-threads"}]);
    let first = world.post(GENERATE, &spec).await.good();
    let keys: Vec<&str> = first.as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(keys, ["name", "config", "hash", "findings"]);
    let config = first["config"].as_str().expect("a text");
    let hash = ConfigHash::of(config);
    assert_eq!(
        (&first["hash"], &first["name"]),
        (&json!(hash.as_str()), &json!(format!("mine-{}", &hash.as_str()[..8])))
    );
    assert!(config.contains("receivers:"), "{config}");
    let yaml = "name: mine\nbaseTemplate: process-baseline\nparameters: {collectionInterval: 1s}\noptimizations:\n  \
                - name: exclude-kernel-threads\n";
    assert_eq!(world.post_as("application/yaml", GENERATE, yaml).await.good(), first);
}

#[tokio::test]
async fn what_cannot_be_generated_names_its_field() {
    let world = World::new();
    for (spec, field) in [
        (json!({"name": "mine", "baseTemplate": "process-basline"}), "baseTemplate"),
        (json!({"name": "mine", "baseTemplate": "process-baseline", "optimization": []}), "optimization"),
        (
            json!({"name": "mine", "baseTemplate": "process-baseline", "optimizations": [{"name": "x"}]}),
            "optimizations[0].name",
        ),
        (json!({"name": "mine"}), "baseTemplate"),
    ] {
        let problem = world.post(GENERATE, &spec).await.problem(400, "VALIDATION_FAILED");
        let details = problem["details"].as_object().expect("a map");
        assert!(
            details.keys().any(|key| key.contains(field)) || problem["detail"].to_string().contains(field),
            "{problem:#}"
        );
    }
}

#[tokio::test]
async fn the_catalog_says_what_specifications_may_name() {
    let world = World::new();
    let catalog = world.get("/v1/controller/catalog").await.good();
    let names = |entries: &Value| -> Vec<String> {
        let entries = entries.as_array().expect("a list").iter();
        entries.map(|entry| entry["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(names(&catalog["templates"]), ["process-baseline"]);
    let mut strategies = names(&catalog["strategies"]);
    strategies.sort();
    assert_eq!(strategies, ["exclude-kernel-threads", "process-filter", "reaggregate-at-source", "threshold"]);
    for entry in catalog["strategies"].as_array().expect("a list") {
        assert!(!entry["description"].as_str().expect("a text").is_empty(), "{entry:#}");
        for parameter in entry["parameters"].as_array().expect("a list") {
            assert!(parameter["name"].is_string(), "{parameter:#}");
        }
    }
}
