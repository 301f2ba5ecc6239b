//! Where the collector comes from: found at once, or built in the background while the server already answers.

use std::sync::Arc;
use std::time::Duration;

use phoenix_local::collector::{Collector, Error, Progress, Search};
use phoenix_local::{LocalDeployer, Supply};
use tracing::{error, info};

use crate::config::Settings;

/// How often a build's progress is logged.
const PROGRESS: Duration = Duration::from_secs(10);

/// Finds a collector, or builds one.
///
/// # Errors
///
/// See [`Collector::obtain`]; every text says what to do.
pub async fn obtain(settings: &Settings, progress: &(dyn Fn(Progress) + Send + Sync)) -> Result<Collector, Error> {
    Collector::obtain(&search(settings), progress).await
}

/// The collector that there is already.
///
/// # Errors
///
/// The configured path is not there, not executable, or no collector.
pub async fn locate(settings: &Settings) -> Result<Option<Collector>, Error> {
    Collector::locate(&search(settings)).await
}

/// Builds a collector, and tells the deployer how far that is and how it ended.
pub async fn build(settings: Settings, deployer: Arc<LocalDeployer>) {
    info!("no collector found; building one, which takes some minutes. Experiments that start meanwhile wait for it");
    let begin = tokio::time::Instant::now();
    let told = std::sync::atomic::AtomicU64::new(0);
    let progress = |progress: Progress| {
        let line = progress.to_string();
        let period = begin.elapsed().as_secs() / PROGRESS.as_secs();
        if told.swap(period, std::sync::atomic::Ordering::Relaxed) != period {
            info!("{line}");
        }
        deployer.supply(Supply::Pending(line));
    };
    match obtain(&settings, &progress).await {
        Ok(collector) => {
            info!(%collector, "the collector is built");
            deployer.supply(collector);
        }
        Err(error) => {
            error!("{error}");
            deployer.supply(Supply::Unavailable(error.to_string()));
        }
    }
}

fn search(settings: &Settings) -> Search {
    Search {
        explicit: settings.config.collector.path.clone(),
        path: settings.environment.get("PATH").map(Into::into),
        cache_dir: settings.cache_dir.clone(),
    }
}
