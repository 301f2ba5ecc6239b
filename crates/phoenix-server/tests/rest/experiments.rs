//! What there is to see of an experiment.

use phoenix_core::id::ConfigHash;
use serde_json::json;

use crate::ask::EXPERIMENTS;
use crate::world::World;

#[tokio::test]
async fn the_state_is_small_and_complete_and_the_name_leads_to_it() {
    let world = World::new();
    let id = world.create("one").await;
    let state = world.get(&format!("{EXPERIMENTS}/one/state")).await.good();
    let keys: Vec<&str> = state.as_object().expect("a map").keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "name", "state", "revision", "reason", "verdict", "updatedAt"]);
    assert_eq!((&state["id"], &state["name"], &state["state"]), (&json!(id), &json!("one"), &json!("pending")));
    assert_eq!((&state["revision"], &state["verdict"]), (&json!(1), &json!(null)));
    world.command(&id, "cancel").await;
    let state = world.get(&format!("{EXPERIMENTS}/{id}/state")).await.good();
    assert_eq!((&state["state"], &state["reason"]), (&json!("cancelled"), &json!("CancelRequested")));
}

#[tokio::test]
async fn values_are_there_with_the_first_samples_and_the_comparison_at_the_end() {
    let world = World::new();
    let id = world.create("one").await;
    let path = format!("{EXPERIMENTS}/{id}/metrics");
    let empty = json!({"id": id, "baselineMetrics": {}, "variantMetrics": {}});
    assert_eq!(world.get(&path).await.good(), empty);
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(3).await;
    let running = world.get(&path).await.good();
    let (baseline, variant) = (&running["baselineMetrics"], &running["variantMetrics"]);
    let keys: Vec<&str> = baseline.as_object().expect("a map").keys().map(String::as_str).collect();
    let all = ["processCount", "memoryUsage", "cpuUsage", "datapointsPerSec", "errorRate", "activeSeries"];
    assert_eq!(keys, [&all[..], &["criticalRetention", "collectedAt"]].concat());
    assert_eq!((&baseline["activeSeries"], &variant["activeSeries"]), (&json!(474.0), &json!(98.0)));
    assert!(running.get("comparisonResult").is_none(), "{running:#}");

    world.pass(80).await;
    let ended = world.get(&path).await.good();
    assert_eq!(ended["comparisonResult"]["verdict"], "promote");
    let report = world.get(&format!("{EXPERIMENTS}/{id}/report")).await.good();
    assert_eq!(report["comparison"], ended["comparisonResult"]);
    assert_eq!(report["experiment"], world.get(&format!("{EXPERIMENTS}/{id}")).await.good());
    let state = world.get(&format!("{EXPERIMENTS}/{id}/state")).await.good();
    assert_eq!((&state["state"], &state["verdict"]), (&json!("completed"), &json!("promote")));
}

#[tokio::test]
async fn a_report_before_the_end_has_no_comparison() {
    let world = World::new();
    let id = world.create("one").await;
    let report = world.get(&format!("{EXPERIMENTS}/{id}/report")).await.good();
    assert_eq!((&report["experiment"]["id"], &report["comparison"]), (&json!(id), &json!(null)));
}

#[tokio::test]
async fn both_pipelines_and_their_configurations_are_there_once_they_are_generated() {
    let world = World::new();
    let id = world.create("one").await;
    for end in ["pipelines", "configurations"] {
        assert_eq!(world.get(&format!("{EXPERIMENTS}/{id}/{end}")).await.good(), json!([]));
    }
    world.command(&id, "start").await;
    world.drive().await;
    let pipelines = world.get(&format!("{EXPERIMENTS}/{id}/pipelines")).await.good();
    let configurations = world.get(&format!("{EXPERIMENTS}/{id}/configurations")).await.good();
    let running: Vec<String> = world.deployer.running().iter().map(ToString::to_string).collect();
    for (index, kind) in ["baseline", "candidate"].into_iter().enumerate() {
        let (pipeline, configuration) = (&pipelines[index], &configurations[index]);
        assert_eq!((&pipeline["pipelineType"], &configuration["pipelineType"]), (&json!(kind), &json!(kind)));
        assert_eq!(
            (&pipeline["phase"], &pipeline["ready"], &pipeline["desired"]),
            (&json!("ready"), &json!(1), &json!(1))
        );
        let name = pipeline["name"].as_str().expect("a name");
        assert!(name.starts_with(&format!("one-{kind}-")) && running.iter().any(|one| one == name), "{name}");
        assert_eq!(configuration["name"], name);
        let text = configuration["config"].as_str().expect("a text");
        let hash = json!(ConfigHash::of(text).as_str());
        assert_eq!((&configuration["hash"], &pipeline["configHash"]), (&hash, &hash));
    }
}

#[tokio::test]
async fn samples_come_in_pages_in_the_order_of_their_instants() {
    let world = World::new();
    let id = world.create("one").await;
    let path = format!("{EXPERIMENTS}/{id}/samples");
    assert_eq!(world.get(&path).await.good(), json!({"items": []}), "before the run");
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(7).await;
    let all = world.get(&path).await.good();
    let all = all["items"].as_array().expect("a list");
    assert!(all.len() >= 7, "{}", all.len());
    let instants: Vec<&str> = all.iter().map(|sample| sample["instant"].as_str().expect("an instant")).collect();
    assert!(instants.is_sorted() && instants.windows(2).all(|two| two[0] != two[1]), "{instants:?}");
    for sample in all {
        assert_eq!((&sample["baseline"]["outcome"], &sample["candidate"]["outcome"]), (&json!("ok"), &json!("ok")));
    }
    let mut seen = Vec::new();
    let mut next = format!("{path}?pageSize=3");
    loop {
        let page = world.get(&next).await.good();
        let items = page["items"].as_array().expect("a list");
        assert!((1..=3).contains(&items.len()), "{page:#}");
        seen.extend(items.clone());
        let Some(token) = page["nextPageToken"].as_str() else { break };
        next = format!("{path}?pageSize=3&pageToken={token}");
    }
    assert_eq!(&seen, all);
    for wrong in ["pageToken=guessed", "pageSize=x", "page=1"] {
        world.get(&format!("{path}?{wrong}")).await.problem(400, "VALIDATION_FAILED");
    }
}
