//! An example that users start from, run by the real program.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Program;

/// What `phoenixctl run` sends is the file as it stands; only its times are cut, because a verdict is another test's business.
#[tokio::test]
async fn the_first_run_of_a_user_is_carried_out_to_its_end() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/first-run.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let mut document: Value = phoenix_server::yaml::parse(&text).unwrap();
    for pipeline in ["baseline", "candidate"] {
        document["spec"][pipeline]["parameters"]["collectionInterval"] = json!("1s");
    }
    document["spec"]["schedule"] = json!({"duration": "10s", "warmUp": "2s", "sampleInterval": "1s"});
    let program = Program::start().await;
    let id = program.create(&document).await;
    program.command_experiment(&id, "start").await;
    let over = program.until_over(&id).await;
    assert_eq!((over["name"].as_str(), over["state"].as_str()), (Some("first-run"), Some("completed")), "{over:#}");
    let (status, report) = program.get(&format!("/v1/controller/experiments/{id}/report")).await;
    assert_eq!(status, 200, "{report:#}");
    let indicators = report["comparison"]["indicators"].as_array().unwrap();
    let series = indicators.iter().find(|one| one["indicator"] == "active_series").unwrap();
    assert!(series["change"].as_f64().unwrap() < -0.1, "the candidate saves series: {series:#}");
    assert_eq!(program.collectors(), [0; 0]);
}
