//! A history that does not show one of its events.

use std::sync::Arc;

use async_trait::async_trait;

use crate::experiment::Event;
use crate::id::{ExperimentId, Revision};
use crate::ports::failure::Failure;
use crate::ports::store::EventLog;

/// What is not shown.
const HIDDEN: Revision = Revision(3);

/// A history without its third event.
pub(super) struct Hiding(pub(super) Arc<dyn EventLog>);

#[async_trait]
impl EventLog for Hiding {
    async fn history(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>, Failure> {
        let mut events = self.0.history(id, after, limit).await?;
        events.retain(|event| event.seq != HIDDEN);
        Ok(events)
    }

    async fn events_after<'a>(&self, cursor: Option<&'a str>, limit: u32) -> Result<Vec<(String, Event)>, Failure> {
        self.0.events_after(cursor, limit).await
    }

    async fn latest_cursor(&self) -> Result<Option<String>, Failure> {
        self.0.latest_cursor().await
    }
}
