//! Whole experiments on real collectors.

use serde_json::json;

use crate::support::{Program, short};

#[tokio::test]
async fn a_trimmed_candidate_saves_series_and_is_not_rejected() {
    let program = Program::start().await;
    let mut document = short("trim");
    document["spec"]["schedule"] = json!({"duration": "100s", "warmUp": "6s", "sampleInterval": "1s"});
    document["spec"]["candidate"]["optimizations"] =
        json!([{"name": "exclude-kernel-threads"}, {"name": "reaggregate-at-source"}]);
    let id = program.create(&document).await;
    program.command_experiment(&id, "start").await;
    let over = program.until_over(&id).await;
    assert_eq!(over["state"], "completed", "{over:#}");

    let (_, report) = program.get(&format!("/v1/controller/experiments/{id}/report")).await;
    let comparison = &report["comparison"];
    let series = comparison["indicators"].as_array().unwrap().iter().find(|one| one["indicator"] == "active_series");
    let series = series.expect("active series are compared");
    assert!(series["change"].as_f64().unwrap() < -0.3, "{series:#}");
    assert_eq!(series["outcome"], "improved", "{series:#}");
    assert_ne!(comparison["verdict"], "reject", "{comparison:#}");
    assert_eq!(comparison["verdict"], over["status"]["verdict"]);
    for indicator in comparison["indicators"].as_array().unwrap() {
        let is_shown_only = indicator["indicator"] == "memory_usage" || indicator["indicator"] == "cpu_usage";
        assert_eq!(is_shown_only, indicator["judged"] == false && indicator["role"] == "gate", "{indicator:#}");
    }
    assert_eq!(program.collectors(), [0; 0]);
}

#[tokio::test]
async fn a_run_lasts_as_long_as_was_asked_for() {
    let program = Program::start().await;
    let id = program.create(&short("timed")).await;
    program.command_experiment(&id, "start").await;
    program.until_over(&id).await;
    let (_, events) = program.get(&format!("/v1/controller/experiments/{id}/events")).await;
    let at = |kind: &str| -> jiff::Timestamp {
        let event = events.as_array().unwrap().iter().find(|event| event["kind"] == format!("experiment.{kind}"));
        event.expect(kind)["at"].as_str().unwrap().parse().unwrap()
    };
    let ran = at("analyzing").duration_since(at("running")).as_secs_f64();
    // The next look of the safety net would come after thirty seconds.
    assert!((10.0..20.0).contains(&ran), "asked for 10 s, ran {ran} s");
}

#[tokio::test]
async fn the_same_specification_gives_the_same_bytes_in_two_runs() {
    let program = Program::start().await;
    let mut seen = Vec::new();
    for name in ["first", "second"] {
        let id = program.create(&short(name)).await;
        program.command_experiment(&id, "start").await;
        program.until_state(&id, "running").await;
        let (_, configurations) = program.get(&format!("/v1/controller/experiments/{id}/configurations")).await;
        let texts: Vec<_> = configurations
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["pipelineType"].clone(), one["hash"].clone(), one["config"].clone()))
            .collect();
        assert_eq!(texts.len(), 2);
        seen.push(texts);
        program.command_experiment(&id, "cancel").await;
        program.until_over(&id).await;
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn kept_pipelines_stay_and_are_swept_by_nobody() {
    let mut program = Program::start().await;
    let mut document = short("kept");
    document["spec"]["keepPipelines"] = json!(true);
    let id = program.create(&document).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 2).await;
    program.command_experiment(&id, "stop").await;
    let over = program.until_state(&id, "completed").await;
    assert_eq!(over["status"]["cleanup"], "kept");
    let kept = program.collectors();
    assert_eq!(kept.len(), 2);
    program.kill();
    program.restart().await;
    assert_eq!(program.collectors(), kept);
}

#[tokio::test]
async fn a_terminated_server_ends_well_and_the_next_one_goes_on() {
    let mut program = Program::start().await;
    let id = program.create(&short("restarted")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 2).await;
    let collectors = program.collectors();
    assert!(program.stop().success(), "{}", program.log());
    assert!(!program.data_dir().join("endpoint.json").exists(), "the addresses are withdrawn");
    assert_eq!(program.collectors(), collectors);
    program.restart().await;
    assert_eq!(program.until_over(&id).await["state"], "completed");
    assert_eq!(program.collectors(), [0; 0]);
}
