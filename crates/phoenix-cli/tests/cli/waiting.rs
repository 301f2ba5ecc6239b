//! `wait`: quiet until it is so, and the exit codes.

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Experiment, Reason, State};
use serde_json::json;

use crate::answers::{completed, ended, in_state, way_to};
use crate::fake::{Fake, World};
use crate::program::{Ended, run};

/// Waits for an experiment that comes to this end.
async fn wait(end: Experiment, args: &[&str]) -> Ended {
    let mut world = World::of(in_state(State::Initializing));
    world.steps = way_to(end).into();
    let server = Fake::start(world);
    let home = tempfile::tempdir().expect("a directory");
    let url = server.url();
    let args: Vec<&str> =
        ["wait", "cut-process-cost", "--server", url.as_str()].into_iter().chain(args.iter().copied()).collect();
    run(home.path(), &args).await
}

#[tokio::test]
async fn an_end_is_one_line_and_its_exit_code() {
    for (end, code, result) in [
        (completed(Verdict::Promote), 0, "completed, promote"),
        (completed(Verdict::Reject), 10, "completed, reject"),
        (completed(Verdict::Inconclusive), 11, "completed, inconclusive"),
        (ended(State::Failed, Reason::PipelineFailed), 12, "failed, PipelineFailed"),
        (ended(State::Failed, Reason::CancelRequested), 13, "failed, CancelRequested"),
        (ended(State::Cancelled, Reason::CancelRequested), 13, "cancelled, CancelRequested"),
    ] {
        let ended = wait(end, &[]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""), "{ended:?}");
        assert_eq!(ended.stdout, format!("experiment cut-process-cost: {result}\n"));
    }
}

#[tokio::test]
async fn a_state_on_the_way_is_enough_and_the_experiment_goes_on() {
    let running = wait(completed(Verdict::Reject), &["--for", "running"]).await;
    assert_eq!(
        (running.code, running.stdout.as_str()),
        (Some(0), "experiment cut-process-cost: running\n"),
        "{running:?}"
    );
    assert_eq!(running.stderr, "");
    let json = wait(completed(Verdict::Reject), &["--for", "analyzing", "-o", "json"]).await;
    assert_eq!((json.code, &json.json()["state"]), (Some(0), &json!("analyzing")));
}

#[tokio::test]
async fn an_end_before_the_state_gives_the_code_of_the_end() {
    for (wanted, end, code) in [
        ("completed", completed(Verdict::Reject), 10),
        ("completed", ended(State::Failed, Reason::DeployingDeadline), 12),
        ("failed", ended(State::Failed, Reason::DeployingDeadline), 12),
        ("failed", completed(Verdict::Promote), 0),
    ] {
        let ended = wait(end, &["--for", wanted]).await;
        assert_eq!(ended.code, Some(code), "{wanted}: {ended:?}");
    }
}

#[tokio::test]
async fn waiting_too_long_says_where_it_is_and_ends_with_14() {
    let server = Fake::start(World::of(in_state(State::Running)));
    let home = tempfile::tempdir().expect("a directory");
    let url = server.url();
    let args = ["wait", "e1", "--for", "completed", "--timeout", "100ms", "--server", &url];
    let ended = run(home.path(), &args).await;
    let expected = "experiment cut-process-cost is not completed within 100ms: it is running and goes on\n  see what it does with: \
                    phoenixctl watch cut-process-cost\n";
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(14), "", expected));
    assert!(!server.world().requests.iter().any(|request| request.contains("cancel")));
    let missing = run(home.path(), &["wait", "nobody", "--server", &url]).await;
    assert_eq!(missing.code, Some(3), "{missing:?}");
}

#[tokio::test]
async fn help_tells_wait_from_watch_and_names_the_exit_codes() {
    let home = tempfile::tempdir().expect("a directory");
    let wait = run(home.path(), &["wait", "--help"]).await.stdout;
    assert!(wait.contains("`watch`") && wait.contains("10 reject") && wait.contains("ended, initializing"), "{wait}");
    let watch = run(home.path(), &["watch", "--help"]).await.stdout;
    assert!(watch.contains("`wait`") && watch.contains("13 it was cancelled, by request"), "{watch}");
    let all = run(home.path(), &["--help"]).await.stdout;
    assert!(all.contains("run, watch and wait end with 0 promote"), "{all}");
}
