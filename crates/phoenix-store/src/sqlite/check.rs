//! What is looked at before a database is opened for writing: whether it is there at all, whether its log is whole, whether SQLite finds
//! damage. SQLite itself would take an empty file for a new database, and drop the log beside it.
//!
//! Reads only. What is damaged stays as it is, for whoever restores it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::data_dir::DataDir;
use crate::sqlite::errors::{CORRUPT, INTERRUPTED, NOT_A_DATABASE, primary_code};
use crate::sqlite::wal;

/// Longest search for damage: about a hundred megabytes. In a larger database the rest is met when it is read.
const LONGEST_SEARCH: Duration = Duration::from_secs(1);
/// Instructions of SQLite between two looks at the clock.
const INSTRUCTIONS: i32 = 1_000;
/// Longest account of the damage, in characters.
const LONGEST: usize = 200;

/// Why a database must not be opened.
#[derive(Debug)]
pub(super) enum Unsound {
    /// There was one, and now there is nothing, or an empty file.
    Lost(&'static str),
    /// Its write-ahead log is damaged: what was committed last would be lost without a word.
    Log(PathBuf, String),
    /// SQLite says what is damaged.
    Damaged(PathBuf, String),
    /// It cannot be read.
    Unreadable(sqlx::Error),
}

/// Looks at the database of a directory. One that was never made is sound.
pub(super) async fn check(directory: &DataDir, readable: SqliteConnectOptions) -> Result<(), Unsound> {
    let database = directory.database();
    let unreadable = |error: io::Error| Unsound::Unreadable(sqlx::Error::Io(error));
    let (length, log) = (length(&database).map_err(unreadable)?, wal::beside(&database));
    let log_length = self::length(&log).map_err(unreadable)?.unwrap_or(0);
    match length {
        None if directory.has_had_database() => return Err(Unsound::Lost("is gone")),
        Some(0) if directory.has_had_database() || log_length > 0 => return Err(Unsound::Lost("is empty")),
        None if log_length > 0 => return Err(Unsound::Lost("is gone, and its write-ahead log is still there")),
        None | Some(0) => return Ok(()),
        Some(_) => {}
    }
    if log_length > 0 {
        // Before there is anybody whom this could hold up.
        if let Some(damage) = wal::damage(&log).map_err(unreadable)? {
            return Err(Unsound::Log(log, damage));
        }
    }
    search(&database, readable).await
}

fn length(path: &Path) -> io::Result<Option<u64>> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lets SQLite search for damage, as far as it gets in its time.
async fn search(database: &Path, readable: SqliteConnectOptions) -> Result<(), Unsound> {
    let mut connection =
        SqliteConnection::connect_with(&readable).await.map_err(|error| unreadable(database, error))?;
    let begin = Instant::now();
    let mut handle = connection.lock_handle().await.map_err(Unsound::Unreadable)?;
    handle.set_progress_handler(INSTRUCTIONS, move || begin.elapsed() < LONGEST_SEARCH);
    drop(handle);
    let found = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut connection).await;
    let _ = connection.close().await;
    match found.and_then(|row| row.try_get::<String, _>(0)) {
        Ok(text) if text == "ok" => Ok(()),
        Ok(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Err(Unsound::Damaged(database.to_owned(), words.join(" ").chars().take(LONGEST).collect()))
        }
        Err(error) if primary_code(&error) == Some(INTERRUPTED) => {
            tracing::info!(
                database = %database.display(),
                searched = ?begin.elapsed(),
                "the database is large: the search for damage was ended early; sqlite3 FILE 'PRAGMA integrity_check' looks at all of it"
            );
            Ok(())
        }
        Err(error) => Err(unreadable(database, error)),
    }
}

/// Damage may be so great that SQLite does not even begin to search.
fn unreadable(database: &Path, error: sqlx::Error) -> Unsound {
    match (primary_code(&error), error.as_database_error()) {
        (Some(CORRUPT | NOT_A_DATABASE), Some(said)) => {
            Unsound::Damaged(database.to_owned(), said.message().to_owned())
        }
        (Some(_) | None, _) => Unsound::Unreadable(error),
    }
}
