//! What is kept beside the experiments: deployments, history, comparisons.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::error::Retry;
use crate::experiment::{
    Cleanup, Desired, Event, Experiment, HostObservation, PipelineObservation, PipelinePhase, PipelineRef,
    PipelineType, State, desired,
};
use crate::id::{ExperimentId, Revision};
use crate::ports::store::{Commit, DeploymentStore, EventLog, ExperimentStore, ReportStore};
use crate::testing::build::{experiment, experiment_id, generated};
use crate::testing::contract::store::{
    StoreFixture, StorePorts, brought_to, committed, comparison, created, deleted_event, step, store_new,
};

fn seen(name: &crate::id::PipelineName, message: &str) -> PipelineObservation {
    PipelineObservation {
        name: name.clone(),
        phase: PipelinePhase::Progressing,
        message: message.to_owned(),
        hosts: vec![HostObservation {
            host: "node-a".parse().expect("a valid host"),
            ready: false,
            config_hash: None,
            restarts: 2,
            message: "pulling image".to_owned(),
            endpoints: None,
        }],
    }
}

/// Nothing is invented.
pub async fn there_are_no_deployments_before_the_generation<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Initializing, 1).await;
    assert_eq!(store.deployments(&one.id).await.expect("reads"), []);
    assert_eq!(store.deployment(&generated(&one).baseline.name).await.expect("reads"), None);
}

/// Baseline first; each has its own name.
pub async fn deployments_are_found_by_experiment_and_by_name<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Deploying, 1).await;
    brought_to(store, created(store, "e2", None).await, State::Deploying, 1).await;
    let rows = store.deployments(&one.id).await.expect("reads");
    assert_eq!(rows.iter().map(|row| row.pipeline_type).collect::<Vec<_>>(), PipelineType::ALL);
    for (row, (kind, pipeline)) in rows.into_iter().zip(generated(&one).iter()) {
        assert_eq!((&row.experiment_id, row.pipeline_type, &row.pipeline), (&one.id, kind, pipeline));
        assert_eq!(row.observed, None);
        assert_eq!(store.deployment(&pipeline.name).await.expect("reads"), Some(row));
    }
}

/// The latest observation is kept, one row per pipeline; the revision counts decisions only.
pub async fn observations_are_kept_and_count_as_no_decision<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Deploying, 1).await;
    let name = generated(&one).candidate.name;
    for message in ["first", "second", "second"] {
        store.record_observations(&one.id, &[seen(&name, message)]).await.expect("records");
    }
    let rows = store.deployments(&one.id).await.expect("reads");
    let observed: Vec<Option<PipelineObservation>> = rows.into_iter().map(|row| row.observed).collect();
    assert_eq!(observed, [None, Some(seen(&name, "second"))]);
    assert_eq!(store.load(&one.id).await.expect("loads"), Some(one));
}

/// What was never generated, or belongs to somebody else, has no row to be written to.
pub async fn observations_of_unknown_pipelines_change_nothing<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Deploying, 1).await;
    let other = brought_to(store, created(store, "e2", None).await, State::Deploying, 1).await;
    let foreign = seen(&generated(&other).baseline.name, "foreign");
    store.record_observations(&one.id, std::slice::from_ref(&foreign)).await.expect("does nothing");
    store.record_observations(&experiment_id("nobody"), &[foreign]).await.expect("does nothing");
    for id in [&one.id, &other.id] {
        let rows = store.deployments(id).await.expect("reads");
        assert!(rows.iter().all(|row| row.observed.is_none()), "{rows:?}");
    }
}

/// The sweep must agree with the state machine about every state and cleanup; what is unknown is an orphan.
pub async fn what_is_wanted_is_what_is_desired<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let mut all: Vec<Experiment> = Vec::new();
    for state in State::ALL {
        for cleanup in [Cleanup::NotDue, Cleanup::Pending, Cleanup::Confirmed, Cleanup::Kept] {
            for is_generated in [false, true] {
                let id = format!("e{}", all.len());
                let mut one = experiment(&id, &id);
                one.state = state;
                one.status.cleanup = cleanup;
                let pipelines = generated(&one).map(|_, pipeline| PipelineRef::from(pipeline));
                one.status.pipelines = Some(pipelines).filter(|_| is_generated);
                all.push(store_new(store, one, None).await);
            }
        }
    }
    let mut ids: Vec<ExperimentId> = all.iter().map(|one| one.id.clone()).collect();
    ids.push(experiment_id("nobody"));
    let mut wanted = store.wanted(&ids).await.expect("reads");
    let mut expected: Vec<ExperimentId> =
        all.into_iter().filter(|one| desired(one) != Desired::Untouched).map(|one| one.id).collect();
    wanted.sort();
    expected.sort();
    assert_eq!(wanted, expected);
    assert_eq!(store.wanted(&[]).await.expect("reads"), []);
}

/// `seq` is the revision: 1, 2, 3, without gaps, up to the present one.
pub async fn a_history_has_no_gaps<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Completed, 1).await;
    brought_to(store, created(store, "e2", None).await, State::Running, 1).await;
    let history = store.history(&one.id, Revision(0), 100).await.expect("reads");
    assert_eq!(history.iter().map(|event| event.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(history.last().map(|event| event.seq), Some(one.revision));
    assert!(history.iter().all(|event| event.experiment_id == one.id));
    let states: Vec<State> = history.iter().map(|event| event.to).collect();
    assert_eq!(states[1..], State::ALL[1..6]);
}

/// Readers come back for the rest, in bounded pieces.
pub async fn a_history_continues_behind_a_revision<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Completed, 1).await;
    let seqs = async |after, limit| -> Vec<u64> {
        let events = store.history(&one.id, Revision(after), limit).await.expect("reads");
        events.into_iter().map(|event| event.seq.0).collect()
    };
    assert_eq!(seqs(0, 2).await, [1, 2]);
    assert_eq!(seqs(2, 3).await, [3, 4, 5]);
    assert_eq!(seqs(5, 3).await, [6]);
    assert_eq!(seqs(6, 3).await, Vec::<u64>::new());
    assert!(store.history(&experiment_id("nobody"), Revision(0), 9).await.expect("reads").is_empty());
}

async fn all_events(store: &impl StorePorts, limit: u32) -> Vec<Event> {
    let mut events = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = store.events_after(cursor.as_deref(), limit).await.expect("reads");
        assert!(page.len() <= usize::try_from(limit).expect("small"));
        let Some((next, _)) = page.last() else { return events };
        cursor = Some(next.clone());
        events.extend(page.into_iter().map(|(_, event)| event));
    }
}

/// One log for all consumers: every event once, in the order of the commits, also of what was deleted since.
pub async fn events_of_all_experiments_come_once_and_in_commit_order<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let mut expected = Vec::new();
    let mut experiments = Vec::new();
    for id in ["e1", "e2", "e3"] {
        experiments.push(created(store, id, None).await);
        expected.push((id.to_owned(), 1));
    }
    for _ in 0..4 {
        for one in &mut experiments {
            *one = committed(store, step(one, State::Initializing, 1)).await;
            expected.push((one.id.to_string(), one.revision.0));
        }
    }
    let last = experiments.pop().expect("there are three");
    assert!(store.delete(&last.id, last.revision, &deleted_event(&last, 2)).await.expect("deletes"));
    expected.push((last.id.to_string(), last.revision.next().0));
    for limit in [1, 3, 100] {
        let events = all_events(store, limit).await;
        let seen: Vec<(String, u64)> =
            events.into_iter().map(|event| (event.experiment_id.to_string(), event.seq.0)).collect();
        assert_eq!(seen, expected, "in pieces of {limit}");
    }
}

/// A consumer that begins now sees what happens from now on.
pub async fn the_latest_cursor_is_behind_everything<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    assert_eq!(store.latest_cursor().await.expect("reads"), None);
    let one = created(store, "e1", None).await;
    let cursor = store.latest_cursor().await.expect("reads").expect("there is an event");
    assert_eq!(store.events_after(Some(&cursor), 10).await.expect("reads"), []);
    let commit = step(&one, State::Initializing, 1);
    committed(store, commit.clone()).await;
    let news = store.events_after(Some(&cursor), 10).await.expect("reads");
    let latest = store.latest_cursor().await.expect("reads").expect("there are events");
    assert_eq!(news, [(latest, commit.event)]);
}

/// Only a cursor that was handed out can be continued.
pub async fn an_unreadable_cursor_is_refused<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for cursor in ["", "nonsense", "-", "1; DROP TABLE experiment_events"] {
        let failure = store.events_after(Some(cursor), 10).await.expect_err(cursor);
        assert_eq!((failure.reason(), failure.retry()), ("InvalidCursor", Retry::Never), "{cursor}");
    }
}

/// The latest comparison that a decision rests on.
pub async fn the_comparison_is_the_one_of_the_decision<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = brought_to(store, created(store, "e1", None).await, State::Analyzing, 1).await;
    assert_eq!(store.comparison(&one.id).await.expect("reads"), None);
    let commit = Commit { comparison: Some(comparison("first")), ..step(&one, State::Completed, 9) };
    let one = committed(store, commit).await;
    committed(store, step(&one, State::Completed, 10)).await;
    assert_eq!(store.comparison(&one.id).await.expect("reads"), Some(comparison("first")));
    assert_eq!(store.comparison(&experiment_id("nobody")).await.expect("reads"), None);
}
