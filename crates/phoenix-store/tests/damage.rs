//! A database that is damaged, lost, copied, or ahead of the clock: what is said, and that nothing is overwritten.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use phoenix_core::experiment::Cause;
use phoenix_core::ports::clock::Clock as _;
use phoenix_core::ports::control::ControlStore as _;
use phoenix_core::ports::store::{CreateError, ExperimentStore as _, Filter, Schedule as _, created_event};
use phoenix_core::testing::build::experiment;
use phoenix_core::time::{Span, Timestamp};
use phoenix_store::sqlite::OpenError;
use phoenix_store::{DataDir, DataDirError, SqliteStore};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;
use tempfile::TempDir;

const PAGE: u64 = 4_096;

async fn open(directory: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(&DataDir::open(directory).expect("the directory is free"), "local").await
}

async fn create(store: &SqliteStore, number: u32) -> Result<(), CreateError> {
    create_at(store, number, store.now()).await
}

async fn create_at(store: &SqliteStore, number: u32, at: Timestamp) -> Result<(), CreateError> {
    let mut new = experiment(&format!("e{number}"), &format!("e{number}"));
    new.spec.description = "x".repeat(3_000);
    (new.created_at, new.updated_at) = (at, at);
    store.create(&new, &created_event(&new, &Cause::system()), Some(at)).await
}

/// A data directory with some experiments, closed in order.
async fn filled() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path()).await.expect("opens");
    for number in 0..30 {
        create(&store, number).await.expect("creates");
    }
    store.close().await;
    directory
}

/// The same as a crash leaves it: with everything in the write-ahead log. Without a marker, because it is a copy.
async fn crashed() -> TempDir {
    let (directory, copy) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let store = open(directory.path()).await.expect("opens");
    for number in 0..10 {
        create(&store, number).await.expect("creates");
    }
    for file in ["phoenix.db", "phoenix.db-wal"] {
        fs::copy(directory.path().join(file), copy.path().join(file)).expect("copies");
    }
    copy
}

/// Every file of a directory that matters, with what is in it. The index of the log is made anew at every start.
fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).expect("lists").map(|entry| entry.expect("an entry"));
    let named = entries.map(|entry| (entry.file_name().into_string().expect("text"), entry.path()));
    named
        .filter(|(name, path)| {
            name.starts_with("phoenix.db") && !name.ends_with("-shm") && fs::metadata(path).is_ok_and(|it| it.len() > 0)
        })
        .map(|(name, path)| (name, fs::read(path).expect("reads")))
        .collect()
}

fn overwrite(path: &Path, at: u64, length: usize) {
    let file = File::options().write(true).open(path).expect("opens");
    file.write_all_at(&vec![0xAA; length], at).expect("writes");
}

/// Opening must fail, name the file and the way out in two lines, and change nothing.
async fn refused(directory: &Path, what: &str, words: &[&str]) -> OpenError {
    let before = contents(directory);
    let error = open(directory).await.expect_err(what);
    let text = error.to_string();
    assert_eq!(text.lines().count(), 2, "what, and what to do: {text}");
    for word in words.iter().chain(&["restore", &directory.join("phoenix.db").display().to_string()]) {
        assert!(text.contains(word), "{what}: {word} is not in: {text}");
    }
    assert!(contents(directory) == before, "{what}: something was overwritten");
    error
}

#[tokio::test]
async fn a_database_that_is_gone_or_empty_is_not_taken_for_a_new_one() {
    for (what, is_kept) in [("is gone", false), ("is empty", true)] {
        let directory = filled().await;
        let database = directory.path().join("phoenix.db");
        if is_kept {
            File::options().write(true).open(&database).expect("opens").set_len(0).expect("truncates");
        } else {
            fs::remove_file(&database).expect("removes");
        }
        let error = refused(directory.path(), what, &[what, "phoenix.id"]).await;
        assert!(matches!(error, OpenError::Lost { .. }), "{error:?}");
        let is_there = database.exists();
        assert_eq!(is_there, is_kept, "no new one is made");
        fs::remove_file(directory.path().join("phoenix.id")).expect("removes");
        open(directory.path()).await.expect("begins anew, as it was asked to").close().await;
    }
}

#[tokio::test]
async fn an_empty_database_beside_its_log_keeps_the_log() {
    let directory = crashed().await;
    File::options()
        .write(true)
        .open(directory.path().join("phoenix.db"))
        .expect("opens")
        .set_len(0)
        .expect("truncates");
    let error = refused(directory.path(), "an empty file", &["is empty", "phoenix.db-wal"]).await;
    assert!(matches!(error, OpenError::Lost { .. }), "{error:?}");
    assert!(contents(directory.path()).contains_key("phoenix.db-wal"));
}

#[tokio::test]
async fn damage_is_found_at_the_start_and_nothing_is_overwritten() {
    let directory = filled().await;
    let length = fs::metadata(directory.path().join("phoenix.db")).expect("is there").len();
    assert!(length > 30 * PAGE, "{length} bytes are too few to be damaged in the middle");
    for (what, damage) in [
        ("the first bytes", (0, 100)),
        ("the size of a page", (16, 2)),
        ("the first page", (100, 3_000)),
        ("a page in the middle", (length / PAGE / 2 * PAGE, 4_096)),
        ("the last page", (length - PAGE, 4_096)),
    ] {
        let copy = tempfile::tempdir().expect("a directory");
        let database = copy.path().join("phoenix.db");
        fs::copy(directory.path().join("phoenix.db"), &database).expect("copies");
        overwrite(&database, damage.0, damage.1);
        refused(copy.path(), what, &[]).await;
    }
    for (what, left) in [("half of it", length / 2), ("no whole page", 1_000), ("all but the end", length - 1)] {
        let copy = tempfile::tempdir().expect("a directory");
        let database = copy.path().join("phoenix.db");
        fs::copy(directory.path().join("phoenix.db"), &database).expect("copies");
        File::options().write(true).open(&database).expect("opens").set_len(left).expect("truncates");
        refused(copy.path(), what, &[]).await;
    }
}

#[tokio::test]
async fn a_damaged_log_is_told_from_the_end_of_a_crashed_write() {
    let whole = crashed().await;
    let length = fs::metadata(whole.path().join("phoenix.db-wal")).expect("is there").len();
    for (what, at) in [("its header", 0), ("the size of a page in it", 8), ("a frame in the middle", length / 2)] {
        let directory = crashed().await;
        overwrite(&directory.path().join("phoenix.db-wal"), at, 16);
        let error = refused(directory.path(), what, &["phoenix.db-wal", "is damaged"]).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "{what}: {error:?}");
    }
    // What a crash leaves is no damage.
    let torn = crashed().await;
    let log = torn.path().join("phoenix.db-wal");
    File::options().write(true).open(&log).expect("opens").set_len(length - 100).expect("truncates");
    let store = open(torn.path()).await.expect("the last commit was not finished");
    assert_eq!(store.list(&Filter::default(), 100, None).await.expect("lists").items.len(), 9);
    store.close().await;
    let store = open(whole.path()).await.expect("it is whole");
    assert_eq!(store.list(&Filter::default(), 100, None).await.expect("lists").items.len(), 10);
    store.close().await;
    for nothing in [0, 40] {
        let directory = filled().await;
        fs::write(directory.path().join("phoenix.db-wal"), vec![0; nothing]).expect("writes");
        open(directory.path()).await.expect("a log that was never written to").close().await;
    }
}

#[tokio::test]
async fn damage_that_is_met_while_running_ends_all_writing() {
    let directory = filled().await;
    let store = open(directory.path()).await.expect("opens");
    create(&store, 100).await.expect("it is whole");
    let database = directory.path().join("phoenix.db");
    let options = SqliteConnectOptions::new().filename(&database);
    let mut foreign = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(&mut foreign)
        .await
        .expect("everything is in the database now");
    foreign.close().await.expect("closes");
    let length = usize::try_from(fs::metadata(&database).expect("is there").len() - PAGE).expect("small");
    overwrite(&database, PAGE, length);

    // Its readers have not read those pages yet.
    let failure = store.list(&Filter::default(), 100, None).await.expect_err("it is damaged");
    assert_eq!(failure.reason(), "StoreCorrupt", "{failure}");
    let before = contents(directory.path());
    let Err(CreateError::Failed(failure)) = create(&store, 101).await else { panic!("nothing more is written") };
    assert_eq!(failure.reason(), "StoreCorrupt", "{failure}");
    assert!(
        failure.message().contains(&database.display().to_string()) && failure.message().contains("restore"),
        "{failure}"
    );
    let failure = store.wake(&"e1".parse().expect("valid"), store.now()).await.expect_err("nothing more is written");
    assert_eq!(failure.reason(), "StoreCorrupt");
    assert_eq!(store.probe().await.expect_err("it is not ready").reason(), "StoreCorrupt");
    store.close().await;
    assert!(contents(directory.path()) == before, "nothing was overwritten");
}

#[tokio::test]
async fn time_goes_on_when_the_clock_was_set_back_while_nobody_was_running() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = open(directory.path()).await.expect("opens");
    let tomorrow = store.now() + Span::from_mins(24 * 60);
    create_at(&store, 1, tomorrow).await.expect("creates");
    store.close().await;
    drop(store);
    let store = open(directory.path()).await.expect("opens");
    let now = store.now();
    assert!(
        now >= tomorrow && now < tomorrow + Span::from_mins(1),
        "{now} is after what was stored, and not long after it"
    );
    let replica = "replica-1".parse().expect("valid");
    let claims = store.claim_due(&replica, now, 9, Span::from_secs(30)).await.expect("claims");
    assert_eq!(claims.len(), 1, "what is due then is due now");
    store.close().await;
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("lists") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copies");
    }
}

#[tokio::test]
async fn a_copy_of_a_directory_in_use_is_refused_and_told_from_one_that_was_moved() {
    let (original, copy) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let store = open(original.path()).await.expect("opens");
    copy_all(original.path(), copy.path());
    let error = DataDir::open(copy.path()).expect_err("the original is in use");
    assert!(matches!(&error, DataDirError::Copy { pid: Some(pid), .. } if *pid == std::process::id()), "{error:?}");
    let text = error.to_string();
    for word in [original.path(), copy.path(), &copy.path().join("phoenix.id")] {
        assert!(text.contains(&word.display().to_string()), "{text}");
    }
    assert_eq!(text.lines().count(), 2, "{text}");

    // Asked to go its own way, it does, and the original is what it was.
    let marker = fs::read(copy.path().join("phoenix.id")).expect("reads");
    fs::remove_file(copy.path().join("phoenix.id")).expect("removes");
    let own = open(copy.path()).await.expect("of its own now");
    assert_ne!(fs::read(copy.path().join("phoenix.id")).expect("reads"), marker);
    assert_eq!(fs::read(original.path().join("phoenix.id")).expect("reads"), marker);
    own.close().await;
    store.close().await;
    drop((own, store));
    open(copy.path()).await.expect("both go on").close().await;

    // Moved: the same installation at another place. A link to it is no copy of it.
    let (moved, link) = (original.path().with_extension("moved"), original.path().with_extension("link"));
    fs::rename(original.path(), &moved).expect("moves");
    open(&moved).await.expect("it was moved").close().await;
    std::os::unix::fs::symlink(&moved, &link).expect("links");
    open(&link).await.expect("one directory under two names").close().await;
    fs::remove_file(&link).expect("removes");
    fs::rename(&moved, original.path()).expect("moves back");
    open(original.path()).await.expect("it was moved back").close().await;

    // A copy of a directory that nobody uses goes its own way at once.
    let second = tempfile::tempdir().expect("a directory");
    copy_all(original.path(), second.path());
    let own = open(second.path()).await.expect("nobody uses the original");
    open(original.path()).await.expect("nor does the copy hold it").close().await;
    own.close().await;
}
