//! When the server is asked.
//!
//! The stream of events says *that* something was decided, so a change of state is seen at once; it is only a signal, and what is shown is
//! read afresh, so a frame that is lost or repeated does no harm and none has to be understood. Readiness of pipelines and measured values
//! are no events: for them, and where the stream does not come through, there is a slow poll. A fast poll alone would ask twice a second for
//! hours, per watcher, and fill the server's log with it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use phoenix_core::experiment::{Experiment, State};
use phoenix_core::id::Revision;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::follow::look::{View, look};
use crate::server::{RequestError, Server};

/// Distance of two looks while something is about to change.
const SOON: Duration = Duration::from_secs(1);
/// Distance of two looks while little can change.
const LATE: Duration = Duration::from_secs(5);
/// Events that come together are one look.
const GATHER: Duration = Duration::from_millis(100);
/// Pause before a broken stream is opened again; the poll goes on meanwhile.
const REOPEN: Duration = Duration::from_secs(5);

type Looking = Pin<Box<dyn Future<Output = Result<View, RequestError>>>>;

/// Looks at an experiment whenever there may be news.
pub(super) struct Watcher {
    pub(super) server: Server,
    id: String,
    seen: Revision,
    due: Instant,
    looked_at: Instant,
    /// A look that is under way: whoever waits for it may be interrupted without losing it.
    looking: Option<Looking>,
    news: Arc<Notify>,
    stream: JoinSet<()>,
}

impl Watcher {
    /// A watcher of this experiment.
    pub(super) fn new(server: Server, experiment: &Experiment) -> Self {
        let now = Instant::now();
        let mut watcher = Self {
            server,
            id: experiment.id.to_string(),
            seen: experiment.revision,
            due: now,
            looked_at: now,
            looking: None,
            news: Arc::default(),
            stream: JoinSet::new(),
        };
        watcher.listen();
        watcher
    }

    /// The next look. May be dropped and called again.
    pub(super) async fn next(&mut self) -> Result<View, RequestError> {
        while self.looking.is_none() {
            tokio::select! {
                () = sleep_until(self.due) => self.looking = Some(Box::pin(look(self.server.clone(), self.id.clone()))),
                () = self.news.notified() => self.due = self.due.min(self.looked_at + GATHER),
            }
        }
        let looked = match &mut self.looking {
            Some(looking) => looking.await,
            // The loop above has set it.
            None => look(self.server.clone(), self.id.clone()).await,
        };
        self.looking = None;
        self.looked_at = Instant::now();
        self.due = self.looked_at + pause(looked.as_ref().ok());
        if let Ok(view) = &looked {
            self.seen = view.experiment.revision;
        }
        looked
    }

    /// Follows a server that was started again.
    pub(super) fn find_again(&mut self) {
        let before = self.server.url().to_owned();
        self.server.find_again();
        if self.server.url() != before {
            self.listen();
        }
    }

    /// Listens to the events of the present server, and to those of no other any more.
    fn listen(&mut self) {
        self.stream.abort_all();
        self.stream.spawn(signal_news(self.server.clone(), self.id.clone(), self.seen, self.news.clone()));
    }
}

/// How long until the next look, unless an event comes earlier.
fn pause(view: Option<&View>) -> Duration {
    let Some(View { experiment, .. }) = view else { return SOON };
    match experiment.state {
        State::Pending => LATE,
        State::Running => experiment.spec.schedule.sample_interval.to_std().clamp(SOON, LATE),
        State::Initializing
        | State::Deploying
        | State::Analyzing
        | State::Completed
        | State::Failed
        | State::Cancelled => SOON,
    }
}

/// Signals whenever the stream says anything, its end included.
async fn signal_news(server: Server, id: String, after: Revision, news: Arc<Notify>) {
    loop {
        if let Ok(mut stream) = server.stream(&id, after).await {
            while let Ok(Some(_)) = stream.chunk().await {
                news.notify_one();
            }
            news.notify_one();
        }
        sleep(REOPEN).await;
    }
}
