//! Drives due experiments, a bounded number at a time, each under a lease that is renewed while it lasts.

use std::sync::Arc;

use phoenix_core::app::{Ports, Reconciler};
use phoenix_core::id::ReplicaId;
use phoenix_core::ports::store::Claim;
use phoenix_core::time::Span;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, error, info_span};

use crate::loops::{chain, rest_after, sleep_until};

/// How long a claim lasts without being renewed.
const LEASE: Span = Span::from_secs(30);
/// How often it is renewed.
const RENEWAL: Span = Span::from_secs(10);

/// The loop that drives experiments.
pub struct Worker {
    /// The ports.
    pub ports: Ports,
    /// What drives one experiment.
    pub reconciler: Reconciler,
    /// This replica.
    pub owner: ReplicaId,
    /// Most experiments at a time.
    pub concurrency: usize,
    /// The safety net.
    pub tick: Span,
}

impl Worker {
    /// Runs until `stop`, then waits for the experiments at hand.
    pub async fn run(self, mut commits: watch::Receiver<u64>, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(self.concurrency));
        let tasks = TaskTracker::new();
        // A settlement may make an experiment due long before the end of the lease that `next_due` saw.
        let settled = Arc::new(Notify::new());
        while !stop.is_cancelled() {
            // Seen before looking: a commit that comes while claiming wakes the sleep below.
            commits.mark_unchanged();
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            let now = self.ports.clock.now();
            match self.ports.schedule.claim_due(&self.owner, now, 1, LEASE).await {
                Ok(claims) if claims.is_empty() => {
                    drop(slot);
                    tokio::select! {
                        () = self.wait(&mut commits, &stop) => {}
                        () = settled.notified() => {}
                    }
                }
                Ok(claims) => {
                    let (ports, reconciler) = (self.ports.clone(), self.reconciler.clone());
                    let settled = Arc::clone(&settled);
                    tasks.spawn(async move {
                        for claim in claims {
                            drive(&ports, &reconciler, claim).await;
                        }
                        drop(slot);
                        settled.notify_one();
                    });
                }
                Err(failure) => {
                    drop(slot);
                    error!(reason = failure.reason(), error = chain(&failure), "cannot claim due experiments");
                    sleep_until(&*self.ports.clock, None, rest_after(&failure, self.tick), &mut commits, &stop).await;
                }
            }
        }
        tasks.close();
        tasks.wait().await;
    }

    async fn wait(&self, commits: &mut watch::Receiver<u64>, stop: &CancellationToken) {
        match self.ports.schedule.next_due().await {
            Ok(next) => sleep_until(&*self.ports.clock, next, self.tick, commits, stop).await,
            Err(failure) => {
                error!(reason = failure.reason(), error = chain(&failure), "cannot see what is due next");
                sleep_until(&*self.ports.clock, None, rest_after(&failure, self.tick), commits, stop).await;
            }
        }
    }
}

/// Drives one experiment and keeps its lease alive meanwhile.
async fn drive(ports: &Ports, reconciler: &Reconciler, claim: Claim) {
    let span = info_span!("reconcile", experiment.id = %claim.experiment_id, fence = claim.fence.0);
    let driven = async {
        tokio::select! {
            result = reconciler.drive(&claim) => {
                if let Err(failure) = result {
                    error!(reason = failure.reason(), error = chain(&failure), "an experiment could not be driven; it is tried again");
                }
            }
            // A lost lease ends the work: whoever holds it now goes on. What was begun may be repeated.
            () = keep(ports, claim.clone()) => {}
        }
    };
    driven.instrument(span).await;
}

/// Renews a claim until it is lost.
async fn keep(ports: &Ports, mut claim: Claim) {
    loop {
        tokio::time::sleep(RENEWAL.to_std()).await;
        let until = ports.clock.now() + LEASE;
        match ports.schedule.renew(&claim, until).await {
            Ok(true) => claim.until = until,
            Ok(false) => return,
            Err(_) if ports.clock.now() < claim.until => {}
            Err(failure) => {
                error!(reason = failure.reason(), error = chain(&failure), "a lease could not be renewed");
                return;
            }
        }
    }
}
