//! Commands on experiments: which are refused, and what a revision protects.

use crate::app::RequestedState;
use crate::app::tests::world::{World, caller, cancel, document, stranger};
use crate::error::Code;
use crate::experiment::{Command, EventKind, PipelineType, State};
use crate::id::Revision;
use crate::testing::fake::{Behaviour, Fault, Faults, Point};

fn asked(state: State) -> Result<Command, crate::error::Error> {
    RequestedState { state, reason: "because".to_owned() }.into_command()
}

#[test]
fn commands_are_spoken_in_states() {
    let because = || "because".to_owned();
    assert_eq!(asked(State::Initializing).unwrap(), Command::Start);
    assert_eq!(asked(State::Analyzing).unwrap(), Command::Stop { message: because() });
    assert_eq!(asked(State::Cancelled).unwrap(), Command::Cancel { message: because() });
    assert_eq!(asked(State::Failed).unwrap(), Command::Abort { message: because() });
    for state in [State::Pending, State::Deploying, State::Running, State::Completed] {
        let error = asked(state).unwrap_err();
        assert_eq!(error.code(), Code::ValidationFailed, "{state}");
        assert!(error.message().contains(&state.as_str().to_uppercase()), "{error}");
    }
}

#[tokio::test]
async fn a_refused_command_says_from_where_to_where_and_changes_nothing() {
    let world = World::new();
    let replica = world.replica(1);
    let created = replica.commands.create(&caller(), document("one")).await.unwrap().experiment;
    let error = replica.command(&created.id, Command::Stop { message: String::new() }).await.unwrap_err();
    assert_eq!(error.to_string(), "[STATE_TRANSITION_INVALID] Invalid state transition from pending to analyzing");
    assert_eq!(world.load(&created.id).await, created);
    let refused = (State::Pending, State::Analyzing, false);
    assert_eq!(world.instruments.measured().transitions, [refused]);
}

#[tokio::test]
async fn a_command_with_an_old_revision_is_a_conflict() {
    let world = World::new();
    let replica = world.replica(1);
    let created = replica.commands.create(&caller(), document("one")).await.unwrap().experiment;
    let submit = |revision| {
        let commands = &replica.commands;
        async move { commands.submit(&caller(), "one", Command::Start, Some(Revision(revision))).await }
    };
    let error = submit(2).await.unwrap_err();
    assert_eq!((error.code(), error.details().get("revision").map(String::as_str)), (Code::Conflict, Some("1")));
    let started = submit(1).await.unwrap();
    assert_eq!((started.state, started.revision), (State::Initializing, Revision(2)));
    assert_eq!(submit(1).await.unwrap_err().code(), Code::Conflict);
    assert_eq!(world.kinds(&created.id).await, [EventKind::Created, EventKind::Started]);
}

#[tokio::test]
async fn a_command_wakes_the_experiment_at_once() {
    let world = World::new();
    let replica = world.replica(1);
    let created = replica.commands.create(&caller(), document("one")).await.unwrap().experiment;
    replica.work().await;
    assert_eq!(world.next_due().await, None);
    replica.command(&created.id, Command::Start).await.unwrap();
    assert_eq!(world.next_due().await, Some(crate::ports::clock::Clock::now(&*world.clock)));
    assert_eq!(world.instruments.measured().commits, 2);
}

#[tokio::test]
async fn another_tenant_s_experiment_is_unknown() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.commands.create(&caller(), document("one")).await.unwrap().experiment.id;
    for reference in [id.as_str(), "one", "no such thing", ""] {
        let error = replica.commands.submit(&stranger(), reference, Command::Start, None).await.unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{reference:?}");
        assert_eq!(replica.commands.delete(&stranger(), reference).await.unwrap_err().code(), Code::NotFound);
    }
}

/// The table has no arrow from initializing or deploying to cancelled: there the experiment fails, and people read that it was cancelled.
#[tokio::test]
async fn a_cancel_request_ends_the_experiment_wherever_it_can() {
    for (state, ended_as) in [
        (State::Pending, State::Cancelled),
        (State::Initializing, State::Failed),
        (State::Deploying, State::Failed),
        (State::Running, State::Cancelled),
    ] {
        let world = World::new();
        let replica = world.replica(1);
        let id = replica.commands.create(&caller(), document("one")).await.unwrap().experiment.id;
        if state != State::Pending {
            replica.command(&id, Command::Start).await.unwrap();
        }
        if state == State::Deploying {
            world.deployer.behave(PipelineType::Candidate, Behaviour::Starting { message: "slow".to_owned() });
        }
        if state == State::Deploying || state == State::Running {
            world.run_into(&replica, &id, state).await;
        }
        assert_eq!(world.load(&id).await.state, state);
        let cancelled = replica.command(&id, cancel()).await.unwrap();
        assert_eq!((cancelled.state, cancelled.status.message.as_str()), (ended_as, "changed my mind"), "{state}");
        let last = world.history(&id).await.pop().unwrap();
        assert_eq!((last.kind, last.actor.as_str()), (EventKind::Cancelled, "alice"), "{state}");

        world.run_to_end(&replica, &id).await;
        assert!(world.deployer.running().is_empty(), "{state}: collectors are left");
        world.assert_sound(&id).await;
        let error = replica.command(&id, cancel()).await.unwrap_err();
        assert_eq!(error.code(), Code::StateTransitionInvalid, "{state}: a terminal state is final");
    }
}

#[tokio::test]
async fn a_commit_with_an_unknown_outcome_is_resolved_by_its_token() {
    let world = World::new();
    let faults = Faults::none();
    let replica = world.replica_with(1, &faults);
    let id = replica.commands.create(&caller(), document("one")).await.unwrap().experiment.id;
    faults.strike(Point { call: "commit", happened: true }, Fault::Failure);
    let started = replica.command(&id, Command::Start).await.unwrap();
    assert_eq!(started.state, State::Initializing);
    assert_eq!(faults.struck(), Some(Point { call: "commit", happened: true }));
    assert_eq!(world.kinds(&id).await, [EventKind::Created, EventKind::Started]);

    // A commit that certainly did not happen is the caller's to repeat.
    faults.strike(Point { call: "commit", happened: false }, Fault::Failure);
    let error = replica.command(&id, cancel()).await.unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
    assert_eq!(replica.command(&id, cancel()).await.unwrap().state, State::Failed);
    world.assert_sound(&id).await;
}

#[tokio::test]
async fn commands_that_race_are_all_decided_on_what_is_stored() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    let racing: Vec<_> = (0..6)
        .map(|number| {
            let racer = world.replica_with(10 + number, &Faults::interleaved(number.into()));
            let id = id.clone();
            async move {
                let command = if number % 2 == 0 {
                    Command::Stop { message: String::new() }
                } else {
                    Command::Redeploy { pipeline: PipelineType::Candidate }
                };
                racer.command(&id, command).await.map_err(|error| error.code())
            }
        })
        .collect();
    let results = crate::testing::contract::concurrently(racing).await;
    let stopped = results.iter().filter(|result| matches!(result, Ok(one) if one.state == State::Analyzing)).count();
    assert_eq!(stopped, 1, "{results:?}");
    let refused = results.iter().filter_map(|result| result.as_ref().err());
    assert!(refused.clone().all(|code| *code == Code::StateTransitionInvalid), "{results:?}");
    world.assert_sound(&id).await;
}
