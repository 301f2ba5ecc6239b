//! Takes samples at their instants.

use phoenix_core::app::{Ports, Sampler};
use phoenix_core::time::Span;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::loops::{REST, chain, sleep_until};

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
    /// Runs until `stop`.
    pub async fn run(self, mut commits: watch::Receiver<u64>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            commits.mark_unchanged();
            match self.sampler.sample().await {
                Ok(true) => {}
                Ok(false) => match self.ports.samples.next_sampling().await {
                    Ok(next) => sleep_until(&*self.ports.clock, next, self.tick, &mut commits, &stop).await,
                    Err(failure) => self.rest(&failure, &mut commits, &stop).await,
                },
                Err(failure) => self.rest(&failure, &mut commits, &stop).await,
            }
        }
    }

    async fn rest(
        &self,
        failure: &phoenix_core::ports::failure::Failure,
        commits: &mut watch::Receiver<u64>,
        stop: &CancellationToken,
    ) {
        error!(reason = failure.reason(), error = chain(failure), "samples could not be taken; they are tried again");
        sleep_until(&*self.ports.clock, None, REST, commits, stop).await;
    }
}
