//! Collectors that do not do as they should, and hosts without one.

use std::fs;

use rustix::process::Signal;
use serde_json::json;

use crate::support::Program;
use crate::tools::{check_starts, short, signal};

/// Runs a short experiment to its end and answers with it.
async fn run(program: &Program, name: &str) -> serde_json::Value {
    let mut document = short(name);
    document["spec"]["deadlines"] = json!({"deploying": "20s"});
    let id = program.create(&document).await;
    program.command_experiment(&id, "start").await;
    program.until_over(&id).await
}

fn reason(over: &serde_json::Value) -> (&str, &str, &str) {
    let status = &over["status"];
    (over["state"].as_str().unwrap(), status["reason"].as_str().unwrap(), status["message"].as_str().unwrap_or(""))
}

#[tokio::test]
async fn a_collector_that_exits_at_once_fails_the_experiment_with_its_last_words() {
    let program = Program::scripted("echo 'cannot open the gate' >&2\nexit 3").await;
    let over = run(&program, "exits").await;
    let (state, reason, message) = reason(&over);
    assert_eq!(state, "failed");
    // Crash loop or deadline, whichever the pauses between the restarts let come first; either tells what the collector said.
    assert!(["PipelineFailed", "DeployingDeadline"].contains(&reason), "{over:#}");
    assert!(message.contains("cannot open the gate"), "{over:#}");
    assert_eq!(program.collectors(), [0; 0]);
}

#[tokio::test]
async fn a_collector_that_hangs_fails_the_experiment_at_the_deadline_and_is_removed() {
    let program = Program::scripted("exec /bin/sleep 600").await;
    let over = run(&program, "hangs").await;
    let (state, reason, message) = reason(&over);
    assert_eq!((state, reason), ("failed", "DeployingDeadline"), "{over:#}");
    assert!(message.contains("health_check"), "says what it waited for: {message}");
    assert_eq!(program.collectors(), [0; 0]);
}

#[tokio::test]
async fn a_collector_that_is_killed_while_running_is_started_again_and_the_experiment_goes_on() {
    let program = Program::scripted("exec $REAL \"$@\"").await;
    let id = program.create(&short("killed")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    signal(program.collectors()[0], Signal::KILL);
    let over = program.until_over(&id).await;
    assert_eq!(over["state"], "completed", "{over:#}");
    assert!(program.starts().len() >= 3, "one of them was started again");
    check_starts(&program, "killed");
    let outcomes: Vec<String> = program
        .samples(&id)
        .await
        .iter()
        .flat_map(|sample| [sample["baseline"]["outcome"].clone(), sample["candidate"]["outcome"].clone()])
        .map(|outcome| outcome.as_str().unwrap_or("none").to_owned())
        .collect();
    assert!(outcomes.iter().any(|outcome| outcome == "no_data"), "the gap is evidence about the arm: {outcomes:?}");
    assert_eq!(program.collectors(), [0; 0]);
}

#[tokio::test]
async fn a_component_that_the_collector_lacks_is_named_at_initializing() {
    let mut program = Program::prepare(None);
    // A collector that was built without the exporter.
    let poor = Program::scripted("exec $REAL \"$@\"").await;
    let script = poor.state().join("poor");
    let text = format!(
        "#!/bin/sh\ncase \"$1\" in components) {real} components | /bin/sed 's/name: prometheus$/name: none/';; *) exec {real} \"$@\";; esac\n",
        real = crate::support::real_collector().display()
    );
    fs::write(&script, text).unwrap();
    assert!(std::process::Command::new("/bin/chmod").arg("755").arg(&script).status().unwrap().success());
    program.set_flags(&["--http-port", "0", "--grpc-port", "0", "--collector", script.to_str().unwrap()]);
    program.restart().await;
    let over = run(&program, "poor").await;
    let (state, reason, message) = reason(&over);
    assert_eq!((state, reason), ("failed", "ComponentMissing"), "{over:#}");
    assert!(message.contains("exporters.prometheus"), "{message}");
    assert!(program.starts().is_empty(), "nothing was deployed");
}

#[tokio::test]
async fn without_a_collector_and_without_go_the_experiment_fails_with_what_to_do() {
    let mut program = Program::prepare(None);
    program.set_variable("PATH", "/nonexistent");
    program.restart().await;
    let over = run(&program, "nothing").await;
    let (state, reason, message) = reason(&over);
    assert_eq!(state, "failed", "{over:#}");
    assert!(["GenerationFailed", "CollectorUnavailable"].contains(&reason), "{over:#}");
    assert!(
        message.contains("no collector found, and no Go on PATH to build one: Go 1.26 or newer is needed"),
        "{message}"
    );
    assert!(program.log().contains("install Go, one is built:"), "the log says all of it:\n{}", program.log());
}
