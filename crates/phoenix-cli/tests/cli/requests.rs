//! Commands that are one request: answers for people and programs, refusals, exit codes.

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::State;
use serde_json::json;

use crate::answers::{VALID, completed, in_state};
use crate::fake::{Fake, World, problem};
use crate::program::{Ended, run, run_with_input};

fn server(world: World) -> Fake {
    Fake::start(world)
}

async fn ask(server: &Fake, args: &[&str]) -> Ended {
    let home = tempfile::tempdir().expect("a directory");
    let url = server.url();
    let args: Vec<&str> = args.iter().copied().chain(["--server", url.as_str()]).collect();
    run(home.path(), &args).await
}

#[tokio::test]
async fn an_experiment_is_created_from_the_standard_input() {
    let server = server(World::of(in_state(State::Pending)));
    let home = tempfile::tempdir().expect("a directory");
    let ended = run_with_input(home.path(), &["create", "-f", "-", "--server", &server.url()], VALID).await;
    assert_eq!(
        ended.stdout,
        "experiment cut-process-cost (e1): pending\n  start it with: phoenixctl start cut-process-cost\n"
    );
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert_eq!(server.world().bodies[0]["spec"]["schedule"]["warmUp"], "2m");
}

#[tokio::test]
async fn violations_that_the_server_finds_are_invalid_input() {
    let server = server(World::of(in_state(State::Pending)));
    let text = "spec.schedule.duration: \"5s\" is too short\n  allowed: 10s to 720h";
    server.world().refusal = Some((400.try_into().expect("a status"), problem("VALIDATION_FAILED", text)));
    let home = tempfile::tempdir().expect("a directory");
    let ended = run_with_input(home.path(), &["create", "-f", "-", "--server", &server.url()], VALID).await;
    let said = format!("[VALIDATION_FAILED] {text}\n  more: phoenixctl explain VALIDATION_FAILED\n");
    assert_eq!((ended.code, ended.stderr), (Some(2), said));
}

#[tokio::test]
async fn commands_say_what_they_led_to_and_what_comes_next() {
    let server = server(World::of(in_state(State::Pending)));
    let ended = ask(&server, &["start", "cut-process-cost"]).await;
    assert_eq!(
        ended.stdout,
        "experiment cut-process-cost: initializing\n  follow it with: phoenixctl watch cut-process-cost\n"
    );
    server.world().experiment = in_state(State::Running);
    let ended = ask(&server, &["stop", "cut-process-cost", "--reason", "seen enough"]).await;
    assert_eq!(
        ended.stdout,
        "experiment cut-process-cost: analyzing\n  follow it with: phoenixctl watch cut-process-cost\n"
    );
    assert_eq!(server.world().bodies.last(), Some(&json!({ "reason": "seen enough" })));
    server.world().experiment = in_state(State::Running);
    let ended = ask(&server, &["cancel", "cut-process-cost", "--reason", "enough", "-o", "json"]).await;
    assert_eq!(ended.json()["state"], "cancelled");
    assert_eq!(server.world().bodies.last(), Some(&json!({ "reason": "enough" })));
    let ended = ask(&server, &["stop", "cut-process-cost"]).await;
    assert_eq!(ended.code, Some(1));
    let hint = "  see where it is with: phoenixctl get cut-process-cost\n  more: phoenixctl explain STATE_TRANSITION_INVALID\n";
    assert_eq!(
        ended.stderr,
        format!("[STATE_TRANSITION_INVALID] Invalid state transition from cancelled by stop\n{hint}")
    );
}

#[tokio::test]
async fn a_list_is_a_table_and_asks_for_the_states() {
    let server = server(World::of(completed(Verdict::Promote)));
    let ended = ask(&server, &["list", "--state", "completed,failed", "--limit", "7"]).await;
    let header = "name               state       reason     created                id   verdict";
    let mut lines = ended.stdout.lines();
    assert_eq!(lines.next(), Some(header), "{ended:?}");
    assert!(lines.next().is_some_and(
        |line| line.starts_with("cut-process-cost   completed   Analysed   20") && line.ends_with("e1   promote")
    ));
    assert_eq!(server.world().requests, ["GET ?pageSize=7&state=completed,failed"]);
    let ended = ask(&server, &["list", "-o", "json"]).await;
    assert_eq!(ended.json()[0]["name"], "cut-process-cost");
    let ended = ask(&server, &["list", "--state", "paused"]).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
}

#[tokio::test]
async fn an_experiment_is_shown_with_its_pipelines() {
    let server = server(World::of(in_state(State::Running)));
    server.world().pipelines = json!([{ "pipelineType": "candidate", "name": "c", "configHash": "0", "phase": "degraded", "ready": 0, "desired": 1 }]);
    let ended = ask(&server, &["get", "e1"]).await;
    assert!(
        ended.stdout.starts_with("experiment cut-process-cost\n  id           e1\n  state        running since 20"),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("\n  candidate    process-baseline, degraded 0/1\n"), "{ended:?}");
    assert!(ended.stdout.contains("\n  schedule     30m, sampled every 15s, the first 0s as warm-up\n"), "{ended:?}");
}

#[tokio::test]
async fn a_history_is_read_to_its_last_page_and_obeyed_by_no_terminal() {
    let server = server(World::of(in_state(State::Running)));
    let ended = ask(&server, &["history", "e1"]).await;
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{ended:?}");
    assert_eq!(lines[1], "  1   2026-12-01T08:00:00Z   created        local   Created");
    assert!(lines[3].ends_with("outage began   local   OutageBegan      candidate: \\u{1b}[31mdied"), "{}", lines[3]);
}

#[tokio::test]
async fn deleting_is_done_or_refused_with_a_reason() {
    let server = server(World::of(completed(Verdict::Promote)));
    assert_eq!(ask(&server, &["delete", "e1"]).await.stdout, "experiment e1: deleted\n");
    server.world().experiment = in_state(State::Running);
    let ended = ask(&server, &["delete", "e1"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("cancel it first\n  see where it is with: phoenixctl get e1\n"), "{ended:?}");
}

#[tokio::test]
async fn refusals_have_exit_codes_and_say_what_to_do() {
    let server = server(World::of(in_state(State::Running)));
    let ended = ask(&server, &["get", "nobody"]).await;
    assert_eq!(ended.code, Some(3));
    let said = "[NOT_FOUND] no experiment \"nobody\"\n  see what there is with: phoenixctl list\n  more: phoenixctl explain NOT_FOUND\n";
    assert_eq!(ended.stderr, said);
    server.world().busy_for = 1;
    assert_eq!(ask(&server, &["get", "e1"]).await.code, Some(5));
    server.world().token = Some("right".to_owned());
    let ended = ask(&server, &["get", "e1"]).await;
    assert_eq!(ended.code, Some(4));
    assert!(ended.stderr.contains("PHOENIX_TOKEN"), "{ended:?}");
}

#[tokio::test]
async fn the_token_comes_from_the_environment_or_from_the_data_directory_of_this_host() {
    let server = server(World::of(in_state(State::Running)));
    server.world().token = Some("right".to_owned());
    let home = tempfile::tempdir().expect("a directory");
    let data = home.path().join(".local/state/phoenix");
    std::fs::create_dir_all(&data).expect("made");
    std::fs::write(data.join("token"), "right\n").expect("written");
    let args = ["get", "e1", "--server", &server.url()];
    assert_eq!(run(home.path(), &args).await.code, Some(0));
    let mut command = crate::program::command(home.path(), &args);
    let output = command.env("PHOENIX_TOKEN", "wrong").output().await.expect("it runs");
    assert_eq!(output.status.code(), Some(4), "the environment wins");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let home = tempfile::tempdir().expect("a directory");
    // Bound without listening: nobody answers there, and no parallel test can begin to.
    let silent = tokio::net::TcpSocket::new_v4().expect("a socket");
    silent.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let free = silent.local_addr().expect("an address");
    let ended = run(home.path(), &["list", "--server", &format!("http://{free}")]).await;
    assert_eq!(ended.code, Some(5));
    assert!(
        ended.stderr.starts_with(&format!("the server at http://{free} does not answer: Connection refused")),
        "{ended:?}"
    );
    assert!(
        ended.stderr.ends_with("  start one with phoenix-server, or name another with --server or PHOENIX_SERVER\n"),
        "{ended:?}"
    );
    let ended = run(home.path(), &["list", "--server", "localhost:8081"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.ends_with("  write it like http://127.0.0.1:8081\n"), "{ended:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_no_silence() {
    let server = server(World::of(in_state(State::Running)));
    server.world().pipelines = json!({ "not": "a list" });
    let ended = ask(&server, &["get", "e1"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is not understood: invalid type: map, expected a sequence"), "{ended:?}");
}

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let home = tempfile::tempdir().expect("a directory");
    for args in [
        &["frobnicate"][..],
        &["list", "--limit", "0"],
        &["run"],
        &["watch", "x", "--timeout", "5"],
        &["wait", "x", "--for", "paused"],
        &["wait"],
        &["pause"],
        &["abort", "x"],
        &["freeze", "--show", "--reason", "x"],
        &["thaw", "x"],
        &["list", "--label", "team"],
        &["list", "--label", "=x"],
        &["list", "--label", "a=1", "--label", "a=2"],
        &["list", "--all", "--limit", "3"],
        &["explain", "a", "b"],
        &["doctor", "--fix"],
        &["list", "-o", "xml"],
    ] {
        let ended = run(home.path(), args).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{args:?}: {ended:?}");
    }
}
