//! A data directory that cannot be used: who holds it, or what is wrong with it, and what to do.
#![expect(clippy::expect_used, clippy::print_stderr, reason = "tests fail by panicking, and say what they skip")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use phoenix_core::experiment::Cause;
use phoenix_core::ports::control::ControlStore as _;
use phoenix_core::ports::store::{CreateError, ExperimentStore as _, created_event};
use phoenix_core::testing::build::experiment;
use phoenix_store::sqlite::OpenError;
use phoenix_store::{DataDir, DataDirError, SqliteStore};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnectOptions;

/// Set for the process that holds a directory.
const HOLDER: &str = "PHOENIX_TEST_HOLDER";

fn two_lines(error: &dyn std::error::Error, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 2, "what, and what to do: {text}");
    for word in words {
        assert!(text.contains(word), "{word} is not in: {text}");
    }
}

/// Not a test by itself: the process that holds a directory until its input ends.
#[test]
fn holder() {
    let Some(directory) = std::env::var_os(HOLDER) else { return };
    let data = DataDir::open(directory).expect("the directory is free");
    println!("holding {}", data.path().display());
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn hold(directory: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "holder", "--nocapture"])
        .env(HOLDER, directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    let says_so = output.lines().any(|line| line.expect("text").contains("holding"));
    assert!(says_so, "the other process holds the directory");
    child
}

#[test]
fn a_second_process_is_refused_and_told_who_holds_the_directory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut child = hold(directory.path());
    let error = DataDir::open(directory.path()).expect_err("it is held");
    assert!(matches!(&error, DataDirError::InUse { pid: Some(pid), .. } if *pid == child.id()), "{error:?}");
    two_lines(&error, &[&child.id().to_string(), &directory.path().display().to_string()]);
    child.kill().expect("kills it with SIGKILL");
    child.wait().expect("it is gone");
    DataDir::open(directory.path()).expect("free as soon as the holder is gone, however it went");
}

#[test]
fn one_process_holds_a_directory_once_and_until_the_last_clone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let first = DataDir::open(directory.path()).expect("it is free");
    let clone = first.clone();
    drop(first);
    let error = DataDir::open(directory.path()).expect_err("it is held");
    assert!(matches!(error, DataDirError::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    drop(clone);
    DataDir::open(directory.path()).expect("it is free again");
}

#[test]
fn a_new_directory_is_the_owners_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path().join("a/b")).expect("it is created");
    let collectors = data.subdirectory("collectors").expect("it is created");
    for path in [data.path(), &directory.path().join("a"), &collectors] {
        let mode = std::fs::metadata(path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", path.display());
    }
    assert_eq!(data.database(), data.path().join("phoenix.db"));
}

#[test]
fn a_file_in_the_way_is_named() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    std::fs::write(&file, "in the way").expect("writes");
    for path in [file.clone(), file.join("below")] {
        let error = DataDir::open(&path).expect_err("a file is in the way");
        two_lines(&error, &[&path.display().to_string(), "PHOENIX_DATA_DIR"]);
    }
}

/// Set for a test that runs in a mount namespace of its own: the directory for its mount.
const ALONE: &str = "PHOENIX_TEST_ALONE";

/// Runs a test of this file again, in a process with a mount namespace of its own, so that nothing that it mounts outlives it. In that
/// process it hands out an empty directory; in the first one nothing, when the other has passed, or the system does not allow it, which a
/// continuous integration must.
fn alone(test: &str) -> Option<PathBuf> {
    if let Some(directory) = std::env::var_os(ALONE) {
        return Some(directory.into());
    }
    let ways = [&["--mount"][..], &["--map-root-user", "--mount"]];
    let works = |way: &&&[&str]| {
        Command::new("unshare").args(**way).arg("true").output().is_ok_and(|done| done.status.success())
    };
    let Some(way) = ways.iter().find(works) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "no mount namespaces here, so {test} cannot be tested; give the runner unprivileged user namespaces, or root"
        );
        eprintln!(
            "SKIPPED, AND NOT TESTED: {test} needs mount namespaces (unshare --mount), which this system does not allow"
        );
        return None;
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let done = Command::new("unshare")
        .args(*way)
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, directory.path())
        .output()
        .expect("runs");
    let output = [done.stdout, done.stderr].concat();
    let output = String::from_utf8_lossy(&output);
    assert!(done.status.success() && output.contains("1 passed"), "{output}");
    None
}

fn mount(options: &str, path: &Path) {
    let done = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(path).status();
    assert!(done.expect("mount runs").success(), "mounted with {options}");
}

#[test]
fn a_read_only_file_system_is_named() {
    let Some(directory) = alone("a_read_only_file_system_is_named") else { return };
    mount("ro", &directory);
    for path in [directory.clone(), directory.join("below")] {
        let error = DataDir::open(&path).expect_err("it is read-only");
        two_lines(&error, &[&path.display().to_string(), "Read-only file system", "PHOENIX_DATA_DIR"]);
    }
}

#[tokio::test]
async fn a_full_file_system_is_named_at_the_start_and_later_and_recovers() {
    let Some(directory) = alone("a_full_file_system_is_named_at_the_start_and_later_and_recovers") else { return };
    mount("size=64k", &directory);
    let data = DataDir::open(&directory).expect("the lock file fits");
    let error = SqliteStore::open(&data, "local").await.expect_err("the database does not fit");
    two_lines(&error, &[&data.database().display().to_string(), "free space"]);
    mount("remount,size=1m", &directory);
    let store = SqliteStore::open(&data, "local").await.expect("the database fits");
    let create = async |number: u32| {
        let mut new = experiment(&format!("e{number}"), &format!("e{number}"));
        new.spec.description = "x".repeat(20_000);
        store.create(&new, &created_event(&new, &Cause::system()), None).await
    };
    let mut number = 0;
    let failure = loop {
        number += 1;
        match create(number).await {
            Ok(()) => assert!(number < 100, "a megabyte holds no hundred of these"),
            Err(CreateError::Failed(failure)) => break failure,
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(failure.reason(), "StoreFull", "{failure}");
    let unready = store.probe().await.expect_err("nothing can be stored");
    assert_eq!(unready.reason(), "StoreFull", "{unready}");
    assert!(create(number).await.is_err(), "it is still full");
    let stored = store.load(&"e1".parse().expect("valid")).await.expect("reading works");
    assert!(stored.is_some());
    mount("remount,size=8m", &directory);
    create(number).await.expect("goes on by itself when there is space");
    // An answer holds for a second.
    let begin = std::time::Instant::now();
    while let Err(failure) = store.probe().await {
        assert!(begin.elapsed().as_secs() < 60, "{failure}");
        tokio::task::yield_now().await;
    }
    store.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path()).expect("it is free");
    std::fs::write(data.database(), "this is a letter, not a database".repeat(1_000)).expect("writes");
    let error = SqliteStore::open(&data, "local").await.expect_err("it is no database");
    two_lines(&error, &[&data.database().display().to_string(), "restore it from a backup"]);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_left_as_it_is() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path()).expect("it is free");
    SqliteStore::open(&data, "local").await.expect("opens").close().await;
    let mut bytes = std::fs::read(data.database()).expect("reads");
    assert!(bytes.len() > 8_192, "more than the first page, which says that this is a database");
    bytes.iter_mut().skip(4_096).for_each(|byte| *byte = 0xAA);
    std::fs::write(data.database(), &bytes).expect("writes");
    let error = SqliteStore::open(&data, "local").await.expect_err("it is damaged");
    two_lines(&error, &[&data.database().display().to_string(), "restore it from a backup"]);
    assert!(std::fs::read(data.database()).expect("reads") == bytes, "what can still be rescued is not touched");
}

#[tokio::test]
async fn the_database_is_the_owners_alone_in_a_directory_that_is_not() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let data = DataDir::open(directory.path()).expect("it is free");
    let store = SqliteStore::open(&data, "local").await.expect("opens");
    for entry in std::fs::read_dir(directory.path()).expect("lists") {
        let path = entry.expect("an entry").path();
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    store.close().await;
}

/// Changes the database behind the store's back.
async fn tamper(data: &DataDir, statement: &'static str) {
    let options = SqliteConnectOptions::new().filename(data.database());
    let mut foreign = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    let done = sqlx::query(statement).execute(&mut foreign).await.expect("writes");
    assert_eq!(done.rows_affected(), 1);
    foreign.close().await.expect("closes");
}

#[tokio::test]
async fn a_database_of_another_build_is_left_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path()).expect("it is free");
    SqliteStore::open(&data, "local").await.expect("opens").close().await;
    tamper(&data, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 2").await;
    let error = SqliteStore::open(&data, "local").await.expect_err("it differs");
    assert!(matches!(error, OpenError::Foreign { version: 2, .. }), "{error:?}");
    let this = format!("this version, {}", env!("CARGO_PKG_VERSION"));
    two_lines(&error, &["migration 2", "another build", &this, &data.database().display().to_string()]);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path()).expect("it is free");
    SqliteStore::open(&data, "local").await.expect("opens").close().await;
    tamper(&data, "DELETE FROM controller_settings WHERE key = 'version'").await;
    tamper(
        &data,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    let error = SqliteStore::open(&data, "local").await.expect_err("it is newer");
    assert!(matches!(error, OpenError::Newer { version: 9999, known: 4.., .. }), "{error:?}");
    let this = format!("this is version {}", env!("CARGO_PKG_VERSION"));
    two_lines(&error, &["9999", "did not leave its number", &this, &data.database().display().to_string()]);
    tamper(&data, "INSERT INTO controller_settings VALUES ('version', '\"7.8.9\"')").await;
    let bytes = std::fs::read(data.database()).expect("reads");
    let error = SqliteStore::open(&data, "local").await.expect_err("it is still newer");
    two_lines(&error, &["migrated by version 7.8.9", "9999", &this, "restore a backup from before the upgrade"]);
    assert!(std::fs::read(data.database()).expect("reads") == bytes, "nothing is changed");
}
