//! What wakes the loops of this process. Lossy by design: every loop also looks by itself.

use std::sync::Arc;

use phoenix_core::id::ExperimentId;
use phoenix_core::ports::deployer::PipelineSink;
use phoenix_core::ports::signal::CommitSignal;
use tokio::sync::{mpsc, watch};

/// How many changed pipelines may wait; more are coalesced into the next look.
const QUEUE: usize = 1_024;

/// Counts commits for whoever waits for one.
#[derive(Debug)]
pub struct Commits(watch::Sender<u64>);

impl Commits {
    /// The counter and its first reader.
    pub fn new() -> (Arc<Self>, watch::Receiver<u64>) {
        let (sender, receiver) = watch::channel(0);
        (Arc::new(Self(sender)), receiver)
    }
}

impl CommitSignal for Commits {
    fn committed(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Hands changed pipelines from the deployer to the loop that wakes their experiments.
#[derive(Debug)]
pub struct ChangedPipelines(mpsc::Sender<ExperimentId>);

impl ChangedPipelines {
    /// The sink and the queue behind it.
    pub fn new() -> (Arc<Self>, mpsc::Receiver<ExperimentId>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Arc::new(Self(sender)), receiver)
    }
}

impl PipelineSink for ChangedPipelines {
    fn pipeline_changed(&self, experiment_id: &ExperimentId) {
        // A full queue loses nothing but time: unsettled pipelines are looked at again anyway.
        let _ = self.0.try_send(experiment_id.clone());
    }
}
