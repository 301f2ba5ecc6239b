//! `run` and `watch`: from the file to the verdict, through everything that happens on the way.

use std::collections::VecDeque;
use std::path::Path;

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Experiment, Reason, State};
use serde_json::json;
use tempfile::TempDir;

use crate::answers::{VALID, comparison, completed, ended, in_state, way_to};
use crate::fake::{Fake, World, problem};
use crate::program::{Ended, Running, run};

/// A home with a valid file in it.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join("x.yaml"), VALID).expect("written");
    home
}

/// A server on which the experiment comes to this end.
fn server(end: Experiment) -> Fake {
    let mut world = World::of(in_state(State::Pending));
    world.steps = way_to(end).into();
    world.comparison = Some(comparison(Verdict::Promote));
    Fake::start(world)
}

async fn run_to(end: Experiment, args: &[&str]) -> Ended {
    let (home, server) = (home(), server(end));
    let url = server.url();
    let args: Vec<&str> = ["--server", url.as_str()].into_iter().chain(args.iter().copied()).collect();
    run(home.path(), &args).await
}

#[tokio::test]
async fn run_ends_with_the_code_of_what_came_out() {
    for (end, code) in [
        (completed(Verdict::Promote), 0),
        (completed(Verdict::Reject), 10),
        (completed(Verdict::Inconclusive), 11),
        (ended(State::Failed, Reason::PipelineFailed), 12),
        (ended(State::Failed, Reason::CancelRequested), 13),
        (ended(State::Cancelled, Reason::CancelRequested), 13),
    ] {
        let ended = run_to(end, &["run", "-f", "x.yaml"]).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stdout.starts_with("experiment cut-process-cost "), "{ended:?}");
    }
}

#[tokio::test]
async fn run_tells_what_it_waits_for_and_prints_the_report_alone() {
    let ended = run_to(completed(Verdict::Promote), &["run", "-f", "x.yaml"]).await;
    let said: Vec<&str> = ended.stderr.lines().collect();
    let expected = [
        "experiment cut-process-cost (e1) created",
        "initializing: generating and checking both configurations",
        "deploying: baseline not seen yet, candidate not seen yet",
        "running: 0 of 120 samples, 30m left; active series 474 -> 98",
        "analyzing: judging the samples",
    ];
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected.split(", 30m").next().unwrap_or(expected)), "{said}");
    }
    assert!(ended.stdout.contains("completed    verdict  PROMOTE\n"), "{}", ended.stdout);
    assert!(
        ended
            .stdout
            .contains("  active series        474          98   -79.3 %   exact              -10 %   improved\n"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains('\u{1b}') && !ended.stderr.contains('\u{1b}'), "no terminal, no colours: {ended:?}");
}

#[tokio::test]
async fn run_for_programs_prints_the_answer_of_the_server() {
    let ended = run_to(completed(Verdict::Reject), &["run", "-f", "x.yaml", "-o", "json"]).await;
    let answer = ended.json();
    assert_eq!(answer["experiment"]["status"]["verdict"], "reject");
    assert_eq!(answer["comparison"]["indicators"][0]["outcome"], "improved");
    let ended = run_to(completed(Verdict::Reject), &["-o", "yaml", "run", "-f", "x.yaml"]).await;
    assert!(ended.stdout.starts_with("experiment:\n  id: e1\n"), "{ended:?}");
    assert_eq!(ended.code, Some(10));
}

#[tokio::test]
async fn run_of_a_name_that_is_in_use_says_what_can_be_done() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    let text =
        "an experiment named \"cut-process-cost\" has not ended yet; wait for it, cancel it, or take another name";
    server.world().refusal = Some((409.try_into().expect("a status"), problem("ALREADY_EXISTS", text)));
    let ended = run(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]).await;
    assert_eq!(ended.code, Some(1));
    let hint = "  follow it with: phoenixctl watch cut-process-cost; end it with: phoenixctl cancel cut-process-cost; or change \
                metadata.name (or metadata.id) in x.yaml\n";
    assert_eq!(ended.stderr, format!("[ALREADY_EXISTS] {text}\n{hint}  more: phoenixctl explain ALREADY_EXISTS\n"));
    assert_eq!(ended.stdout, "");
}

#[tokio::test]
async fn run_of_an_experiment_that_was_created_before_follows_it() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().experiment = in_state(State::Running);
    let ended = run(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]).await;
    assert_eq!(ended.code, Some(0));
    assert!(
        ended.stderr.starts_with("experiment cut-process-cost (e1) was created before and is running; following it\n"),
        "{ended:?}"
    );
    assert!(!server.world().requests.iter().any(|request| request.contains("start")));
}

#[tokio::test]
async fn run_that_cannot_start_what_it_created_says_how_to_go_on() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().is_deaf_to_start = true;
    let ended = run(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]).await;
    assert_eq!(ended.code, Some(5), "{ended:?}");
    let hint =
        "experiment cut-process-cost was created and could not be started; try: phoenixctl start cut-process-cost\n";
    assert!(ended.stderr.contains(hint), "{ended:?}");
}

#[tokio::test]
async fn run_leaves_a_scheduled_start_to_the_server() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().experiment.spec.schedule.start = Some("2026-01-01T00:00:00Z".parse().expect("valid"));
    let ended = run(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]).await;
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("pending: starts at 2026-01-01T00:00:00Z"), "{ended:?}");
    assert!(!server.world().requests.iter().any(|request| request.contains("start")));
}

#[tokio::test]
async fn waiting_longer_than_allowed_ends_with_14_and_leaves_the_experiment() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    // Already running, so that nothing needs to be seen in the short time.
    server.world().experiment = in_state(State::Running);
    server.world().steps.clear();
    let url = server.url();
    let ended = run(home.path(), &["run", "-f", "x.yaml", "--timeout", "100ms", "--server", &url]).await;
    assert_eq!(ended.code, Some(14), "{ended:?}");
    assert_eq!(ended.stdout, "");
    assert!(ended.stderr.contains("has not ended within 100ms: it is running and goes on\n"), "{ended:?}");
    assert!(!server.world().requests.iter().any(|request| request.contains("cancel")));
    let ended = run(home.path(), &["watch", "cut-process-cost", "--timeout", "100ms", "--server", &url]).await;
    assert_eq!(ended.code, Some(14), "{ended:?}");
}

#[tokio::test]
async fn watch_ends_like_run_and_names_the_experiment_by_its_id() {
    let ended = run_to(completed(Verdict::Inconclusive), &["watch", "cut-process-cost"]).await;
    assert_eq!(ended.code, Some(11), "{ended:?}");
    assert!(ended.stdout.contains("INCONCLUSIVE"));
}

#[tokio::test]
async fn the_first_interrupt_cancels_and_waits_for_the_cleanup() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().steps = VecDeque::from([in_state(State::Running)]);
    let mut running = Running::start(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]);
    running.says("running:").await;
    running.interrupt();
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(13), "{ended:?}");
    assert!(ended.stderr.contains("cancelling the experiment; another Ctrl-C stops waiting for it\n"), "{ended:?}");
    assert!(ended.stderr.contains("cancelled, removing the pipelines"), "{ended:?}");
    assert!(ended.stdout.contains("cancelled    CancelRequested\n"), "{ended:?}");
    let reason = json!({ "reason": "interrupted (Ctrl-C)" });
    assert_eq!(server.world().bodies.last(), Some(&reason));
}

#[tokio::test]
async fn the_second_interrupt_stops_waiting() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().steps = VecDeque::from([in_state(State::Running)]);
    server.world().cleans_up = false;
    let mut running = Running::start(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]);
    running.says("running:").await;
    running.interrupt();
    running.says("cancelled, removing the pipelines").await;
    running.interrupt();
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(13), "{ended:?}");
    assert!(ended.stdout.contains("  its pipelines are still being removed\n"), "{ended:?}");
}

#[tokio::test]
async fn interrupts_before_the_server_has_answered_are_not_lost_and_two_of_them_end_the_waiting() {
    let home = home();
    // A server that takes the request and never answers.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let mut running = Running::start(home.path(), &["run", "-f", "x.yaml", "--server", &url]);
    let (_connection, _) = silent.accept().await.expect("it is asked");
    running.interrupt();
    running.says("another Ctrl-C").await;
    running.interrupt();
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(14), "{ended:?}");
    assert!(ended.stderr.contains("it may have created the experiment: phoenixctl list"), "{ended:?}");
}

#[tokio::test]
async fn an_interrupt_while_it_is_judged_waits_for_the_verdict_and_a_second_one_does_not() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().experiment = in_state(State::Analyzing);
    server.world().steps.clear();
    let mut running = Running::start(home.path(), &["run", "-f", "x.yaml", "--server", &server.url()]);
    running.says("analyzing:").await;
    running.interrupt();
    running.says("another Ctrl-C").await;
    running.interrupt();
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(14), "{ended:?}");
    assert!(!server.world().requests.iter().any(|request| request.contains("cancel")));
}

#[tokio::test]
async fn a_server_that_is_busy_for_a_while_is_asked_again() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    let url = server.url();
    server.world().experiment = in_state(State::Running);
    server.world().steps.clear();
    let mut running = Running::start(home.path(), &["watch", "e1", "--server", &url]);
    running.says("running:").await;
    // Until it was noticed: some of its requests may fail without a word.
    server.world().busy_for = u32::MAX;
    running.says("the server is stopping; asking again for 120s (experiments go on when their server is back)").await;
    server.world().busy_for = 0;
    server.world().experiment = completed(Verdict::Promote);
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains(&format!("the server at {url} answers again")), "{ended:?}");
}

#[tokio::test]
async fn a_server_that_is_started_again_elsewhere_is_found_by_its_data_directory() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().experiment = in_state(State::Running);
    server.world().steps.clear();
    server.world().token = Some("secret-of-the-directory".to_owned());
    let data = home.path().join("data");
    std::fs::create_dir(&data).expect("made");
    std::fs::write(data.join("token"), "secret-of-the-directory\n").expect("written");
    publish(&data, &server);
    let mut running = Running::start(home.path(), &["watch", "e1", "--data-dir", "data"]);
    running.says("running:").await;
    let first = server.address();
    let mut server = server;
    server.stop();
    // Refused, reset, or ended within an answer: whatever it was in the middle of.
    running.says(&format!("the server at http://{first} does not answer: ")).await;
    let server = server.restart(|world| world.experiment = completed(Verdict::Reject));
    assert_ne!(server.address(), first);
    publish(&data, &server);
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(10), "{ended:?}");
    assert!(ended.stderr.contains(&format!("the server at {} answers again", server.url())), "{ended:?}");
    assert!(!ended.stderr.contains("secret") && !ended.stdout.contains("secret"), "{ended:?}");
}

/// Tells programs where the server listens, whole or not at all.
fn publish(data: &Path, server: &Fake) {
    let endpoint = json!({ "pid": 1, "http": server.address(), "grpc": server.address() });
    std::fs::write(data.join("endpoint.tmp"), endpoint.to_string()).expect("written");
    std::fs::rename(data.join("endpoint.tmp"), data.join("endpoint.json")).expect("moved");
}

#[tokio::test]
async fn an_experiment_that_vanishes_ends_the_watching() {
    let (home, server) = (home(), server(completed(Verdict::Promote)));
    server.world().experiment = in_state(State::Running);
    server.world().steps.clear();
    let mut running = Running::start(home.path(), &["watch", "cut-process-cost", "--server", &server.url()]);
    running.says("running:").await;
    {
        let mut world = server.world();
        world.experiment.id = "e2".parse().expect("valid");
    }
    let ended = running.ends().await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
}
