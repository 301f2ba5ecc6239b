//! Pause, resume, abort, the freeze, and lists with labels and pages.

use phoenix_core::experiment::{Reason, State};
use serde_json::json;

use crate::answers::{VALID, ended, in_state};
use crate::fake::{Fake, World, problem};
use crate::program::{Ended, run, run_with_input};

async fn ask(server: &Fake, args: &[&str]) -> Ended {
    let home = tempfile::tempdir().expect("a directory");
    let url = server.url();
    let args: Vec<&str> = args.iter().copied().chain(["--server", url.as_str()]).collect();
    run(home.path(), &args).await
}

#[tokio::test]
async fn a_run_is_paused_seen_as_paused_and_resumed() {
    let server = Fake::start(World::of(in_state(State::Running)));
    let paused = ask(&server, &["pause", "cut-process-cost", "--reason", "backup"]).await;
    let expected = "experiment cut-process-cost: running (paused)\n  go on with: phoenixctl resume cut-process-cost\n";
    assert_eq!((paused.code, paused.stdout.as_str()), (Some(0), expected), "{paused:?}");
    assert_eq!(server.world().bodies.last(), Some(&json!({ "reason": "backup" })));
    let list = ask(&server, &["list"]).await;
    assert!(list.stdout.contains("cut-process-cost   running (paused)   "), "{list:?}");
    let get = ask(&server, &["get", "e1"]).await;
    assert!(get.stdout.contains("\n  paused       since 20") && get.stdout.contains("phoenixctl resume"), "{get:?}");
    let resumed = ask(&server, &["resume", "cut-process-cost"]).await;
    assert!(resumed.stdout.starts_with("experiment cut-process-cost: running\n"), "{resumed:?}");
    server.world().experiment = in_state(State::Pending);
    let refused = ask(&server, &["pause", "e1"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.ends_with("phoenixctl get e1\n  more: phoenixctl explain STATE_TRANSITION_INVALID\n"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_aborted_experiment_has_failed_and_says_why() {
    let server = Fake::start(World::of(in_state(State::Running)));
    let aborted = ask(&server, &["abort", "e1", "--reason", "the host goes"]).await;
    let expected = "experiment cut-process-cost: failed\n  what it came to: phoenixctl report cut-process-cost\n";
    assert_eq!((aborted.code, aborted.stdout.as_str()), (Some(0), expected), "{aborted:?}");
    assert_eq!(server.world().bodies.last(), Some(&json!({ "reason": "the host goes" })));
    let get = ask(&server, &["get", "e1"]).await;
    assert!(get.stdout.ends_with("\n  more: phoenixctl explain AbortRequested\n"), "{get:?}");
}

#[tokio::test]
async fn the_controller_is_frozen_shown_and_thawed() {
    let server = Fake::start(World::of(in_state(State::Pending)));
    let show = ask(&server, &["freeze", "--show"]).await;
    assert_eq!((show.code, show.stdout.as_str()), (Some(0), "the controller is not frozen\n"));
    let frozen = ask(&server, &["freeze", "--reason", "release 4.2"]).await;
    let text = "the controller is frozen since 2026-12-01T08:00:00Z by operator: release 4.2\n  nothing new starts, what has started \
                goes on; end it with: phoenixctl thaw\n";
    assert_eq!((frozen.code, frozen.stdout.as_str(), frozen.stderr.as_str()), (Some(0), text, ""));
    let again = ask(&server, &["freeze", "--reason", "another"]).await;
    assert_eq!(again.stdout, text);
    assert!(again.stderr.starts_with("it was frozen before, and that freeze stays as it is"), "{again:?}");
    let shown = ask(&server, &["freeze", "--show", "-o", "json"]).await;
    assert_eq!(shown.json()["reason"], "release 4.2");
    assert_eq!(shown.json()["frozen"], true);
    let thawed = ask(&server, &["thaw"]).await;
    assert!(thawed.stdout.starts_with("the controller is not frozen any more\n"), "{thawed:?}");
    assert_eq!(ask(&server, &["freeze", "--show", "-o", "json"]).await.json(), json!({ "frozen": false }));
    let expected =
        ["GET", "PUT", "PUT", "GET", "DELETE", "GET"].map(|method| format!("{method} /v1/controller/freeze"));
    assert_eq!(server.world().requests, expected);
}

#[tokio::test]
async fn whoever_meets_a_freeze_is_led_to_who_froze_it() {
    let server = Fake::start(World::of(in_state(State::Pending)));
    let refusal = problem("FROZEN", "the controller is frozen");
    server.world().refusal = Some((409.try_into().expect("a status"), refusal));
    let home = tempfile::tempdir().expect("a directory");
    let ended = run_with_input(home.path(), &["create", "-f", "-", "--server", &server.url()], VALID).await;
    let expected = "[FROZEN] the controller is frozen\n  see who froze it and why with: phoenixctl freeze --show\n  more: phoenixctl \
                    explain FROZEN\n";
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), expected));
}

#[tokio::test]
async fn a_list_asks_for_labels_and_says_what_there_is_none_of() {
    let server = Fake::start(World::of(in_state(State::Running)));
    ask(&server, &["list", "--label", "team=platform", "--label", "example.org/tier=1"]).await;
    let labels = "labels=team%3Dplatform%2Cexample.org%2Ftier%3D1";
    assert_eq!(server.world().requests, [format!("GET ?pageSize=50&state=&{labels}")]);
    server.world().listed = 0;
    let none = ask(&server, &["list", "--label", "team=x", "--state", "failed"]).await;
    assert_eq!(none.stdout, "no experiments that are failed with team=x\n");
}

#[tokio::test]
async fn a_list_that_is_cut_says_so_and_all_of_it_is_to_be_had() {
    let server = Fake::start(World::of(in_state(State::Running)));
    server.world().listed = 1_203;
    let some = ask(&server, &["list"]).await;
    assert_eq!(some.stdout.lines().count(), 51);
    assert_eq!((some.code, some.stderr.as_str()), (Some(0), "50 shown, there are more: --limit 200, or --all\n"));
    let programs = ask(&server, &["list", "--limit", "700", "-o", "json"]).await;
    assert_eq!(programs.json().as_array().map(Vec::len), Some(700));
    assert_eq!(programs.stderr, "700 shown, there are more: --limit 2800, or --all\n");
    let all = ask(&server, &["list", "--all", "-o", "json"]).await;
    assert_eq!((all.json().as_array().map(Vec::len), all.stderr.as_str()), (Some(1_203), ""));
    let exactly = ask(&server, &["list", "--limit", "1203"]).await;
    assert_eq!((exactly.stdout.lines().count(), exactly.stderr.as_str()), (1_204, ""));
}

#[tokio::test]
async fn a_message_that_the_status_cut_is_shown_whole_from_the_history() {
    let whole = format!("the collector said: {} and that was the cause", "x".repeat(600));
    let mut experiment = ended(State::Failed, Reason::PipelineFailed);
    experiment.status.message = whole[..400].to_owned();
    let mut world = World::of(experiment);
    let event = |seq: u64, to: &str, reason: &str, message: &str| {
        json!({
            "experimentId": "e1", "seq": seq, "kind": "experiment.failed", "at": "2026-12-01T08:00:00Z", "actor": "system",
            "tenant": "default", "to": to, "reason": reason, "message": message,
        })
    };
    world.events = Some(vec![
        event(1, "deploying", "Generated", &"y".repeat(500)),
        event(2, "failed", "PipelineFailed", &whole),
        event(3, "failed", "PipelinesRemoved", ""),
    ]);
    let server = Fake::start(world);
    for command in ["get", "watch"] {
        let ended = ask(&server, &[command, "e1"]).await;
        assert!(ended.stdout.contains("and that was the cause"), "{command}: {ended:?}");
    }
    let programs = ask(&server, &["get", "e1", "-o", "json"]).await;
    assert_eq!(
        programs.json()["status"]["message"].as_str().map(str::len),
        Some(400),
        "programs get what the server says"
    );
}
