//! A deployer that confirms removals and leaves the pipelines running.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::experiment::PipelineObservation;
use crate::id::PipelineName;
use crate::ports::deployer::{Deployer, DesiredPipeline, OwnedPipeline, PipelineKey, PipelineSink, Removal};
use crate::ports::failure::Failure;
use crate::ports::validator::Finding;
use crate::spec::Target;

/// A deployer that leaves what it says it has removed.
pub(super) struct Leaving {
    deployer: Arc<dyn Deployer>,
    left: Mutex<BTreeSet<PipelineName>>,
}

impl Leaving {
    pub(super) fn over(deployer: Arc<dyn Deployer>) -> Arc<Self> {
        Arc::new(Self { deployer, left: Mutex::default() })
    }

    fn left(&self) -> MutexGuard<'_, BTreeSet<PipelineName>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Deployer for Leaving {
    fn namespace(&self) -> &str {
        self.deployer.namespace()
    }

    async fn survey(&self, target: &Target) -> Result<Vec<Finding>, Failure> {
        self.deployer.survey(target).await
    }

    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure> {
        self.deployer.preflight(config).await
    }

    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure> {
        self.left().remove(&desired.key.name);
        self.deployer.ensure(desired).await
    }

    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure> {
        let seen = self.deployer.observe(keys).await?;
        let left = self.left();
        let told = |one: PipelineObservation| {
            if left.contains(&one.name) { PipelineObservation::absent(one.name) } else { one }
        };
        Ok(seen.into_iter().map(told).collect())
    }

    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure> {
        self.left().insert(name.clone());
        Ok(Removal::Gone)
    }

    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure> {
        let owned = self.deployer.list_owned().await?;
        let left = self.left();
        Ok(owned.into_iter().filter(|one| !left.contains(&one.name)).collect())
    }

    fn watch(&self, sink: Arc<dyn PipelineSink>) {
        self.deployer.watch(sink);
    }
}
