//! Takes samples at their instants, every class in a task of its own: a collector that hangs holds up its own class alone.

use std::sync::Arc;

use phoenix_core::app::{Ports, Sampler};
use phoenix_core::ports::failure::Failure;
use phoenix_core::time::Span;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use crate::loops::{chain, rest_after, sleep_until};

/// Most classes that are sampled at the same time. There are as many classes as different intervals.
const MOST_CLASSES: usize = 16;

/// The loop that takes samples.
pub struct SamplerLoop {
    /// The ports.
    pub ports: Ports,
    /// What takes the samples of one class.
    pub sampler: Sampler,
    /// The safety net.
    pub tick: Span,
}

impl SamplerLoop {
    /// Runs until `stop`, then waits for the samples at hand.
    pub async fn run(self, mut commits: watch::Receiver<u64>, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(MOST_CLASSES));
        let tasks = TaskTracker::new();
        // A class whose samples are taken is due long before the end of the claim that `next_sampling` saw.
        let taken = Arc::new(Notify::new());
        while !stop.is_cancelled() {
            // Seen before looking: a commit that comes while claiming wakes the sleep below.
            commits.mark_unchanged();
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            match self.sampler.claim().await {
                Ok(Some(unit)) => {
                    let (sampler, taken) = (self.sampler.clone(), Arc::clone(&taken));
                    tasks.spawn(async move {
                        // The class is due again when its claim ends: a failure costs instants, and no experiment.
                        if let Err(failure) = sampler.take(&unit).await {
                            report(&failure);
                        }
                        drop(slot);
                        taken.notify_one();
                    });
                }
                Ok(None) => {
                    drop(slot);
                    tokio::select! {
                        () = self.wait(&mut commits, &stop) => {}
                        () = taken.notified() => {}
                    }
                }
                Err(failure) => {
                    drop(slot);
                    self.rest(&failure, &mut commits, &stop).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn wait(&self, commits: &mut watch::Receiver<u64>, stop: &CancellationToken) {
        match self.ports.samples.next_sampling().await {
            Ok(next) => sleep_until(&*self.ports.clock, next, self.tick, commits, stop).await,
            Err(failure) => self.rest(&failure, commits, stop).await,
        }
    }

    async fn rest(&self, failure: &Failure, commits: &mut watch::Receiver<u64>, stop: &CancellationToken) {
        report(failure);
        sleep_until(&*self.ports.clock, None, rest_after(failure, self.tick), commits, stop).await;
    }
}

fn report(failure: &Failure) {
    error!(reason = failure.reason(), error = chain(failure), "samples could not be taken; they are tried again");
}
