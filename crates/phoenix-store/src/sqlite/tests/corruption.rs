//! Damaged rows are errors that name the row, the column and what is wrong; nothing panics, and nobody else suffers.

use phoenix_core::error::Retry;
use phoenix_core::experiment::{PipelineObservation, State};
use phoenix_core::id::Revision;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::samples::SampleStore as _;
use phoenix_core::ports::store::{
    Commit, DeploymentStore as _, EventLog as _, ExperimentStore as _, Filter, Outbox as _, ReportStore as _,
};
use phoenix_core::testing::build::{at, generated};
use phoenix_core::testing::contract::store::{LEASE, brought_to, committed, comparison, created, replica};

use crate::sqlite::SqliteStore;
use crate::sqlite::tests::{asking, empty, running};

async fn damage(store: &SqliteStore, statement: &'static str) {
    let done = sqlx::query(statement).execute(&store.writer).await.expect(statement);
    assert!(done.rows_affected() > 0, "{statement}");
}

fn assert_named<T: std::fmt::Debug>(result: Result<T, Failure>, table: &str, column: &str) {
    let failure = result.expect_err(column);
    assert_eq!((failure.reason(), failure.retry()), ("CorruptRow", Retry::Never), "{failure}");
    for word in [table, column, "e1", "phoenix.db"] {
        assert!(failure.message().contains(word), "{word} is not in: {failure}");
    }
}

#[tokio::test]
async fn a_damaged_experiment_is_named() {
    for (statement, column) in [
        ("UPDATE experiments SET phase = 'paused'", "phase"),
        ("UPDATE experiments SET config = '{'", "config"),
        ("UPDATE experiments SET config = '{\"baseline\": 7}'", "config"),
        ("UPDATE experiments SET status = '[]'", "status"),
        ("UPDATE experiments SET metadata = '{\"labels\": 3}'", "metadata"),
        ("UPDATE experiments SET tenant = 'A B'", "tenant"),
        ("UPDATE experiments SET revision = -1", "revision"),
        ("UPDATE experiments SET name = ''", "name"),
    ] {
        let (store, _directory) = empty().await;
        let one = running(&store).await;
        damage(&store, statement).await;
        assert_named(store.load(&one.id).await, "experiments", column);
        assert_named(store.list(&Filter::default(), 10, None).await, "experiments", column);
    }
}

#[tokio::test]
async fn damaged_records_are_named() {
    let (store, _directory) = empty().await;
    let one = running(&store).await;
    let seen = PipelineObservation::absent(generated(&one).baseline.name);
    store.record_observations(&one.id, &[seen]).await.expect("records");
    let ending = Commit { comparison: Some(comparison("of the end")), ..asking(&one, State::Analyzing, 9) };
    let one = committed(&store, ending).await;
    damage(&store, "UPDATE experiment_events SET event = '{}'").await;
    let failure = store.history(&one.id, Revision(0), 10).await.expect_err("the event is damaged");
    assert!(failure.message().contains("experiment_events") && failure.message().contains('1'), "{failure}");
    damage(&store, "UPDATE experiment_effects SET effect = 'dance'").await;
    assert_named(store.pending(&one.id).await, "experiment_effects", "effect");
    damage(&store, "UPDATE experiment_effects SET effect = 'analyse_samples', ordinal = 70000").await;
    assert_named(store.pending(&one.id).await, "experiment_effects", "ordinal");
    damage(&store, "UPDATE experiment_reports SET comparison = 'null'").await;
    assert_named(store.comparison(&one.id).await, "experiment_reports", "comparison");
    damage(&store, "UPDATE pipeline_deployments SET config_hash = 'short'").await;
    assert_named(store.deployments(&one.id).await, "pipeline_deployments", "config_hash");
    damage(&store, "UPDATE experiments SET phase = 'paused'").await;
    let failure = store.count_by_state().await.expect_err("no such state");
    assert_eq!(failure.reason(), "CorruptRow");
}

#[tokio::test]
async fn damaged_samples_are_named() {
    let (store, _directory) = empty().await;
    let one = running(&store).await;
    damage(
        &store,
        "INSERT INTO experiment_metrics (experiment_id, pipeline_name, metrics, collected_at)
         SELECT experiment_id, pipeline_name, 'NaN', created_at FROM pipeline_deployments",
    )
    .await;
    assert_named(store.samples(&one, at(-9), at(99), 10).await, "experiment_metrics", "metrics");
}

#[tokio::test]
async fn a_damaged_experiment_keeps_nobody_else_from_being_sampled() {
    let (store, _directory) = empty().await;
    running(&store).await;
    brought_to(&store, created(&store, "e2", None).await, State::Running, 1).await;
    damage(&store, "UPDATE experiments SET status = '{}' WHERE id = 'e1'").await;
    let unit = store.claim_sampling(&replica(1), at(9), LEASE).await.expect("claims").expect("a class is due");
    let ids: Vec<&str> = unit.members.iter().map(|member| member.experiment.id.as_str()).collect();
    assert_eq!(ids, ["e2"]);
}

#[tokio::test]
async fn pipelines_of_a_damaged_experiment_are_not_swept() {
    let (store, _directory) = empty().await;
    let one = running(&store).await;
    damage(&store, "UPDATE experiments SET status = '{'").await;
    assert_eq!(store.wanted(std::slice::from_ref(&one.id)).await.expect("reads"), [one.id]);
}

/// No index stands in the way of mending a row, or of looking at the others.
#[tokio::test]
async fn an_ended_row_that_is_no_json_costs_only_itself() {
    let (store, _directory) = empty().await;
    let one = created(&store, "e1", None).await;
    committed(&store, asking(&one, State::Cancelled, 1)).await;
    damage(&store, "UPDATE experiments SET status = '{'").await;
    damage(&store, "UPDATE experiments SET metadata = '{'").await;
    assert!(store.ended_before(at(100), 10).await.expect("reads").is_empty());
    damage(&store, "UPDATE experiments SET status = '{}'").await;
    damage(&store, "DELETE FROM experiments").await;
}
