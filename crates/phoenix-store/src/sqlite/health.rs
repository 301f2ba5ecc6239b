//! Whether the database can be written to: asked by probes, and no longer so once it is found damaged.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use futures::lock::Mutex;
use phoenix_core::ports::clock::Clock as _;
use phoenix_core::ports::failure::Failure;
use sqlx::SqlitePool;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::{Fault, STORE_CORRUPT};

/// How long an answer holds. Probes are open to everybody, and each trial waits for the disk.
const HOLDS: Duration = Duration::from_secs(1);
/// With less room than this the next decisions may not fit, although a probe still does.
const LEAST_ROOM: u64 = 512 << 10;

const TRY: &str = "
    INSERT INTO controller_settings (key, value) VALUES ('probe', ?1)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// How a trial went: reason and message of its failure, because a failure itself cannot be kept and told twice.
type Trial = Result<(), (&'static str, String)>;

/// What is known of the database's health.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// The damage that was met.
    damaged: OnceLock<String>,
    /// The latest trial.
    probed: Mutex<Option<(Instant, Trial)>>,
}

impl Health {
    /// Keeps in mind that the database is damaged.
    pub(super) fn note(&self, failure: &Failure) {
        if failure.reason() == STORE_CORRUPT && self.damaged.set(failure.message().to_owned()).is_ok() {
            tracing::error!(
                error = failure.message(),
                "the database is damaged: nothing more is written to it, reading goes on"
            );
        }
    }
}

impl SqliteStore {
    /// The connection that writes. A damaged database is written to by nobody: every write could damage more, and cost what can be rescued.
    pub(super) fn writer(&self) -> Result<&SqlitePool, Fault> {
        match self.health.damaged.get() {
            None => Ok(&self.writer),
            Some(message) => Err(Fault::Refused(Failure::permanent(STORE_CORRUPT, message.as_str()))),
        }
    }

    /// Tries to write, at most once in a while.
    pub(super) async fn probe_writing(&self) -> Result<(), Failure> {
        let mut probed = self.health.probed.lock().await;
        let answer = match &*probed {
            Some((at, answer)) if at.elapsed() < HOLDS => answer.clone(),
            Some(_) | None => {
                let tried = self.try_writing().await.map_err(self.failed("write"));
                let answer = tried.map_err(|failure| (failure.reason(), failure.message().to_owned()));
                *probed = Some((Instant::now(), answer.clone()));
                answer
            }
        };
        answer.map_err(|(reason, message)| Failure::transient(reason, message))
    }

    async fn try_writing(&self) -> Result<(), Fault> {
        let query = sqlx::query(TRY).bind(self.clock.now().as_micros().to_string());
        query.execute(self.writer()?).await.map_err(Fault::Commit)?;
        let room = rustix::fs::statvfs(&self.database).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        match room {
            Ok(room) if room < LEAST_ROOM => {
                let (database, left) = (self.database.display(), room >> 10);
                let text = format!("the disk with {database} is full, {left} KiB are left; free space on it");
                Err(Fault::Refused(Failure::transient("StoreFull", text)))
            }
            // Some file systems do not tell.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}
