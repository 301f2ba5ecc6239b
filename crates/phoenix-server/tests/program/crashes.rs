//! `kill -9` of the server in every state, then a restart: the experiment goes on where it was, nothing runs twice, nothing is left.

use std::fs;

use crate::support::Program;
use crate::tools::{check_starts, short, wait_until};

/// What the history of an undisturbed experiment holds, in order.
const UNDISTURBED: [&str; 7] = ["created", "started", "deploying", "running", "analyzing", "completed", "cleaned_up"];

/// A program whose collectors count their starts.
async fn counting() -> Program {
    Program::scripted("exec $REAL \"$@\"").await
}

/// Kills the server while the experiment is in a state, restarts it, and sees the experiment through to its end.
async fn survive(program: &mut Program, id: &str, state: &str) {
    program.kill();
    assert_eq!(program.stored_state(id).await, state, "the kill came at another time");
    program.restart().await;
    see_through(program, id).await;
}

async fn see_through(program: &Program, id: &str) {
    let over = program.until_over(id).await;
    assert_eq!(over["state"], "completed", "{over:#}\n{}", program.log());
    let history: Vec<String> =
        program.history(id).await.into_iter().filter(|kind| !kind.starts_with("outage_")).collect();
    assert_eq!(history, UNDISTURBED, "each step once");
    check_starts(program, over["name"].as_str().unwrap());
    assert_eq!(program.collectors(), [0; 0], "collectors are left");
}

#[tokio::test]
async fn killed_while_pending() {
    let mut program = counting().await;
    let id = program.create(&short("pending")).await;
    program.kill();
    program.restart().await;
    assert_eq!(program.experiment(&id).await["state"], "pending");
    program.command_experiment(&id, "start").await;
    see_through(&program, &id).await;
}

#[tokio::test]
async fn killed_while_initializing() {
    let mut program = counting().await;
    fs::write(program.state().join("slow"), "").unwrap();
    let id = program.create(&short("initializing")).await;
    program.command_experiment(&id, "start").await;
    wait_until("the collector checks a configuration", || program.state().join("validated").exists()).await;
    fs::remove_file(program.state().join("slow")).unwrap();
    survive(&mut program, &id, "initializing").await;
}

#[tokio::test]
async fn killed_while_deploying() {
    // The collectors take a second to come up, so that the kill comes before they are ready.
    let mut program = Program::scripted("/bin/sleep 1\nexec $REAL \"$@\"").await;
    let id = program.create(&short("deploying")).await;
    program.command_experiment(&id, "start").await;
    wait_until("both collectors are started", || program.starts().len() == 2).await;
    survive(&mut program, &id, "deploying").await;
}

#[tokio::test]
async fn killed_while_running() {
    let mut program = counting().await;
    let id = program.create(&short("running")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    let collectors = program.collectors();
    assert_eq!(collectors.len(), 2);
    program.kill();
    assert_eq!(program.collectors(), collectors, "collectors outlive the server");
    assert_eq!(program.stored_state(&id).await, "running");
    program.restart().await;
    assert_eq!(program.collectors(), collectors, "and are adopted by the next one");
    let before = program.samples(&id).await.len();
    see_through(&program, &id).await;
    assert!(program.samples(&id).await.len() > before, "sampling went on");
}

#[tokio::test]
async fn killed_while_analyzing() {
    let mut program = counting().await;
    // The analysis itself is a matter of milliseconds. It has to wait while the only worker drives another experiment.
    program.set_variable("PHOENIX__SCHEDULER__MAX_CONCURRENT", "1");
    program.stop();
    program.restart().await;
    let id = program.create(&short("analyzing")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    let validated = || fs::read_to_string(program.state().join("validated")).unwrap_or_default().lines().count();
    let before = validated();
    fs::write(program.state().join("slow"), "").unwrap();
    let other = program.create(&short("other")).await;
    program.command_experiment(&other, "start").await;
    wait_until("the worker is busy", || validated() > before).await;
    program.command_experiment(&id, "stop").await;
    program.kill();
    assert_eq!(program.stored_state(&id).await, "analyzing", "the kill came at another time");
    fs::remove_file(program.state().join("slow")).unwrap();
    program.restart().await;
    program.command_experiment(&other, "cancel").await;
    program.until_over(&other).await;
    see_through(&program, &id).await;
}

#[tokio::test]
async fn killed_while_the_pipelines_are_being_removed() {
    let mut program = counting().await;
    let id = program.create(&short("removing")).await;
    program.command_experiment(&id, "start").await;
    program.until_samples(&id, 3).await;
    program.command_experiment(&id, "stop").await;
    program.until_state(&id, "completed").await;
    survive(&mut program, &id, "completed").await;
}

#[tokio::test]
async fn killed_in_failed_and_in_cancelled_the_cleanup_goes_on() {
    let mut program = Program::scripted("/bin/sleep 1\nexec $REAL \"$@\"").await;
    let failing = program.create(&short("cancelled-while-deploying")).await;
    program.command_experiment(&failing, "start").await;
    wait_until("both collectors are started", || program.starts().len() == 2).await;
    program.command_experiment(&failing, "cancel").await;
    program.kill();
    program.restart().await;
    let over = program.until_over(&failing).await;
    assert_eq!((&over["state"], &over["status"]["reason"]), (&"failed".into(), &"CancelRequested".into()));
    assert_eq!(program.collectors(), [0; 0]);

    let cancelled = program.create(&short("cancelled-while-running")).await;
    program.command_experiment(&cancelled, "start").await;
    program.until_state(&cancelled, "running").await;
    program.command_experiment(&cancelled, "cancel").await;
    program.kill();
    program.restart().await;
    assert_eq!(program.until_over(&cancelled).await["state"], "cancelled");
    assert_eq!(program.collectors(), [0; 0]);
}
