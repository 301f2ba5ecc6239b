//! A look at a data directory from outside: what is said, and that nothing is changed or disturbed.
#![expect(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::fs;
use std::path::Path;

use phoenix_core::ports::control::ControlStore as _;
use phoenix_store::{DataDir, Database, Holder, Inspection, SqliteStore, inspect};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

fn empty() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// A data directory with a database, closed in order.
async fn made() -> TempDir {
    let directory = empty();
    let store = SqliteStore::open(&DataDir::open(directory.path()).expect("free"), "local").await.expect("opens");
    store.close().await;
    directory
}

async fn change(directory: &Path, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(directory.join("phoenix.db"));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    let done = sqlx::query(statement).execute(&mut connection).await.expect(statement);
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.expect("closes");
}

fn files(directory: &Path) -> Vec<(String, u64)> {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.metadata().expect("there").len()))
        .collect();
    files.sort();
    files
}

fn newest(found: &Inspection) -> i64 {
    match found.database {
        Database::Current { migration } => migration,
        _ => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn where_nothing_is_nothing_is_found_and_nothing_is_made() {
    let directory = empty();
    let nothing = Inspection { holder: Holder::Nobody, database: Database::Absent };
    assert_eq!(inspect(&directory.path().join("missing")).await, nothing);
    assert_eq!(inspect(directory.path()).await, nothing);
    assert_eq!(files(directory.path()), []);
}

#[tokio::test]
async fn a_closed_database_is_looked_at_without_a_trace() {
    let directory = made().await;
    let before = files(directory.path());
    let found = inspect(directory.path()).await;
    assert_eq!(found.holder, Holder::Nobody);
    assert!(newest(&found) >= 4);
    assert_eq!(files(directory.path()), before);
}

#[tokio::test]
async fn a_running_server_is_seen_and_goes_on_writing() {
    let directory = empty();
    let data = DataDir::open(directory.path()).expect("free");
    let store = SqliteStore::open(&data, "local").await.expect("opens");
    let found = inspect(directory.path()).await;
    assert_eq!(found.holder, Holder::Process(Some(std::process::id())));
    newest(&found);
    store.set_freeze(None).await.expect("writes");
    drop((store, data));
}

#[tokio::test]
async fn a_database_of_another_version_or_build_is_told_with_both_numbers() {
    let directory = made().await;
    let known = newest(&inspect(directory.path()).await);
    change(directory.path(), "DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let older = Database::Older { migration: 1, known };
    assert_eq!(inspect(directory.path()).await.database, older);
    change(directory.path(), "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    assert_eq!(inspect(directory.path()).await.database, Database::Foreign { migration: 1 });
    change(directory.path(), "UPDATE _sqlx_migrations SET version = 9001").await;
    assert_eq!(inspect(directory.path()).await.database, Database::Newer { migration: 9_001, known });
}

#[tokio::test]
async fn what_is_damaged_lost_or_none_of_ours_is_told_apart() {
    let directory = made().await;
    let database = directory.path().join("phoenix.db");
    let whole = fs::read(&database).expect("reads");
    let mut damaged = whole.clone();
    for byte in damaged.iter_mut().skip(4_096 * 2) {
        *byte = !*byte;
    }
    for content in
        [damaged, b"this is no database, and it is longer than a header of one would be ....................".to_vec()]
    {
        fs::write(&database, content).expect("writes");
        let found = inspect(directory.path()).await.database;
        assert!(matches!(&found, Database::Damaged { problem } if !problem.is_empty()), "{found:?}");
    }
    fs::remove_file(&database).expect("removes");
    assert_eq!(inspect(directory.path()).await.database, Database::Lost);

    let other = empty();
    let options = SqliteConnectOptions::new().filename(other.path().join("phoenix.db")).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    sqlx::query("CREATE TABLE shopping (item TEXT)").execute(&mut connection).await.expect("makes");
    connection.close().await.expect("closes");
    assert_eq!(inspect(other.path()).await.database, Database::Stranger);
}
