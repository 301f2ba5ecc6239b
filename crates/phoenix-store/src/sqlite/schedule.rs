//! The schedule: who drives which experiment, and when. Claims look at what is due, through one narrow index.

use async_trait::async_trait;
use phoenix_core::id::{ExperimentId, Fence, ReplicaId};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{Claim, Schedule};
use phoenix_core::time::{Span, Timestamp};
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::Fault;
use crate::sqlite::rows::{Reader, integer};

pub(super) const DUE: &str = "
    SELECT experiment_id FROM experiment_schedule WHERE ready_at <= ?1 ORDER BY ready_at, experiment_id LIMIT ?2";

pub(super) const CLAIM: &str = "
    UPDATE experiment_schedule SET owner = ?2, until = ?3, fence = fence + 1, due_at = NULL
    WHERE experiment_id = ?1 RETURNING experiment_id, fence";

pub(super) const NEXT_DUE: &str = "
    SELECT ready_at FROM experiment_schedule WHERE ready_at IS NOT NULL ORDER BY ready_at LIMIT 1";

const RENEW: &str = "
    UPDATE experiment_schedule SET until = max(until, ?3)
    WHERE experiment_id = ?1 AND fence = ?2 AND until IS NOT NULL";

/// A wake that came meanwhile is in `due_at`: the earlier instant wins.
const SETTLE: &str = "
    UPDATE experiment_schedule SET owner = NULL, until = NULL, due_at = coalesce(min(due_at, ?3), due_at, ?3)
    WHERE experiment_id = ?1 AND fence = ?2 AND until IS NOT NULL";

const WAKE: &str = "
    UPDATE experiment_schedule SET due_at = ?2 WHERE experiment_id = ?1 AND (due_at IS NULL OR due_at > ?2)";

/// Makes an experiment due at `at` or earlier, whoever holds it.
pub(super) async fn wake(write: &mut SqliteConnection, id: &ExperimentId, at: Timestamp) -> Result<(), Fault> {
    sqlx::query(WAKE).bind(id.as_str()).bind(at.as_micros()).execute(write).await?;
    Ok(())
}

#[async_trait]
impl Schedule for SqliteStore {
    async fn claim_due(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure> {
        self.claim(owner, now, limit, now + lease).await.map_err(self.failed("claim due experiments"))
    }

    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure> {
        let query =
            sqlx::query(RENEW).bind(claim.experiment_id.as_str()).bind(integer(claim.fence.0)).bind(until.as_micros());
        let done = self.execute(query).await;
        done.map(|done| done.rows_affected() == 1).map_err(self.failed("renew the claim"))
    }

    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure> {
        let query = sqlx::query(SETTLE)
            .bind(claim.experiment_id.as_str())
            .bind(integer(claim.fence.0))
            .bind(due_at.map(Timestamp::as_micros));
        let done = self.execute(query).await;
        done.map(|_| ()).map_err(self.failed("give the claim back"))
    }

    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure> {
        let query = sqlx::query(WAKE).bind(id.as_str()).bind(at.as_micros());
        let done = self.execute(query).await;
        done.map(|_| ()).map_err(self.failed("wake the experiment"))
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        let read = async {
            let row = sqlx::query(NEXT_DUE).fetch_optional(&self.readers).await?;
            let read = |row| Reader::new(row, "experiment_schedule", "ready_at").instant("ready_at");
            Ok(row.as_ref().map(read).transpose()?)
        };
        read.await.map_err(self.failed("see what is due next"))
    }
}

impl SqliteStore {
    async fn claim(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        until: Timestamp,
    ) -> Result<Vec<Claim>, Fault> {
        let mut write = self.begin().await?;
        let due = sqlx::query(DUE).bind(now.as_micros()).bind(limit).fetch_all(&mut *write).await?;
        let mut claims = Vec::with_capacity(due.len());
        for row in &due {
            let id: &str = Reader::new(row, "experiment_schedule", "experiment_id").get("experiment_id")?;
            let query = sqlx::query(CLAIM).bind(id).bind(owner.as_str()).bind(until.as_micros());
            let row = query.fetch_one(&mut *write).await?;
            let row = Reader::new(&row, "experiment_schedule", "experiment_id");
            claims.push(Claim {
                experiment_id: row.parsed("experiment_id")?,
                fence: Fence(row.number("fence")?),
                until,
            });
        }
        if !claims.is_empty() {
            write.commit().await.map_err(Fault::Commit)?;
        }
        Ok(claims)
    }
}
