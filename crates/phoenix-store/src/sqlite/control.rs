//! Settings of the whole controller.

use async_trait::async_trait;
use phoenix_core::ports::control::{ControlStore, Freeze};
use phoenix_core::ports::failure::Failure;
use sqlx::SqliteConnection;

use crate::sqlite::SqliteStore;
use crate::sqlite::errors::Fault;
use crate::sqlite::rows::Reader;

const READ: &str = "SELECT key, value FROM controller_settings WHERE key = 'freeze'";
const KEEP: &str = "INSERT INTO controller_settings (key, value) VALUES ('freeze', ?1) ON CONFLICT (key) DO NOTHING";
const REMOVE: &str = "DELETE FROM controller_settings WHERE key = 'freeze'";

#[async_trait]
impl ControlStore for SqliteStore {
    async fn freeze(&self) -> Result<Option<Freeze>, Failure> {
        let read = async { read(&mut *self.readers.acquire().await?).await };
        read.await.map_err(self.failed("read the freeze"))
    }

    async fn set_freeze(&self, freeze: Option<Freeze>) -> Result<Option<Freeze>, Failure> {
        self.write_freeze(freeze).await.map_err(self.failed("set the freeze"))
    }

    async fn probe(&self) -> Result<(), Failure> {
        self.probe_writing().await
    }
}

impl SqliteStore {
    async fn write_freeze(&self, freeze: Option<Freeze>) -> Result<Option<Freeze>, Fault> {
        let mut write = self.begin().await?;
        match freeze {
            Some(freeze) => sqlx::query(KEEP).bind(serde_json::to_string(&freeze)?).execute(&mut *write).await?,
            None => sqlx::query(REMOVE).execute(&mut *write).await?,
        };
        let held = read(&mut write).await?;
        write.commit().await.map_err(Fault::Commit)?;
        Ok(held)
    }
}

async fn read(connection: &mut SqliteConnection) -> Result<Option<Freeze>, Fault> {
    let row = sqlx::query(READ).fetch_optional(connection).await?;
    Ok(row.as_ref().map(|row| Reader::new(row, "controller_settings", "key").json("value")).transpose()?)
}
