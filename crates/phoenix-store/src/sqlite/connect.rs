//! Opening the database: pragmas, migrations, and the leases of a process that is gone.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use phoenix_core::ports::clock::Clock as _;
use sqlx::Connection as _;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::clock::SystemClock;
use crate::data_dir::DataDir;
use crate::sqlite::SqliteStore;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that read.
const READERS: u32 = 4;
/// Longest wait for a connection of a pool, and for the lock of a foreign program on the file.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Largest write-ahead log that is kept between checkpoints.
const LARGEST_LOG: &str = "67108864";

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer controller has migrated it.
    #[error(
        "the database {} was migrated by a newer version (migration {version} is unknown here)\n  run that version, or choose another \
         directory with PHOENIX_DATA_DIR",
        path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The migration.
        version: i64,
    },
    /// Another build has migrated it: one of its migrations is not the one that is known here.
    #[error(
        "the database {} was migrated by another build (migration {version} differs)\n  run that build, or choose another directory with \
         PHOENIX_DATA_DIR",
        path.display()
    )]
    Foreign {
        /// The database.
        path: PathBuf,
        /// The migration.
        version: i64,
    },
    /// SQLite refuses it.
    #[error("cannot {doing} the database {}: {source}\n  {}", path.display(), advice(source))]
    Unusable {
        /// What was tried.
        doing: &'static str,
        /// The database.
        path: PathBuf,
        /// Why not.
        source: Box<sqlx::Error>,
    },
}

fn advice(error: &sqlx::Error) -> &'static str {
    match crate::sqlite::errors::primary_code(error) {
        Some(crate::sqlite::errors::FULL) => {
            "free space on that disk, or choose another directory with PHOENIX_DATA_DIR"
        }
        Some(crate::sqlite::errors::CORRUPT | crate::sqlite::errors::NOT_A_DATABASE) => {
            "restore it from a backup, or move it away to begin anew"
        }
        _ => "see that this user may read and write the file and its directory",
    }
}

impl SqliteStore {
    /// Opens the database of a data directory, creates or migrates it, and frees what a former process held: whoever holds the directory is
    /// the only one. So there must be one store per directory.
    ///
    /// `namespace` is what `pipeline_deployments.k8s_namespace` says, `local` for the local deployer.
    ///
    /// # Errors
    ///
    /// When the file cannot be used, or a newer version has migrated it; says what to do.
    pub async fn open(directory: &DataDir, namespace: impl Into<String>) -> Result<Self, OpenError> {
        let database = directory.database();
        let unusable =
            |doing| move |source| OpenError::Unusable { doing, path: directory.database(), source: Box::new(source) };
        make_private(&database).map_err(sqlx::Error::Io).map_err(unusable("open"))?;
        let writer = writer(&database).await.map_err(unusable("open"))?;
        migrate(&writer, &database).await?;
        let readers = readers(&database).await.map_err(unusable("open"))?;
        let store = Self {
            writer,
            readers,
            database,
            namespace: namespace.into(),
            clock: SystemClock,
            _directory: directory.clone(),
        };
        store.free_leases().await.map_err(unusable("write to"))?;
        Ok(store)
    }

    /// Waits for what is under way and closes the database. Dropping the store loses nothing either; the write-ahead log stays until the
    /// next start then.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Makes everything due that a former process held: nobody else could.
    async fn free_leases(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.now().as_micros();
        sqlx::query(
            "UPDATE experiment_schedule SET owner = NULL, until = NULL, due_at = min(coalesce(due_at, ?1), ?1)
             WHERE until IS NOT NULL",
        )
        .bind(now)
        .execute(&self.writer)
        .await?;
        sqlx::query(
            "UPDATE sampling_classes SET owner = NULL, until = NULL, claimed_at = NULL WHERE until IS NOT NULL",
        )
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

/// Makes the file if need be, for its owner alone; SQLite's own files beside it take its mode.
fn make_private(database: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(database).map(|_| ())
}

fn options(database: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(database)
        .foreign_keys(true)
        .busy_timeout(LONGEST_WAIT)
        .synchronous(SqliteSynchronous::Full)
}

async fn writer(database: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = options(database)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("journal_size_limit", LARGEST_LOG);
    pool(1)
        .min_connections(1)
        // SQLite ends a transaction by itself when the disk is full; the driver does not notice and would refuse every further one on that
        // connection. A fresh connection is the cure.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options)
        .await
}

async fn readers(database: &Path) -> Result<SqlitePool, sqlx::Error> {
    pool(READERS).connect_with(options(database).pragma("query_only", "ON")).await
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .acquire_timeout(LONGEST_WAIT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

async fn migrate(writer: &SqlitePool, database: &Path) -> Result<(), OpenError> {
    MIGRATIONS.run(writer).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
            OpenError::Newer { path: database.to_owned(), version }
        }
        MigrateError::VersionMismatch(version) => OpenError::Foreign { path: database.to_owned(), version },
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            OpenError::Unusable { doing: "migrate", path: database.to_owned(), source: Box::new(source) }
        }
        other => OpenError::Unusable {
            doing: "migrate",
            path: database.to_owned(),
            source: Box::new(sqlx::Error::Migrate(Box::new(other))),
        },
    })
}
