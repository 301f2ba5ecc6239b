//! The loop that takes samples, over the core's fakes.

use std::sync::Arc;

use async_trait::async_trait;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::metrics::{MetricsSource, ReadTarget, Reading};
use phoenix_core::time::{Span, Timestamp};
use phoenix_server::loops::SamplerLoop;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::ask::{EXPERIMENTS, document};
use crate::world::{World, soon};

/// Reads what the other one reads, but never ends with experiments that are sampled every second.
struct Stuck(Arc<dyn MetricsSource>);

#[async_trait]
impl MetricsSource for Stuck {
    async fn read(&self, instant: Timestamp, within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        assert!(within <= Span::from_secs(3), "{within}");
        if within == Span::from_millis(750) {
            return std::future::pending().await;
        }
        self.0.read(instant, within, targets).await
    }
}

async fn count(world: &World, name: &str) -> usize {
    let samples = world.get(&format!("{EXPERIMENTS}/{name}/samples")).await.good();
    samples["items"].as_array().expect("a list").len()
}

/// Waits until so many samples are stored.
async fn until(world: &World, name: &str, least: usize) {
    soon("a sample", async {
        while count(world, name).await < least {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_class_that_is_stuck_costs_the_others_no_instant() {
    let world = World::with(|ports| ports.metrics = Arc::new(Stuck(ports.metrics.clone())));
    for (name, interval) in [("stuck", "1s"), ("steady", "10s")] {
        let mut document = document(name);
        document["spec"]["schedule"] = json!({"duration": "10m", "warmUp": "0s", "sampleInterval": interval});
        world.post(EXPERIMENTS, &document).await.good();
        world.command(name, "start").await;
    }
    world.drive().await;
    world.clock.advance(Span::from_secs(10));
    let sampling =
        SamplerLoop { ports: world.ports.clone(), sampler: world.sampler.clone(), tick: Span::from_secs(30) };
    let stop = CancellationToken::new();
    let task = tokio::spawn(sampling.run(world.api.commits.clone(), stop));
    until(&world, "steady", 1).await;
    world.clock.advance(Span::from_secs(10));
    // Any commit makes the loop look at the clock of the test.
    world.create("another").await;
    until(&world, "steady", 2).await;
    assert_eq!(count(&world, "stuck").await, 0);
    task.abort();
}
