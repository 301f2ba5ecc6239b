//! Keeps house: wakes experiments whose pipelines changed, sweeps orphans, deletes what ended long ago, counts experiments.

use std::sync::Arc;

use phoenix_core::app::{Ports, Retention, Sweeper};
use phoenix_core::id::ExperimentId;
use phoenix_core::ports::signal::CommitSignal;
use phoenix_core::time::Span;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::instruments::PrometheusInstruments;
use crate::loops::chain;
use crate::signals::Commits;

/// The loop that keeps house.
pub struct Keeper {
    /// The ports.
    pub ports: Ports,
    /// What removes orphans.
    pub sweeper: Sweeper,
    /// What deletes experiments that ended long ago; without it they are kept.
    pub retention: Option<Retention>,
    /// What shows the counts.
    pub instruments: Arc<PrometheusInstruments>,
    /// What wakes the other loops.
    pub commits: Arc<Commits>,
    /// How often to sweep and count.
    pub tick: Span,
}

impl Keeper {
    /// Runs until `stop`.
    pub async fn run(self, mut changed: mpsc::Receiver<ExperimentId>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(self.tick.to_std());
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = tick.tick() => self.keep_house().await,
                Some(id) = changed.recv() => self.wake(&id).await,
                () = stop.cancelled() => return,
            }
        }
    }

    async fn wake(&self, id: &ExperimentId) {
        match self.ports.schedule.wake(id, self.ports.clock.now()).await {
            Ok(()) => self.commits.committed(),
            Err(failure) => {
                error!(experiment.id = %id, reason = failure.reason(), error = chain(&failure), "an experiment could not be woken");
            }
        }
    }

    async fn keep_house(&self) {
        self.sweep().await;
        self.expire().await;
        match self.ports.experiments.count_by_state().await {
            Ok(counts) => self.instruments.set_active(&counts),
            Err(failure) => {
                error!(reason = failure.reason(), error = chain(&failure), "experiments could not be counted");
            }
        }
        match self.ports.control.freeze().await {
            Ok(freeze) => self.instruments.set_frozen(freeze.is_some()),
            Err(failure) => error!(reason = failure.reason(), error = chain(&failure), "the freeze could not be read"),
        }
    }

    async fn sweep(&self) {
        match self.sweeper.sweep().await {
            Ok(removed) if removed.is_empty() => {}
            Ok(removed) => {
                let names: Vec<&str> = removed.iter().map(phoenix_core::id::PipelineName::as_str).collect();
                info!(pipelines = names.join(","), "removing pipelines that nobody wants");
            }
            Err(failure) => error!(reason = failure.reason(), error = chain(&failure), "orphans could not be swept"),
        }
    }

    async fn expire(&self) {
        let Some(retention) = &self.retention else { return };
        match retention.expire().await {
            Ok(deleted) if deleted.is_empty() => {}
            Ok(deleted) => info!(experiments = deleted.len(), "deleted experiments that ended long ago"),
            Err(failure) => {
                error!(reason = failure.reason(), error = chain(&failure), "old experiments could not be deleted");
            }
        }
    }
}
