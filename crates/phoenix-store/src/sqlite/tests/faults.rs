//! A disk that is full, a file that is read-only, a foreign lock: what is said, what is left behind, and that work goes on afterwards.

use std::time::Duration;

use phoenix_core::error::Retry;
use phoenix_core::experiment::State;
use phoenix_core::id::Revision;
use phoenix_core::ports::failure::{Applied, Failure};
use phoenix_core::ports::samples::SampleStore as _;
use phoenix_core::ports::store::{CommitError, EventLog as _, ExperimentStore as _, Outbox as _, Schedule as _};
use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::store::{committed, created, deleted_event};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::sqlite::SqliteStore;
use crate::sqlite::tests::{asking, empty, running};

async fn pragma(store: &SqliteStore, statement: &'static str) {
    sqlx::query(statement).execute(&store.writer).await.expect("a valid pragma");
}

fn failure(result: Result<(), CommitError>) -> Failure {
    match result {
        Err(CommitError::Failed(failure)) => failure,
        other => panic!("the commit should have failed: {other:?}"),
    }
}

#[tokio::test]
async fn a_full_disk_stores_nothing_and_work_goes_on_when_there_is_space_again() {
    let (store, _directory) = empty().await;
    let before = running(&store).await;
    for _ in 0..3 {
        // As few pages as there are: SQLite answers SQLITE_FULL at the first new one, as it does when the disk has none.
        pragma(&store, "PRAGMA max_page_count = 1").await;
        let mut large = asking(&before, State::Analyzing, 9);
        large.event.message = "x".repeat(1 << 20);
        let failure = failure(store.commit(&large).await);
        assert_eq!((failure.reason(), failure.retry(), failure.applied()), ("StoreFull", Retry::Backoff, Applied::No));
        let database = store.database.display().to_string();
        assert!(failure.message().contains(&database) && failure.message().contains("free space"), "{failure}");
        assert_eq!(store.load(&before.id).await.expect("reading works").as_ref(), Some(&before));
        assert_eq!(store.history(&before.id, Revision(0), 99).await.expect("reading works").len(), 4);
        assert_eq!(store.pending(&before.id).await.expect("reading works"), []);
        assert!(!store.is_committed(&before.id, &large.token).await.expect("reading works"));
        // The driver's connection is renewed with the next write, and the limit of this test with it.
        store.wake(&before.id, at(1)).await.expect("writing works again");
    }
    let now = committed(&store, asking(&before, State::Analyzing, 10)).await;
    assert_eq!(store.load(&before.id).await.expect("loads"), Some(now));
    assert_eq!(store.history(&before.id, Revision(0), 99).await.expect("reads").len(), 5);
}

#[tokio::test]
async fn a_read_only_database_refuses_every_write_and_serves_every_read() {
    let (store, _directory) = empty().await;
    let before = running(&store).await;
    pragma(&store, "PRAGMA query_only = ON").await;
    let claims = store.claim_due(&"replica-1".parse().expect("valid"), at(9), 9, phoenix_core::time::Span::ZERO).await;
    let failures = [
        failure(store.commit(&asking(&before, State::Analyzing, 9)).await),
        claims.expect_err("claiming writes"),
        store.wake(&before.id, at(-5)).await.expect_err("waking writes"),
        store.delete(&before.id, before.revision, &deleted_event(&before, 9)).await.expect_err("deleting writes"),
    ];
    for failure in failures {
        assert_eq!((failure.reason(), failure.retry()), ("StoreReadOnly", Retry::Backoff), "{failure}");
        assert_eq!(failure.applied(), Applied::No);
        assert!(failure.message().contains("phoenix.db"), "{failure}");
    }
    assert_eq!(store.load(&before.id).await.expect("loads"), Some(before.clone()));
    pragma(&store, "PRAGMA query_only = OFF").await;
    committed(&store, asking(&before, State::Analyzing, 10)).await;
}

#[tokio::test]
async fn a_foreign_lock_is_waited_for_and_then_reported() {
    let (store, _directory) = empty().await;
    let before = running(&store).await;
    pragma(&store, "PRAGMA busy_timeout = 50").await;
    let options = SqliteConnectOptions::new().filename(&store.database).busy_timeout(Duration::from_secs(5));
    let mut foreign = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    let lock = foreign.begin_with("BEGIN IMMEDIATE").await.expect("takes the lock");
    let failure = failure(store.commit(&asking(&before, State::Analyzing, 9)).await);
    assert_eq!((failure.reason(), failure.retry(), failure.applied()), ("StoreBusy", Retry::Backoff, Applied::No));
    assert_eq!(store.load(&before.id).await.expect("reading works").as_ref(), Some(&before));
    lock.rollback().await.expect("gives the lock back");
    committed(&store, asking(&before, State::Analyzing, 10)).await;
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (store, _directory) = empty().await;
    store.close().await;
    let failure = store.next_due().await.expect_err("it is closed");
    assert_eq!((failure.reason(), failure.retry()), ("StoreClosed", Retry::Never));
    let failure = store.next_sampling().await.expect_err("it is closed");
    assert_eq!(failure.reason(), "StoreClosed");
}

#[tokio::test]
async fn every_commit_reaches_the_disk_and_foreign_keys_hold() {
    let (store, _directory) = empty().await;
    let read = async |pragma: &'static str| -> String {
        let row = sqlx::query(pragma).fetch_one(&store.writer).await.expect("a valid pragma");
        sqlx::Row::try_get_unchecked::<String, _>(&row, 0).expect("a value")
    };
    assert_eq!(read("PRAGMA journal_mode").await, "wal");
    assert_eq!(read("PRAGMA synchronous").await, "2", "FULL");
    assert_eq!(read("PRAGMA foreign_keys").await, "1");
    created(&store, "e1", None).await;
    let orphan = sqlx::query("INSERT INTO experiment_reports VALUES ('nobody', 1, '{}')").execute(&store.writer).await;
    assert!(orphan.is_err(), "foreign keys hold");
    let by_a_reader = sqlx::query("DELETE FROM experiments").execute(&store.readers).await;
    assert!(by_a_reader.is_err(), "readers cannot write");
}
