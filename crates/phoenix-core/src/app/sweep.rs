//! Removes what the deployer owns and nobody wants: pipelines that a crash left behind, or that a late replica applied.

use std::collections::BTreeSet;

use crate::app::Ports;
use crate::id::{ExperimentId, PipelineName};
use crate::ports::failure::Failure;

/// Sweeps orphans.
#[derive(Clone)]
pub struct Sweeper {
    ports: Ports,
}

impl Sweeper {
    /// A sweeper over these ports.
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Removes every orphan and answers with their names. What is not gone yet, or could not be removed, is met again by the next sweep.
    pub async fn sweep(&self) -> Result<Vec<PipelineName>, Failure> {
        let owned = self.ports.deployer.list_owned().await?;
        let ids: Vec<ExperimentId> =
            owned.iter().map(|pipeline| pipeline.experiment_id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: BTreeSet<ExperimentId> = self.ports.deployments.wanted(&ids).await?.into_iter().collect();
        let mut removed = Vec::new();
        let mut failed = None;
        for orphan in owned.into_iter().filter(|pipeline| !wanted.contains(&pipeline.experiment_id)) {
            match self.ports.deployer.remove(&orphan.name).await {
                Ok(_) => removed.push(orphan.name),
                // One that cannot be removed now is no reason to keep the others.
                Err(failure) => failed = failed.or(Some(failure)),
            }
        }
        self.ports.instruments.swept(removed.len().try_into().unwrap_or(u64::MAX));
        failed.map_or(Ok(removed), Err)
    }
}
