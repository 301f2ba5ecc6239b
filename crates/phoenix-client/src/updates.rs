//! A stream of updates that outlives its connection.

use std::fmt;

use backon::{BackoffBuilder as _, ExponentialBackoff};
use futures::stream::{self, Stream};
use phoenix_proto::controller::v1;
use tokio::time::Instant;
use tonic::Streaming;

use crate::{Client, Error, Result};

/// Updates of experiments. After a break the stream goes on from its last cursor.
pub struct Updates {
    client: Client,
    /// What was asked for; its cursor moves along, and names become ids.
    request: v1::StreamUpdatesRequest,
    open: Option<Streaming<v1::ExperimentUpdate>>,
    /// The pauses that are left before it gives up.
    pauses: ExponentialBackoff,
    /// When to take it up again.
    resume_at: Option<Instant>,
    has_ended: bool,
}

impl Updates {
    pub(crate) fn new(
        client: Client,
        request: v1::StreamUpdatesRequest,
        open: Streaming<v1::ExperimentUpdate>,
    ) -> Self {
        let pauses = client.resume().backoff().build();
        Self { client, request, open: Some(open), pauses, resume_at: None, has_ended: false }
    }

    /// The next update; `None` once every experiment that was asked for is deleted. May be dropped while it waits: nothing is lost.
    ///
    /// An error is the last item: the stream was refused, or could not be taken up again as often as [`crate::ClientBuilder::resume`] says.
    pub async fn next(&mut self) -> Option<Result<v1::ExperimentUpdate>> {
        while !self.has_ended {
            let error = match self.receive().await {
                Ok(Some(update)) => {
                    self.follow(&update);
                    return Some(Ok(update));
                }
                // Only the controller ends a stream like this: what was cut off has no final status, which is an error.
                Ok(None) => {
                    self.has_ended = true;
                    continue;
                }
                Err(error) => error,
            };
            self.open = None;
            let pause = if error.is_break() { self.pauses.next() } else { None };
            let Some(pause) = pause else {
                self.has_ended = true;
                return Some(Err(error));
            };
            self.resume_at = Some(Instant::now() + pause);
        }
        None
    }

    /// Where the stream is: hand it to [`v1::StreamUpdatesRequest::after_cursor`] to go on from here, also in another process. Empty before
    /// the first update.
    pub fn cursor(&self) -> &str {
        &self.request.after_cursor
    }

    /// The updates as a [`Stream`].
    pub fn into_stream(self) -> impl Stream<Item = Result<v1::ExperimentUpdate>> + Send {
        stream::unfold(self, |mut updates| async move { updates.next().await.map(|update| (update, updates)) })
    }

    async fn receive(&mut self) -> Result<Option<v1::ExperimentUpdate>> {
        if let Some(at) = self.resume_at {
            tokio::time::sleep_until(at).await;
            self.resume_at = None;
        }
        if self.open.is_none() {
            self.open = Some(self.client.open(self.request.clone()).await?);
        }
        match &mut self.open {
            Some(open) => open.message().await.map_err(Error::from_status),
            None => Ok(None),
        }
    }

    fn follow(&mut self, update: &v1::ExperimentUpdate) {
        self.pauses = self.client.resume().backoff().build();
        if !update.cursor.is_empty() {
            self.request.after_cursor.clone_from(&update.cursor);
        }
        // After a break a name could mean another experiment.
        if let Some(experiment) = &update.experiment {
            for reference in self.request.experiment_ids.iter_mut().filter(|one| **one == experiment.name) {
                reference.clone_from(&experiment.id);
            }
        }
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates")
            .field("request", &self.request)
            .field("has_ended", &self.has_ended)
            .finish_non_exhaustive()
    }
}
