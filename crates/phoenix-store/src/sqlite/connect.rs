//! Opening the database: pragmas, migrations, and the leases of a process that is gone.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use phoenix_core::ports::clock::Clock as _;
use phoenix_core::time::Timestamp;
use sqlx::Connection as _;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::clock::SystemClock;
use crate::data_dir::DataDir;
use crate::sqlite::SqliteStore;
use crate::sqlite::check::{self, Unsound};
use crate::sqlite::health::Health;
use crate::sqlite::wal;

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that read.
const READERS: u32 = 4;
/// Longest wait for the lock of a foreign program on the file.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for a connection of a pool. The queue is served in order, and thousands may come at once: who cannot wait so long has a limit
/// of its own, as requests have.
const LONGEST_QUEUE: Duration = Duration::from_mins(1);
/// Largest write-ahead log that is kept between checkpoints.
const LARGEST_LOG: &str = "67108864";

const NOTE_VERSION: &str = "
    INSERT INTO controller_settings (key, value) VALUES ('version', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
const LAST_VERSION: &str = "SELECT value FROM controller_settings WHERE key = 'version'";

/// The latest instant at which something happened to an experiment that is still to be driven.
pub(super) const LATEST_INSTANT: &str = "
    SELECT max(at) FROM (
        SELECT updated_at AS at FROM experiments WHERE active_name IS NOT NULL
        UNION ALL
        SELECT max(e.updated_at, coalesce(s.last_instant, 0)) AS at
        FROM experiment_schedule AS s JOIN experiments AS e ON e.id = s.experiment_id WHERE s.ready_at IS NOT NULL
    )";

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer controller has migrated it.
    #[error(
        "the database {} was migrated by {writer} (its migration {version} is unknown here); this is version {}, which knows migrations up \
         to {known}\n  run that version or a newer one, restore a backup from before the upgrade, or choose another directory with \
         PHOENIX_DATA_DIR",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The newest migration in it.
        version: i64,
        /// The newest migration here.
        known: i64,
        /// Who opened it last.
        writer: String,
    },
    /// Another build has migrated it: one of its migrations is not the one that is known here.
    #[error(
        "the database {} was migrated by another build, {writer} (its migration {version} differs from the one of this version, {})\n  run \
         that build, or choose another directory with PHOENIX_DATA_DIR",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )]
    Foreign {
        /// The database.
        path: PathBuf,
        /// The migration.
        version: i64,
        /// Who opened it last.
        writer: String,
    },
    /// There was a database, and there is none now. Making a new one would hide the loss, and collectors would be stopped as nobody's.
    #[error(
        "the database {} {how}, and there was one: {} says so\n  restore it from a backup, or move {}* and that file away to begin anew",
        path.display(),
        marker.display(),
        path.display()
    )]
    Lost {
        /// Where it should be.
        path: PathBuf,
        /// What is there instead.
        how: &'static str,
        /// What says that there was one.
        marker: PathBuf,
    },
    /// It, or its write-ahead log, is damaged.
    #[error(
        "{} is damaged: {damage}; nothing was changed\n  restore it from a backup, save what can be saved with sqlite3 and .recover, or move \
         the whole directory away to begin anew",
        path.display()
    )]
    Damaged {
        /// The damaged file.
        path: PathBuf,
        /// What was found.
        damage: String,
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
            "restore it from a backup, or move the whole directory away to begin anew"
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
        let readable = options(&database).read_only(true);
        check::check(directory, readable).await.map_err(|unsound| unsound_error(unsound, directory))?;
        make_private(&database).map_err(sqlx::Error::Io).map_err(unusable("open"))?;
        let writer = writer(&database).await.map_err(unusable("open"))?;
        migrate(&writer, &database).await?;
        directory.remember_database().map_err(sqlx::Error::Io).map_err(unusable("note the making of"))?;
        let readers = readers(&database).await.map_err(unusable("open"))?;
        let store = Self {
            writer,
            readers,
            database,
            namespace: namespace.into(),
            clock: SystemClock::default(),
            health: Health::default(),
            _directory: directory.clone(),
        };
        store.note_version().await.map_err(unusable("write to"))?;
        store.resume_time().await.map_err(unusable("read"))?;
        store.free_leases().await.map_err(unusable("write to"))?;
        Ok(store)
    }

    /// For the message of an older version, should one be tried on this database.
    async fn note_version(&self) -> Result<(), sqlx::Error> {
        let query = sqlx::query(NOTE_VERSION).bind(serde_json::json!(env!("CARGO_PKG_VERSION")).to_string());
        query.execute(&self.writer).await.map(|_| ())
    }

    /// Time goes on from what is stored, also when the clock of the host was set back meanwhile: due instants, leases and the clocks of runs
    /// would lie in the future, and nothing would happen until then. What has ended has no say: so a clock that was far ahead once is
    /// forgotten with the experiments of that time.
    async fn resume_time(&self) -> Result<(), sqlx::Error> {
        let latest: Option<i64> = sqlx::query_scalar(LATEST_INSTANT).fetch_one(&self.writer).await?;
        let Some(latest) = latest.map(Timestamp::from_micros) else { return Ok(()) };
        let now = self.clock.now();
        if latest > now {
            self.clock.not_before(latest);
            tracing::warn!(
                clock = %now,
                stored = %latest,
                behind = %latest.since(now),
                "the clock of this host was set back: experiments under way were changed later than it says. Time goes on from there, so \
                 that their runs do; it follows the host's clock again once that has caught up, or they have ended and the controller is \
                 started again"
            );
        }
        Ok(())
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

fn unsound_error(unsound: Unsound, directory: &DataDir) -> OpenError {
    let path = directory.database();
    match unsound {
        Unsound::Lost(how) => {
            // Without a marker it is the log that says so.
            let marker = if directory.has_had_database() { directory.marker() } else { wal::beside(&path) };
            OpenError::Lost { path, how, marker }
        }
        Unsound::Log(path, damage) | Unsound::Damaged(path, damage) => OpenError::Damaged { path, damage },
        Unsound::Unreadable(source) => OpenError::Unusable { doing: "read", path, source: Box::new(source) },
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
        .acquire_timeout(LONGEST_QUEUE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

async fn migrate(writer: &SqlitePool, database: &Path) -> Result<(), OpenError> {
    let Err(error) = MIGRATIONS.run(writer).await else { return Ok(()) };
    let path = database.to_owned();
    Err(match error {
        MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
            let newest = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(writer).await;
            let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
            OpenError::Newer { path, version: newest.unwrap_or(version), known, writer: last_writer(writer).await }
        }
        MigrateError::VersionMismatch(version) => {
            OpenError::Foreign { path, version, writer: last_writer(writer).await }
        }
        MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _) => {
            OpenError::Unusable { doing: "migrate", path, source: Box::new(source) }
        }
        other => {
            OpenError::Unusable { doing: "migrate", path, source: Box::new(sqlx::Error::Migrate(Box::new(other))) }
        }
    })
}

/// Which version opened the database last, as far as it has said so.
async fn last_writer(writer: &SqlitePool) -> String {
    let noted: Option<String> = sqlx::query_scalar(LAST_VERSION).fetch_optional(writer).await.ok().flatten();
    let noted = noted.and_then(|text| serde_json::from_str::<String>(&text).ok());
    noted.map_or_else(|| "a version that did not leave its number".to_owned(), |version| format!("version {version}"))
}
