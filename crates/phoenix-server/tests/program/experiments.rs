//! Whole experiments on real collectors.

use serde_json::{Value, json};

use crate::support::Program;
use crate::tools::short;
use crate::workload::Workload;

/// Small, idle and critical.
const CRITICAL: &str = "phx-test-db";
/// Of these there are many: re-aggregation makes one of them.
const MANY: &str = "phx-test-batch";

/// Seventy judged instants where sixty are enough, and more than a second for each: a busy machine does no harm.
fn long(name: &str, optimizations: &Value) -> Value {
    let pipeline = json!({"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "2s"}});
    let mut document = short(name);
    document["spec"]["baseline"] = pipeline.clone();
    document["spec"]["candidate"] = pipeline;
    document["spec"]["candidate"]["optimizations"] = optimizations.clone();
    document["spec"]["criticalProcesses"] = json!([format!("^{CRITICAL}$")]);
    document["spec"]["schedule"] = json!({"duration": "112s", "warmUp": "6s", "sampleInterval": "1500ms"});
    document
}

/// Runs an experiment; answers with the experiment at its end and its comparison.
async fn judged(program: &Program, document: &Value) -> (Value, Value) {
    let id = program.create(document).await;
    program.command_experiment(&id, "start").await;
    let over = program.until_over(&id).await;
    assert_eq!(over["state"], "completed", "{over:#}");
    let (status, report) = program.get(&format!("/v1/controller/experiments/{id}/report")).await;
    assert_eq!(status, 200, "{report:#}");
    let comparison = report["comparison"].clone();
    assert_eq!(comparison["verdict"], over["status"]["verdict"]);
    (over, comparison)
}

fn indicator<'a>(comparison: &'a Value, name: &str) -> &'a Value {
    let mut all = comparison["indicators"].as_array().unwrap().iter();
    all.find(|one| one["indicator"] == name).unwrap_or_else(|| panic!("no {name} in {comparison:#}"))
}

/// Three experiments at the same time on one server: six collectors that measure the same host.
#[tokio::test]
async fn verdicts_on_real_collectors() {
    let _workload = Workload::start(&[(CRITICAL, 1), (MANY, 40)]);
    let program = Program::start().await;
    let trim = long("trim", &json!([{"name": "exclude-kernel-threads"}, {"name": "reaggregate-at-source"}]));
    let lossy = json!([{"name": "threshold", "parameters": {"memoryMib": 48, "cpuUtilization": 0.5}}]);
    let (lossy, same) = (long("lossy", &lossy), long("same", &json!([])));
    let ((_, trimmed), (_, lossy), (_, same)) =
        tokio::join!(judged(&program, &trim), judged(&program, &lossy), judged(&program, &same));
    a_trimmed_candidate_saves_series_and_is_not_rejected(&trimmed);
    a_candidate_that_loses_the_critical_process_is_rejected_by_its_name(&lossy);
    nothing_is_saved_by_the_same_pipeline(&same);
    assert_eq!(program.collectors(), [0; 0]);
}

fn a_trimmed_candidate_saves_series_and_is_not_rejected(comparison: &Value) {
    let series = indicator(comparison, "active_series");
    assert!(series["change"].as_f64().unwrap() < -0.2, "{series:#}");
    assert_eq!(series["outcome"], "improved", "{series:#}");
    assert_ne!(comparison["verdict"], "reject", "{comparison:#}");
    for indicator in comparison["indicators"].as_array().unwrap() {
        let is_shown_only = indicator["indicator"] == "memory_usage" || indicator["indicator"] == "cpu_usage";
        assert_eq!(is_shown_only, indicator["judged"] == false && indicator["role"] == "gate", "{indicator:#}");
    }
}

/// No pattern proves beforehand that the threshold hides it.
fn a_candidate_that_loses_the_critical_process_is_rejected_by_its_name(comparison: &Value) {
    assert_eq!(comparison["verdict"], "reject", "{comparison:#}");
    assert!(comparison["reasons"].to_string().contains(CRITICAL), "{comparison:#}");
    assert_eq!(indicator(comparison, "critical_retention")["outcome"], "regressed", "{comparison:#}");
}

fn nothing_is_saved_by_the_same_pipeline(comparison: &Value) {
    assert_ne!(comparison["verdict"], "promote", "{comparison:#}");
    assert_ne!(indicator(comparison, "active_series")["outcome"], "improved", "{comparison:#}");
    assert_eq!(indicator(comparison, "critical_retention")["outcome"], "pass", "{comparison:#}");
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
