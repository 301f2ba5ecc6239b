//! Deletes experiments that ended long ago. Their history stays.
//!
//! Knows no timer: the server calls it now and then.

use crate::app::Ports;
use crate::app::commands::deleted_event;
use crate::experiment::{Cause, Reason};
use crate::id::ExperimentId;
use crate::ports::cache::CacheKey;
use crate::ports::failure::Failure;
use crate::time::Span;

/// Most deletions in one go.
const BATCH: u32 = 100;

/// Deletes what has expired.
#[derive(Clone)]
pub struct Retention {
    ports: Ports,
    keep: Span,
}

impl Retention {
    /// Keeps finished experiments for this long.
    pub const fn new(ports: Ports, keep: Span) -> Self {
        Self { ports, keep }
    }

    /// Deletes experiments that have expired, oldest first, and answers with their ids. Pipelines that were kept by request keep their
    /// experiment, too. What is left over of a large number is met by the next call.
    pub async fn expire(&self) -> Result<Vec<ExperimentId>, Failure> {
        let now = self.ports.clock.now();
        let expired = self.ports.experiments.ended_before(now - self.keep, BATCH).await?;
        let mut deleted = Vec::new();
        for experiment in expired {
            let message = format!("experiment {} ended more than {} ago", experiment.name, self.keep);
            let event = deleted_event(now, &Cause::system(), &experiment, Reason::RetentionElapsed, message);
            if self.ports.experiments.delete(&experiment.id, experiment.revision, &event).await? {
                let _ = self.ports.cache.forget(vec![CacheKey::ExperimentState(experiment.id.clone())]).await;
                deleted.push(experiment.id);
            }
        }
        if !deleted.is_empty() {
            self.ports.signal.committed();
        }
        Ok(deleted)
    }
}
