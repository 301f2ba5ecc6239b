//! The SQLite store: the truth of a controller that is one process on one host.
//!
//! One connection writes, a few read. Every write is one transaction (`BEGIN IMMEDIATE`), every commit reaches the disk
//! (`synchronous=FULL`); readers see the latest commit and never wait (WAL). Times are INTEGER microseconds, structured values JSON.
//!
//! Knows neither the state machine nor any deadline: it stores what was decided and hands out what is due.

mod check;
mod commit;
mod connect;
mod control;
mod deployments;
mod errors;
mod events;
mod experiments;
mod health;
pub(crate) mod inspect;
mod outbox;
mod rows;
mod samples;
mod sampling;
mod schedule;
#[cfg(test)]
mod tests;
mod wal;

use std::path::PathBuf;

use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::time::Timestamp;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteQueryResult};
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::clock::SystemClock;
use crate::data_dir::DataDir;
use crate::sqlite::errors::Fault;
use crate::sqlite::health::Health;

pub use connect::OpenError;

/// The SQLite store. It holds its data directory, so that no other process writes to it.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    database: PathBuf,
    /// What `pipeline_deployments.k8s_namespace` says.
    namespace: String,
    clock: SystemClock,
    health: Health,
    _directory: DataDir,
}

impl SqliteStore {
    /// Begins a write: the only one at a time, so that nothing read in it can change before it ends.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Fault> {
        Ok(self.writer()?.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// A statement that is a transaction by itself: when it fails, it may have happened.
    async fn execute(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<SqliteQueryResult, Fault> {
        query.execute(self.writer()?).await.map_err(Fault::Commit)
    }

    /// What went wrong, as the port's failure. `doing` completes "cannot".
    fn failed(&self, doing: &'static str) -> impl Fn(Fault) -> Failure + use<'_> {
        move |fault| {
            let failure = fault.into_failure(&self.database, doing);
            self.health.note(&failure);
            failure
        }
    }
}

impl Clock for SqliteStore {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
