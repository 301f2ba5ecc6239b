//! The history: appended with every decision, never changed.

use async_trait::async_trait;
use phoenix_core::analysis::Comparison;
use phoenix_core::experiment::Event;
use phoenix_core::id::{ExperimentId, Revision};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::store::{EventLog, ReportStore};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::{CorruptRow, Fault};
use crate::sqlite::rows::{Reader, integer};

/// Appends an event. There is one writer, so the row's id grows in commit order.
pub(super) async fn append(write: &mut SqliteConnection, event: &Event, token: Option<&str>) -> Result<(), Fault> {
    sqlx::query(
        "INSERT INTO experiment_events (experiment_id, seq, kind, at, tenant, token, event)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(event.experiment_id.as_str())
    .bind(integer(event.seq.0))
    .bind(event.kind.as_str())
    .bind(event.at.as_micros())
    .bind(event.tenant.as_str())
    .bind(token)
    .bind(serde_json::to_string(event)?)
    .execute(write)
    .await?;
    Ok(())
}

/// True when the decision that the token marks is stored.
pub(super) async fn is_stored(
    connection: &mut SqliteConnection,
    id: &ExperimentId,
    token: &str,
) -> Result<bool, Fault> {
    let query = sqlx::query("SELECT 1 FROM experiment_events WHERE experiment_id = ?1 AND token = ?2 LIMIT 1");
    Ok(query.bind(id.as_str()).bind(token).fetch_optional(connection).await?.is_some())
}

/// True when the id was ever used.
pub(super) async fn has_history(connection: &mut SqliteConnection, id: &ExperimentId) -> Result<bool, Fault> {
    let query = sqlx::query("SELECT 1 FROM experiment_events WHERE experiment_id = ?1 LIMIT 1");
    Ok(query.bind(id.as_str()).fetch_optional(connection).await?.is_some())
}

#[async_trait]
impl EventLog for SqliteStore {
    async fn history(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>, Failure> {
        let read = async {
            let query = sqlx::query(
                "SELECT id, event FROM experiment_events WHERE experiment_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
            );
            let query = query.bind(id.as_str()).bind(integer(after.0)).bind(limit);
            let rows = query.fetch_all(&self.readers).await?;
            Ok(rows.iter().map(|row| numbered(row).map(|(_, event)| event)).collect::<Result<_, _>>()?)
        };
        read.await.map_err(self.failed("read the history"))
    }

    async fn events_after<'a>(&self, cursor: Option<&'a str>, limit: u32) -> Result<Vec<(String, Event)>, Failure> {
        let read = async {
            let query = sqlx::query("SELECT id, event FROM experiment_events WHERE id > ?1 ORDER BY id LIMIT ?2");
            let query = query.bind(cursor.map_or(Ok(0), parse_cursor)?).bind(limit);
            let rows = query.fetch_all(&self.readers).await?;
            Ok(rows.iter().map(numbered).collect::<Result<_, _>>()?)
        };
        read.await.map_err(self.failed("read events"))
    }

    async fn latest_cursor(&self) -> Result<Option<String>, Failure> {
        let read = async {
            let query = sqlx::query("SELECT id FROM experiment_events ORDER BY id DESC LIMIT 1");
            let row = query.fetch_optional(&self.readers).await?;
            let id: Option<i64> = row.map(|row| Reader::new(&row, "experiment_events", "id").get("id")).transpose()?;
            Ok(id.map(|id| id.to_string()))
        };
        read.await.map_err(self.failed("read the latest event"))
    }
}

fn numbered(row: &SqliteRow) -> Result<(String, Event), CorruptRow> {
    let row = Reader::new(row, "experiment_events", "id");
    Ok((row.get::<i64>("id")?.to_string(), row.json("event")?))
}

fn parse_cursor(cursor: &str) -> Result<i64, Fault> {
    cursor.parse().map_err(|_| {
        let shown: String = cursor.chars().take(80).collect();
        let text = format!("{shown:?} is no cursor; take one that came with an event, or none to begin at the start");
        Failure::permanent("InvalidCursor", text).into()
    })
}

#[async_trait]
impl ReportStore for SqliteStore {
    async fn comparison(&self, id: &ExperimentId) -> Result<Option<Comparison>, Failure> {
        let read = async {
            let query =
                sqlx::query("SELECT experiment_id, comparison FROM experiment_reports WHERE experiment_id = ?1");
            let row = query.bind(id.as_str()).fetch_optional(&self.readers).await?;
            let read = |row| Reader::new(row, "experiment_reports", "experiment_id").json("comparison");
            Ok(row.as_ref().map(read).transpose()?)
        };
        read.await.map_err(self.failed("read the comparison"))
    }
}
