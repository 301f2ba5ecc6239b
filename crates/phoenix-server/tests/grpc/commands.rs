//! Experiments: create, get, list, command, delete.

use futures::TryStreamExt as _;
use phoenix_client::v1::experiment_state::State;
use phoenix_client::{Code, v1};

use crate::request::{cancel, create, create_as, seconds, start, stop};
use crate::world::World;

fn revision(experiment: &v1::Experiment) -> u64 {
    experiment.status.as_ref().expect("a status").revision
}

fn reason(experiment: &v1::Experiment) -> &str {
    &experiment.status.as_ref().expect("a status").reason
}

#[tokio::test]
async fn a_creation_answers_the_experiment_complete_with_defaults() {
    let world = World::new();
    let client = world.client().await;
    let created = client.create_experiment(create("one")).await.expect("created");
    assert_eq!((created.id.as_str(), created.name.as_str()), ("experiment-1", "one"));
    assert_eq!((created.current_state(), revision(&created)), (State::Pending, 1));
    assert!(created.created_at.is_some() && created.created_at == created.updated_at);
    let spec = created.spec.clone().expect("a specification");
    assert_eq!(spec.schedule.expect("a schedule").duration, Some(seconds(60)));
    assert!(spec.policy.expect("defaults").fields.contains_key("outageBudget"));
    for reference in ["experiment-1", "one"] {
        assert_eq!(client.get_experiment(reference).await.expect("there"), created);
    }
}

#[tokio::test]
async fn a_creation_under_an_own_id_may_be_repeated() {
    let world = World::new();
    let client = world.client().await;
    let created = client.create_experiment(create_as("mine", "one")).await.expect("created");
    assert_eq!(client.create_experiment(create_as("mine", "one")).await.expect("the same"), created);
    let error = client.create_experiment(create_as("mine", "two")).await.expect_err("another request");
    assert_eq!(error.code(), &Code::AlreadyExists);
}

#[tokio::test]
async fn pages_hold_the_experiments_newest_first_and_filter_by_state() {
    let world = World::new();
    let client = world.client().await;
    for number in 1..=5 {
        client.create_experiment(create(&format!("name-{number}"))).await.expect("created");
        world.pass(1).await;
    }
    client.cancel_experiment(cancel("name-4")).await.expect("cancelled");
    let names = |experiments: &[v1::Experiment]| -> Vec<String> {
        experiments.iter().map(|experiment| experiment.name.clone()).collect()
    };

    let request = v1::ListExperimentsRequest { page_size: 2, ..Default::default() };
    let first = client.list_experiments(request.clone()).await.expect("a page");
    assert_eq!(names(&first.experiments), ["name-5", "name-4"]);
    let all: Vec<v1::Experiment> = client.experiments(request.clone()).try_collect().await.expect("pages");
    assert_eq!(names(&all), ["name-5", "name-4", "name-3", "name-2", "name-1"]);

    let states = vec![State::Cancelled.into(), State::Running.into()];
    let filtered = client.list_experiments(v1::ListExperimentsRequest { states, ..request }).await.expect("a page");
    assert_eq!((names(&filtered.experiments), filtered.next_page_token.as_str()), (vec!["name-4".to_owned()], ""));
}

#[tokio::test]
async fn an_experiment_runs_from_its_start_to_its_deletion() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    let started = client.start_experiment(start("one")).await.expect("started");
    assert_eq!((started.current_state(), revision(&started)), (State::Initializing, 2));

    world.drive().await;
    let running = client.get_experiment(&id).await.expect("there");
    let status = running.status.clone().expect("a status");
    assert_eq!((running.current_state(), status.planned_samples), (State::Running, Some(60)));
    let shown: Vec<(&str, &str, u32, u32)> = status
        .pipelines
        .iter()
        .map(|one| (one.pipeline_type.as_str(), one.phase.as_str(), one.ready, one.desired))
        .collect();
    assert_eq!(shown, [("baseline", "ready", 1, 1), ("candidate", "ready", 1, 1)]);

    world.pass(20).await;
    let status = client.get_experiment(&id).await.expect("there").status.expect("a status");
    assert_eq!((status.samples_taken, status.cleaned_up), (20, false));

    world.pass(60).await;
    let ended = client.get_experiment(&id).await.expect("there");
    let status = ended.status.clone().expect("a status");
    assert_eq!((ended.current_state(), status.verdict.as_str()), (State::Completed, "promote"), "{status:?}");
    assert_eq!((status.samples_taken, status.cleaned_up), (60, true));
    client.delete_experiment(&id).await.expect("deleted");
    assert_eq!(client.get_experiment(&id).await.expect_err("gone").code(), &Code::NotFound);
}

#[tokio::test]
async fn a_stop_judges_early_and_a_cancel_does_not_judge() {
    let world = World::new();
    let client = world.client().await;
    for name in ["stopped", "cancelled"] {
        client.create_experiment(create(name)).await.expect("created");
        client.start_experiment(start(name)).await.expect("started");
    }
    world.pass(5).await;
    let stopped = client.stop_experiment(stop("stopped")).await.expect("stopped");
    assert_eq!((stopped.current_state(), reason(&stopped)), (State::Analyzing, "StopRequested"));
    let request = v1::CancelExperimentRequest { reason: "wrong host".to_owned(), ..cancel("cancelled") };
    let cancelled = client.cancel_experiment(request).await.expect("cancelled");
    let status = cancelled.status.clone().expect("a status");
    assert_eq!(cancelled.current_state(), State::Cancelled);
    assert_eq!((status.reason.as_str(), status.message.as_str()), ("CancelRequested", "wrong host"));
    world.pass(5).await;
    let judged = client.get_experiment("stopped").await.expect("there");
    assert_eq!(judged.current_state(), State::Completed);
    assert_eq!(judged.status.expect("a status").verdict, "inconclusive", "five samples are no evidence");
}

#[tokio::test]
async fn a_cancel_before_the_run_is_a_failure_by_request() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    let cancelled = client.cancel_experiment(cancel("one")).await.expect("cancelled");
    assert_eq!((cancelled.current_state(), reason(&cancelled)), (State::Failed, "CancelRequested"));
}

async fn ask(client: &phoenix_client::Client, id: &str, state: State) -> phoenix_client::Result<v1::Experiment> {
    let state = Some(v1::ExperimentState { value: state.into() });
    let request =
        v1::UpdateStateRequest { id: id.to_owned(), state, reason: "as asked".to_owned(), expected_revision: None };
    client.update_experiment_state(request).await
}

#[tokio::test]
async fn commands_are_spoken_in_states() {
    let world = World::new();
    let client = world.client().await;
    for (name, state, expected, reason_expected) in [
        ("stopped", State::Analyzing, State::Analyzing, "StopRequested"),
        ("cancelled", State::Cancelled, State::Cancelled, "CancelRequested"),
        ("aborted", State::Failed, State::Failed, "AbortRequested"),
    ] {
        client.create_experiment(create(name)).await.expect("created");
        let started = ask(&client, name, State::Initializing).await.expect("started");
        assert_eq!(started.current_state(), State::Initializing);
        world.drive().await;
        let after = ask(&client, name, state).await.expect("done");
        assert_eq!((after.current_state(), reason(&after)), (expected, reason_expected));
    }
    let aborted = client.get_experiment("aborted").await.expect("there");
    assert_eq!(aborted.status.expect("a status").message, "as asked");
}

#[tokio::test]
async fn states_that_nobody_can_ask_for_are_refused() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    for state in [State::Pending, State::Deploying, State::Running, State::Completed] {
        let error = ask(&client, "one", state).await.expect_err("refused");
        assert_eq!(error.code(), &Code::ValidationFailed, "{state:?}");
        assert!(error.details().contains_key("state"), "{error:?}");
    }
    for state in [None, Some(v1::ExperimentState::default()), Some(v1::ExperimentState { value: 42 })] {
        let request = v1::UpdateStateRequest { id: "one".to_owned(), state, ..Default::default() };
        let error = client.update_experiment_state(request).await.expect_err("refused");
        assert_eq!(error.code(), &Code::ValidationFailed, "{state:?}");
    }
    assert_eq!(revision(&client.get_experiment("one").await.expect("there")), 1, "nothing has happened");
}

#[tokio::test]
async fn a_run_is_paused_and_resumed() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    let pause =
        v1::PauseExperimentRequest { id: "one".to_owned(), reason: "maintenance".to_owned(), ..Default::default() };
    let paused = client.pause_experiment(pause).await.expect("paused").status.expect("a status");
    assert!(paused.paused_since.is_some() && paused.running_since.is_none(), "{paused:?}");
    world.pass(60).await;
    let resume = v1::ResumeExperimentRequest { id: "one".to_owned(), ..Default::default() };
    let resumed = client.resume_experiment(resume.clone()).await.expect("resumed").status.expect("a status");
    assert_eq!((resumed.paused_since, resumed.paused.expect("a length").seconds), (None, 60));
    let stale = v1::ResumeExperimentRequest { expected_revision: Some(1), ..resume };
    let error = client.resume_experiment(stale).await.expect_err("an old revision");
    assert_eq!(error.code(), &Code::Conflict);
}

#[tokio::test]
async fn a_frozen_controller_starts_nothing() {
    let world = World::new();
    let client = world.client().await;
    client.create_experiment(create("one")).await.expect("created");
    assert_eq!(client.freeze_state().await.expect("answers"), v1::FreezeState::default());
    let frozen = client.freeze(v1::FreezeRequest { reason: "release day".to_owned() }).await.expect("frozen");
    assert!(frozen.frozen && frozen.since.is_some(), "{frozen:?}");
    assert_eq!((frozen.actor.as_str(), frozen.reason.as_str()), ("local", "release day"));
    let error = client.start_experiment(start("one")).await.expect_err("frozen");
    assert_eq!(error.code(), &Code::Frozen);
    assert_eq!(client.thaw().await.expect("thawed"), v1::FreezeState::default());
    client.start_experiment(start("one")).await.expect("started");
}
