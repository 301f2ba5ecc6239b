//! What is committed stays: over a restart, a crash, and a `kill -9` in the middle of the work.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use phoenix_core::experiment::{Experiment, PipelineObservation, State};
use phoenix_core::id::Revision;
use phoenix_core::ports::samples::SampleStore as _;
use phoenix_core::ports::store::{
    Commit, DeploymentStore as _, EventLog as _, ExperimentStore as _, Filter, Outbox as _, ReportStore as _,
    Schedule as _,
};
use phoenix_core::testing::build::{at, experiment_id, generated};
use phoenix_core::testing::contract::store::{
    LEASE, brought_to, claims, committed, comparison, created, replica, step, under,
};
use phoenix_store::{DataDir, SqliteStore};

/// Set for the process that [`a_killed_process_loses_nothing_that_it_was_told_is_stored`] starts and kills.
const VICTIM: &str = "PHOENIX_TEST_VICTIM";

async fn open(path: &std::path::Path) -> SqliteStore {
    let data = DataDir::open(path).expect("the directory is free");
    SqliteStore::open(&data, "local").await.expect("the database opens")
}

#[derive(Debug, PartialEq)]
struct Everything {
    list: Vec<Experiment>,
    events: Vec<(String, phoenix_core::experiment::Event)>,
    effects: usize,
    deployments: Vec<phoenix_core::ports::store::Deployment>,
    comparison: Option<phoenix_core::analysis::Comparison>,
    next_sampling: Option<phoenix_core::time::Timestamp>,
}

async fn everything(store: &SqliteStore) -> Everything {
    let id = experiment_id("e1");
    Everything {
        list: store.list(&Filter::default(), 100, None).await.expect("lists").items,
        events: store.events_after(None, 100).await.expect("reads"),
        effects: store.pending(&id).await.expect("reads").len(),
        deployments: store.deployments(&id).await.expect("reads"),
        comparison: store.comparison(&id).await.expect("reads"),
        next_sampling: store.next_sampling().await.expect("reads"),
    }
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = open(directory.path()).await;
    let one = brought_to(&store, created(&store, "e1", None).await, State::Running, 1).await;
    store
        .record_observations(&one.id, &[PipelineObservation::absent(generated(&one).baseline.name)])
        .await
        .expect("ok");
    let commit = Commit { comparison: Some(comparison("first")), ..step(&one, State::Analyzing, 9) };
    committed(&store, commit).await;
    brought_to(&store, created(&store, "e2", None).await, State::Running, 1).await;
    let before = everything(&store).await;
    assert_eq!((before.list.len(), before.events.len(), before.deployments.len()), (2, 9, 2));
    drop(store);
    let store = open(directory.path()).await;
    assert_eq!(everything(&store).await, before, "after a drop");
    store.close().await;
    drop(store);
    assert_eq!(everything(&open(directory.path()).await).await, before, "after a close");
}

#[tokio::test]
async fn a_restart_frees_what_the_former_process_held() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let store = open(directory.path()).await;
    let one = brought_to(&store, created(&store, "e1", Some(at(0))).await, State::Running, 1).await;
    let old = claims(&store, 1, 10).await.pop().expect("it is due");
    let sampling = store.claim_sampling(&replica(1), at(10), LEASE).await.expect("claims");
    assert!(sampling.is_some());
    drop(store);
    let store = open(directory.path()).await;
    // The clock of this host is the store's: due since the restart, which by the tests' clock is long ago or far ahead.
    let now = phoenix_core::ports::clock::Clock::now(&store).max(at(11));
    let new = store.claim_due(&replica(2), now, 10, LEASE).await.expect("claims").pop().expect("it is due at once");
    assert!(new.fence > old.fence);
    let late = store.commit(&under(&old, step(&one, State::Analyzing, 12))).await;
    assert!(late.is_err(), "the former holder writes nothing");
    assert!(store.claim_sampling(&replica(2), at(10), LEASE).await.expect("claims").is_some());
}

/// Not a test by itself: the process that is killed. It commits decision after decision and says so after each.
#[tokio::test]
async fn victim() {
    let Some(directory) = std::env::var_os(VICTIM) else { return };
    let store = open(directory.as_ref()).await;
    let mut now = created(&store, "e1", None).await;
    loop {
        now = committed(&store, step(&now, State::Initializing, 1)).await;
        println!("stored {}", now.revision);
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_was_told_is_stored() {
    for until in [1_u64, 40, 300] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut victim = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "victim", "--nocapture"])
            .env(VICTIM, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut told = 0_u64;
        for line in BufReader::new(victim.stdout.take().expect("piped")).lines() {
            let line = line.expect("text");
            if let Some(revision) = line.strip_prefix("stored ") {
                told = revision.parse().expect("a number");
            }
            if told > until {
                break;
            }
        }
        victim.kill().expect("kills it with SIGKILL");
        victim.wait().expect("it is gone");
        let store = open(directory.path()).await;
        let stored = store.load(&experiment_id("e1")).await.expect("loads").expect("it is there");
        assert!(stored.revision.0 >= told, "told {told}, stored {}", stored.revision);
        let history = store.history(&stored.id, Revision(0), 1_000_000).await.expect("reads");
        assert!(history.iter().map(|event| event.seq.0).eq(1..=stored.revision.0), "no gaps and nothing half done");
        committed(&store, step(&stored, State::Failed, 2)).await;
    }
}
