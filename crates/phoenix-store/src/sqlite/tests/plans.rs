//! Claims cost what is due: their plans use an index and never look at all rows.

use sqlx::{AssertSqlSafe, Row as _};

use crate::sqlite::tests::empty;
use crate::sqlite::{SqliteStore, deployments, experiments, samples, schedule};

async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::query(explained).fetch_all(&store.readers).await.expect("the statement is valid");
    rows.iter().map(|row| row.get::<String, _>("detail")).collect()
}

#[tokio::test]
async fn claims_search_an_index_and_scan_nothing() {
    let (store, _directory) = empty().await;
    for (name, sql, index) in [
        ("due experiments", schedule::DUE, "INDEX idx_experiment_schedule_ready (ready_at<?)"),
        ("the claim of one", schedule::CLAIM, "PRIMARY KEY (experiment_id=?)"),
        ("what is due next", schedule::NEXT_DUE, "INDEX idx_experiment_schedule_ready"),
        ("the due class", samples::DUE_CLASS, "INDEX idx_sampling_classes_next (next_at<?)"),
        ("whether it has members", samples::HAS_MEMBER, "INDEX idx_experiment_schedule_sampling (sample_interval=?"),
        ("its members", samples::MEMBERS, "INDEX idx_experiment_schedule_sampling (sample_interval=?"),
        ("samples of a window", samples::SAMPLES, "INDEX idx_experiment_metrics_time (experiment_id=?"),
        ("the latest sample", samples::LATEST_INSTANT, "INDEX idx_experiment_metrics_time (experiment_id=?"),
        (
            "a page of a label",
            experiments::LIST_LABELLED,
            "INDEX idx_experiment_labels_page (key=? AND value=? AND (created_at,experiment_id)<(?,?))",
        ),
        ("what has expired", experiments::OVER, "INDEX idx_experiments_over (updated_at<?)"),
        ("a page", experiments::LIST, "INDEX idx_experiments_page ((created_at,id)<(?,?))"),
    ] {
        let plan = plan(&store, sql).await;
        assert!(plan.iter().any(|line| line.contains(index)), "{name}: {plan:?}");
        // A JSON array of the caller's is a virtual table.
        let scans: Vec<&String> =
            plan.iter().filter(|line| line.starts_with("SCAN") && !line.contains("VIRTUAL TABLE")).collect();
        assert!(scans.is_empty(), "{name}: {scans:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{name} sorts: {plan:?}");
    }
}

#[tokio::test]
async fn the_sweep_looks_only_at_what_it_asked_for() {
    let (store, _directory) = empty().await;
    let plan = plan(&store, deployments::WANTED).await;
    assert!(plan.iter().any(|line| line.contains("SEARCH e USING INDEX")), "{plan:?}");
    assert!(!plan.iter().any(|line| line.starts_with("SCAN e")), "{plan:?}");
}

#[tokio::test]
async fn counting_looks_at_no_experiment() {
    let (store, _directory) = empty().await;
    assert_eq!(plan(&store, experiments::COUNT).await, ["SCAN experiment_counts"]);
}
