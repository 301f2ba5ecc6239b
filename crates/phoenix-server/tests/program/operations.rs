//! What operators set: head-room, retention, and a freeze that outlives the server.

use reqwest::Method;
use serde_json::json;

use crate::support::{Program, real_collector};
use crate::tools::{short, wait_until};

/// A server with these variables.
async fn started(variables: &[(&str, &str)]) -> Program {
    let mut program = Program::prepare(Some(real_collector()));
    for (name, value) in variables {
        program.set_variable(name, value);
    }
    program.restart().await;
    program
}

#[tokio::test]
async fn a_host_without_head_room_is_refused_before_anything_is_deployed() {
    let program = started(&[
        ("PHOENIX__ADMISSION__HEAD_ROOM__ACTION", "refuse"),
        ("PHOENIX__ADMISSION__HEAD_ROOM__MEMORY_MIB", "16000000"),
    ])
    .await;
    let id = program.create(&short("crowded")).await;
    program.command_experiment(&id, "start").await;
    let over = program.until_over(&id).await;
    assert_eq!((&over["state"], &over["status"]["reason"]), (&json!("failed"), &json!("HeadRoomMissing")), "{over:#}");
    let message = over["status"]["message"].as_str().unwrap();
    assert!(message.contains("16000000 MiB") && message.contains("admission.head_room"), "{message}");
    assert_eq!(program.history(&id).await, ["created", "started", "failed"]);
}

#[tokio::test]
async fn a_host_without_head_room_is_mentioned_in_the_history_by_default() {
    let program = started(&[("PHOENIX__ADMISSION__HEAD_ROOM__MEMORY_MIB", "16000000")]).await;
    let id = program.create(&short("warned")).await;
    program.command_experiment(&id, "start").await;
    program.until_state(&id, "running").await;
    let (_, events) = program.get(&format!("/v1/controller/experiments/{id}/events")).await;
    let deploying = events.as_array().unwrap().iter().find(|event| event["kind"] == "experiment.deploying").unwrap();
    assert!(deploying["message"].as_str().unwrap().contains("16000000 MiB"), "{deploying:#}");
    program.command_experiment(&id, "cancel").await;
    program.until_over(&id).await;
}

#[tokio::test]
async fn what_ended_longer_ago_than_it_is_kept_is_gone_and_its_history_stays() {
    let program = started(&[("PHOENIX__RETENTION__FINISHED", "1s"), ("PHOENIX__SCHEDULER__INTERVAL", "1s")]).await;
    let id = program.create(&short("old")).await;
    program.command_experiment(&id, "cancel").await;
    for _ in 0..300 {
        if program.get(&format!("/v1/controller/experiments/{id}")).await.0 == 404 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(program.history(&id).await, ["created", "cancelled", "deleted"]);
}

#[tokio::test]
async fn a_freeze_outlives_the_server_and_a_paused_run_goes_on_after_it() {
    let mut program = started(&[]).await;
    let running = program.create(&short("running")).await;
    program.command_experiment(&running, "start").await;
    program.until_samples(&running, 2).await;
    program.command_experiment(&running, "pause").await;
    let freeze = program.ask(Method::PUT, "/v1/controller/freeze", Some(&json!({"reason": "release"}))).await;
    assert_eq!((freeze.0, &freeze.1["frozen"]), (200, &json!(true)));
    program.kill();
    program.restart().await;
    assert_eq!(program.get("/v1/controller/freeze").await, freeze);
    let waiting = program.create(&short("waiting")).await;
    let (status, problem) = program.post(&format!("/v1/controller/experiments/{waiting}/start"), &json!({})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("FROZEN")), "{problem:#}");
    let paused = program.experiment(&running).await;
    assert!(paused["status"]["clock"]["pausedSince"].is_string(), "{paused:#}");
    wait_until("both collectors are adopted", || program.collectors().len() == 2).await;
    program.command_experiment(&running, "resume").await;
    let over = program.until_over(&running).await;
    assert_eq!(over["state"], "completed", "a freeze stops nothing: {over:#}");
    assert_eq!(program.ask(Method::DELETE, "/v1/controller/freeze", None).await.1, json!({"frozen": false}));
    program.command_experiment(&waiting, "start").await;
}
