//! What a supervisor is in the middle of, and what can happen to it there.

use std::future::pending;
use std::sync::Arc;

use phoenix_core::id::{ConfigHash, PipelineName};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

use crate::ports::Ports;
use crate::probe::Look;
use crate::process::{Exit, ProcessId};
use crate::record::Record;
use crate::shared::Shared;

/// What a supervisor is in the middle of.
pub(super) enum Stage {
    /// Nothing runs, and nobody has asked for anything.
    Idle,
    /// A process runs.
    Running(Running),
    /// Processes are ending.
    Stopping(Stopping),
    /// Nothing runs until then.
    Waiting(Instant),
    /// Given up: a crash loop.
    Failed,
    /// Removed; the supervisor ends.
    Gone,
}

/// A process that runs.
pub(super) struct Running {
    pub(super) since: Instant,
    /// Where the lines of this start begin in the log; for an adopted process, where it ended at the adoption.
    pub(super) log_begin: u64,
    pub(super) is_ready: bool,
    /// True once it was ready since it was started (or adopted).
    pub(super) was_ready: bool,
    /// Looks in a row that found it not ready.
    pub(super) misses: u32,
    /// The configuration that its telemetry carried at the last look.
    pub(super) hash: Option<ConfigHash>,
    /// When it counts as hanging, unless it is ready.
    pub(super) patience_ends: Instant,
    exit: oneshot::Receiver<Exit>,
    looks: mpsc::Receiver<Look>,
    _prober: AbortOnDrop,
}

/// Processes that are ending.
pub(super) struct Stopping {
    /// Those that were signalled.
    pub(super) processes: Vec<ProcessId>,
    pub(super) kill_at: Instant,
    pub(super) is_killed: bool,
    pub(super) next_look: Instant,
    pub(super) then: Then,
}

/// What follows when everything has ended.
pub(super) enum Then {
    /// What is wanted is started.
    Start,
    /// It counts as a crash with this message.
    Crash(String),
    /// The directory is deleted.
    Remove,
    /// Nothing.
    Rest,
}

/// What can happen to a supervisor by itself.
pub(super) enum Event {
    /// The process has ended.
    Exited(Exit),
    /// Somebody has looked at the process.
    Looked(Look),
    /// It is time for the next thing.
    Due,
}

impl Stage {
    /// The next thing that happens.
    pub(super) async fn next(&mut self) -> Event {
        match self {
            Self::Idle | Self::Failed | Self::Gone => pending().await,
            Self::Running(running) => running.next().await,
            Self::Stopping(stopping) => {
                sleep_until(stopping.next_look).await;
                Event::Due
            }
            Self::Waiting(until) => {
                sleep_until(*until).await;
                Event::Due
            }
        }
    }
}

impl Running {
    /// Begins to watch a process.
    pub(super) fn begin(
        shared: &Arc<Shared>,
        name: &PipelineName,
        record: &Record,
        exit: oneshot::Receiver<Exit>,
        log_begin: u64,
    ) -> Self {
        let (sender, looks) = mpsc::channel(1);
        let prober = tokio::spawn(keep_looking(
            Arc::clone(shared),
            name.clone(),
            record.ports,
            record.config_hash.clone(),
            sender,
        ));
        let since = Instant::now();
        Self {
            since,
            log_begin,
            is_ready: false,
            was_ready: false,
            misses: 0,
            hash: None,
            patience_ends: since + shared.options.timing.start_timeout,
            exit,
            looks,
            _prober: AbortOnDrop(prober),
        }
    }

    async fn next(&mut self) -> Event {
        tokio::select! {
            exit = &mut self.exit => Event::Exited(exit.unwrap_or(Exit(None))),
            Some(look) = self.looks.recv() => Event::Looked(look),
            () = sleep_until(self.patience_ends), if !self.is_ready => Event::Due,
        }
    }
}

async fn keep_looking(
    shared: Arc<Shared>,
    name: PipelineName,
    ports: Ports,
    wanted: ConfigHash,
    looks: mpsc::Sender<Look>,
) {
    loop {
        let look = shared.prober.look(&name, ports, &wanted).await;
        let timing = &shared.options.timing;
        let pause = if look.trouble.is_none() { timing.probe_settled } else { timing.probe_unsettled };
        if looks.send(look).await.is_err() {
            return;
        }
        sleep(pause).await;
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
