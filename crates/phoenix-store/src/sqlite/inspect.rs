//! A look at a data directory from outside: who holds it, and whether this program could use its database. For `phoenixctl doctor`.
//!
//! Nothing is written and no server is disturbed: the lock is asked for and given back at once, and the database is read as any reader of it
//! reads. One that nobody uses is opened as an immutable file, because SQLite would leave files beside it otherwise.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::data_dir::{DATABASE_FILE, LOCK_FILE, pid_in, says_there_was_a_database};
use crate::sqlite::connect::MIGRATIONS;
use crate::sqlite::errors::is_damage;
use crate::sqlite::wal;

/// Longest wait for a foreign program that locks the whole file.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many problems of a damaged database are told.
const PROBLEMS: u32 = 3;

/// What there is to say about a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Who holds it.
    pub holder: Holder,
    /// Its database.
    pub database: Database,
}

/// Who holds a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// No server runs on it.
    Nobody,
    /// A server does; its process id, as far as it has said so.
    Process(Option<u32>),
    /// It cannot be told.
    Unknown {
        /// Why not.
        problem: String,
    },
}

/// What a database is to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// There is none yet; the first server makes one.
    Absent,
    /// It is sound and up to date.
    Current {
        /// Its newest migration.
        migration: i64,
    },
    /// It is sound, and the next server of this version migrates it.
    Older {
        /// Its newest migration.
        migration: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// A newer version has migrated it: this one must not touch it.
    Newer {
        /// Its newest migration.
        migration: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// Another build has migrated it: a migration is not the one that this program knows.
    Foreign {
        /// That migration.
        migration: i64,
    },
    /// It is a database, and none of ours.
    Stranger,
    /// There was one, and there is none any more.
    Lost,
    /// It is damaged.
    Damaged {
        /// What is found.
        problem: String,
    },
    /// It cannot be read.
    Unreadable {
        /// Why not.
        problem: String,
    },
}

/// Looks at a data directory. The check reads the whole database: it takes a second or so for each gigabyte.
pub async fn inspect(directory: &Path) -> Inspection {
    let holder = holder(&directory.join(LOCK_FILE));
    let database = directory.join(DATABASE_FILE);
    let found = match length(&database) {
        Err(error) => Database::Unreadable { problem: error.to_string() },
        Ok(0) if says_there_was_a_database(directory) => Database::Lost,
        // A server makes the file first and its content then.
        Ok(0) => Database::Absent,
        Ok(_) => look(&database, &holder).await.unwrap_or_else(|error| failed(&error)),
    };
    Inspection { holder, database: found }
}

/// The length of a file; zero when there is none.
fn length(path: &Path) -> io::Result<u64> {
    match std::fs::metadata(path) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

fn holder(lock: &Path) -> Holder {
    let mut file = match File::open(lock) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Holder::Nobody,
        Err(error) => return Holder::Unknown { problem: error.to_string() },
    };
    match file.try_lock_shared() {
        // The lock goes with the file.
        Ok(()) => Holder::Nobody,
        Err(TryLockError::WouldBlock) => Holder::Process(pid_in(&mut file)),
        Err(TryLockError::Error(error)) => Holder::Unknown { problem: error.to_string() },
    }
}

async fn look(database: &Path, holder: &Holder) -> Result<Database, sqlx::Error> {
    // A log with something in it is what a server leaves that was killed. Nobody else may be writing to it.
    let log = wal::beside(database);
    let has_log = length(&log).map_err(sqlx::Error::Io)? > 0;
    let is_unused = *holder == Holder::Nobody;
    if is_unused
        && has_log
        && let Some(problem) = wal::damage(&log).map_err(sqlx::Error::Io)?
    {
        return Ok(Database::Damaged { problem: format!("its write-ahead log: {problem}") });
    }
    let options = SqliteConnectOptions::new().filename(database).read_only(true).busy_timeout(LONGEST_WAIT);
    let mut connection = options.immutable(is_unused && !has_log).connect().await?;
    let found = match version(&mut connection).await? {
        found @ (Database::Current { .. } | Database::Older { .. }) => damage(&mut connection).await?.unwrap_or(found),
        // What this program does not know may be as it should be.
        other => other,
    };
    connection.close().await?;
    Ok(found)
}

async fn version(connection: &mut SqliteConnection) -> Result<Database, sqlx::Error> {
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'").fetch_all(&mut *connection).await?;
    if tables.is_empty() {
        return Ok(Database::Absent);
    }
    if !tables.iter().any(|table| table == "_sqlx_migrations") {
        return Ok(Database::Stranger);
    }
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").fetch_all(connection).await?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let migration = applied.last().map_or(0, |(version, _)| *version);
    if migration > known {
        return Ok(Database::Newer { migration, known });
    }
    let is_known = |(version, checksum): &&(i64, Vec<u8>)| {
        let is_it = |one: &sqlx::migrate::Migration| one.version == *version && *one.checksum == **checksum;
        MIGRATIONS.iter().any(is_it)
    };
    Ok(match applied.iter().find(|one| !is_known(one)) {
        Some((migration, _)) => Database::Foreign { migration: *migration },
        None if migration < known => Database::Older { migration, known },
        None => Database::Current { migration },
    })
}

async fn damage(connection: &mut SqliteConnection) -> Result<Option<Database>, sqlx::Error> {
    let check = format!("PRAGMA quick_check({PROBLEMS})");
    let said: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(check)).fetch_all(connection).await?;
    let is_sound = matches!(said.as_slice(), [one] if one == "ok");
    Ok((!is_sound).then(|| Database::Damaged { problem: said.join("; ") }))
}

fn failed(error: &sqlx::Error) -> Database {
    let problem = error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    if is_damage(error) { Database::Damaged { problem } } else { Database::Unreadable { problem } }
}
