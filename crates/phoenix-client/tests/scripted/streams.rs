//! How streams go on after a break, and when they do not.

use futures::StreamExt as _;
use phoenix_client::v1::experiment_state::State;
use phoenix_client::{Code, Result, Updates, v1};
use tokio::time::timeout;
use tonic::{Code as GrpcCode, Status};

use crate::controller::{PATIENCE, QUICK, Scripted, refusal, unavailable};

fn event(cursor: &str) -> v1::ExperimentUpdate {
    let event = v1::Event { kind: cursor.to_owned(), ..Default::default() };
    v1::ExperimentUpdate { cursor: cursor.to_owned(), event: Some(event), experiment: None }
}

fn progress(id: &str, name: &str) -> v1::ExperimentUpdate {
    let experiment = v1::Experiment { id: id.to_owned(), name: name.to_owned(), ..Default::default() };
    v1::ExperimentUpdate { experiment: Some(experiment), ..Default::default() }
}

async fn open(controller: &Scripted, references: &[&str]) -> Updates {
    let experiment_ids = references.iter().map(|one| (*one).to_owned()).collect();
    let request = v1::StreamUpdatesRequest { experiment_ids, after_cursor: String::new() };
    controller.client().await.stream_experiment_updates(request).await.expect("a stream")
}

async fn rest(updates: &mut Updates) -> Vec<Result<v1::ExperimentUpdate>> {
    let mut all = Vec::new();
    while let Some(update) = timeout(PATIENCE, updates.next()).await.expect("it goes on, or it ends") {
        all.push(update);
    }
    all
}

fn cursors(controller: &Scripted) -> Vec<String> {
    controller.opened().into_iter().map(|request| request.after_cursor).collect()
}

#[tokio::test]
async fn a_broken_stream_goes_on_from_the_last_cursor() {
    let controller = Scripted::default();
    let cut = || Err(Status::unknown("missing grpc-status trailer"));
    controller.stream([
        vec![Ok(event("1")), Ok(event("2")), Err(unavailable())],
        vec![Ok(event("3")), Ok(progress("e1", "one")), cut()],
        vec![Ok(event("4"))],
    ]);
    let mut updates = open(&controller, &[]).await;
    assert_eq!(updates.cursor(), "");
    let all: Vec<v1::ExperimentUpdate> =
        rest(&mut updates).await.into_iter().map(|one| one.expect("no error")).collect();
    let seen: Vec<&str> = all.iter().map(|update| update.cursor.as_str()).collect();
    assert_eq!(seen, ["1", "2", "3", "", "4"]);
    assert_eq!(cursors(&controller), ["", "2", "3"], "progress has no cursor and changes none");
    assert_eq!(updates.cursor(), "4");
    assert!(updates.next().await.is_none(), "an end is an end");
}

#[tokio::test]
async fn a_refusal_ends_the_stream() {
    let controller = Scripted::default();
    controller.stream([vec![Ok(event("1")), Err(refusal("UNAUTHENTICATED", GrpcCode::Unauthenticated))]]);
    let updates = open(&controller, &[]).await;
    let all: Vec<Result<v1::ExperimentUpdate>> = updates.into_stream().collect().await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].as_ref().expect_err("refused").code(), &Code::Unauthenticated);
    assert_eq!(controller.opened().len(), 1);
}

#[tokio::test]
async fn attempts_in_a_row_are_bounded_and_every_update_begins_the_count_anew() {
    let controller = Scripted::default();
    // Each of the first streams gets a word in; then they break at once.
    controller.stream((0..2 * QUICK.repetitions).map(|n| vec![Ok(event(&n.to_string())), Err(unavailable())]));
    let mut updates = open(&controller, &[]).await;
    let all = rest(&mut updates).await;
    assert_eq!(all.len(), 2 * QUICK.repetitions + 1);
    assert_eq!(all.last().map(|last| last.as_ref().expect_err("given up").code()), Some(&Code::Unavailable));
    assert_eq!(controller.opened().len(), 2 * QUICK.repetitions + QUICK.repetitions);
}

#[tokio::test]
async fn after_a_break_a_name_still_means_the_same_experiment() {
    let controller = Scripted::default();
    controller.stream([vec![Ok(progress("e1", "nightly")), Err(unavailable())], vec![]]);
    let mut updates = open(&controller, &["nightly", "e2"]).await;
    rest(&mut updates).await;
    let opened = controller.opened();
    assert_eq!(opened[0].experiment_ids, ["nightly", "e2"]);
    assert_eq!(opened[1].experiment_ids, ["e1", "e2"]);
}

#[tokio::test]
async fn waiting_ends_with_a_terminal_state() {
    let controller = Scripted::default();
    let at = |state: State| {
        let state = Some(v1::ExperimentState { value: state.into() });
        let experiment = v1::Experiment { id: "e1".to_owned(), state, ..Default::default() };
        Ok(v1::ExperimentUpdate { experiment: Some(experiment), ..Default::default() })
    };
    controller.stream([vec![at(State::Running), Err(unavailable())], vec![at(State::Analyzing), at(State::Failed)]]);
    let ended = controller.client().await.wait("e1").await.expect("ended");
    assert_eq!(ended.current_state(), State::Failed);
}
