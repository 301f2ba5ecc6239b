//! The outbox: one-shot effects of the latest decision of every experiment.

use async_trait::async_trait;
use phoenix_core::id::{EffectId, ExperimentId, Revision};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{Commit, Outbox, PendingEffect};
use phoenix_core::time::Timestamp;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::{CorruptRow, Fault};
use crate::sqlite::rows::{Reader, integer};

/// A decision ends the effects of earlier ones; its own are due at once.
pub(super) async fn replace(write: &mut SqliteConnection, commit: &Commit) -> Result<(), Fault> {
    sqlx::query("DELETE FROM experiment_effects WHERE experiment_id = ?1")
        .bind(commit.experiment.id.as_str())
        .execute(&mut *write)
        .await?;
    for (id, effect) in &commit.effects {
        sqlx::query(
            "INSERT INTO experiment_effects (experiment_id, revision, ordinal, effect, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .bind(id.experiment_id.as_str())
        .bind(integer(id.revision.0))
        .bind(id.ordinal)
        .bind(effect.as_str())
        .bind(commit.experiment.updated_at.as_micros())
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}

#[async_trait]
impl Outbox for SqliteStore {
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure> {
        let read = async {
            let query = sqlx::query(
                "SELECT experiment_id, revision, ordinal, effect, attempts, due_at FROM experiment_effects
                 WHERE experiment_id = ?1 ORDER BY revision, ordinal",
            );
            let rows = query.bind(id.as_str()).fetch_all(&self.readers).await?;
            Ok(rows.iter().map(effect).collect::<Result<_, _>>()?)
        };
        read.await.map_err(self.failed("read pending effects"))
    }

    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure> {
        let query = sqlx::query(
            "UPDATE experiment_effects SET attempts = ?4, due_at = ?5
             WHERE experiment_id = ?1 AND revision = ?2 AND ordinal = ?3",
        )
        .bind(id.experiment_id.as_str())
        .bind(integer(id.revision.0))
        .bind(id.ordinal)
        .bind(attempts)
        .bind(due_at.as_micros());
        let done = self.execute(query).await;
        done.map(|_| ()).map_err(self.failed("postpone the effect"))
    }
}

fn effect(row: &SqliteRow) -> Result<PendingEffect, CorruptRow> {
    let row = Reader::new(row, "experiment_effects", "experiment_id");
    Ok(PendingEffect {
        id: EffectId {
            experiment_id: row.parsed("experiment_id")?,
            revision: Revision(row.number("revision")?),
            ordinal: row.number("ordinal")?,
        },
        effect: row.word("effect")?,
        attempts: row.number("attempts")?,
        due_at: row.instant("due_at")?,
    })
}
