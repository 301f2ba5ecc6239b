//! The deployer port over supervised processes.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;
use phoenix_core::experiment::PipelineObservation;
use phoenix_core::id::{ConfigHash, PipelineName};
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline, OwnedPipeline, PipelineKey, PipelineSink, Removal};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::validator::Finding;
use phoenix_core::spec::Target;
use tokio::sync::Mutex;

use crate::collector::Collector;
use crate::disk::Layout;
use crate::head_room::Room;
use crate::options::Options;
use crate::shared::{Shared, Supply, blocking};
use crate::supervisor::{Handle, Supervisor};
use crate::visibility::Visibility;
use crate::{preflight, recovery};

/// How often a supervisor that ended under our hands is replaced before that is an error.
const ATTEMPTS: u32 = 5;

/// Runs pipelines as processes of this host. Dropping it leaves the collectors running; the next one adopts them.
pub struct LocalDeployer {
    shared: Arc<Shared>,
    supervisors: Mutex<HashMap<PipelineName, Handle>>,
}

impl LocalDeployer {
    /// Opens the data directory and adopts what an earlier server left running. Nothing is started that does not run.
    ///
    /// # Errors
    ///
    /// Wrong options; a data directory that cannot be made or written; no procfs.
    pub async fn start(options: Options, supply: impl Into<Supply>) -> Result<Self, Failure> {
        options.validate()?;
        let data_dir = options.data_dir.clone();
        let layout = blocking(move || Layout::open(&data_dir)).await?;
        let shared = Arc::new(Shared::new(options, layout, supply.into())?);
        let found = {
            let shared = Arc::clone(&shared);
            blocking(move || recovery::find_all(&shared)).await?
        };
        let supervisors: HashMap<PipelineName, Handle> = found
            .into_iter()
            .map(|(name, remains)| {
                let handle = Supervisor::start(&shared, &name, remains);
                (name, handle)
            })
            .collect();
        let patience = shared.options.timing.probe_timeout;
        join_all(supervisors.values().cloned().map(|handle| handle.settle(patience))).await;
        Ok(Self { shared, supervisors: Mutex::new(supervisors) })
    }

    /// Says anew which collector there is. It serves from the next start of a process on; those that run keep theirs.
    pub fn supply(&self, supply: impl Into<Supply>) {
        self.shared.set_supply(supply.into());
    }

    /// Which collector there is.
    pub fn collector(&self) -> Supply {
        self.shared.supply()
    }

    /// The supervisor of a pipeline: the one there is, or a new one when something is there to supervise or `make` says so.
    async fn supervisor(&self, name: &PipelineName, make: Make) -> Result<Option<Handle>, Failure> {
        let mut supervisors = self.supervisors.lock().await;
        supervisors.retain(|_, handle| !handle.has_ended());
        if let Some(handle) = supervisors.get(name) {
            return Ok(Some(handle.clone()));
        }
        let remains = {
            let (shared, name) = (Arc::clone(&self.shared), name.clone());
            blocking(move || recovery::find(&shared, &name)).await?
        };
        let remains = match (remains, make) {
            (Some(remains), _) => remains,
            (None, Make::Always) => recovery::Remains::default(),
            (None, Make::IfFound) => return Ok(None),
        };
        let handle = Supervisor::start(&self.shared, name, remains);
        supervisors.insert(name.clone(), handle.clone());
        Ok(Some(handle))
    }
}

#[derive(Clone, Copy)]
enum Make {
    Always,
    IfFound,
}

fn restless(name: &PipelineName) -> Failure {
    Failure::transient("PipelineRestless", format!("{name} is being removed and deployed at the same time"))
}

#[async_trait]
impl Deployer for LocalDeployer {
    fn namespace(&self) -> &'static str {
        "local"
    }

    async fn survey(&self, _target: &Target) -> Result<Vec<Finding>, Failure> {
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let room = Room::measure(&shared.options.data_dir);
            let mut found = shared.options.head_room.judge(&room);
            // One that is still being built has no rights of its own.
            let collector = shared.collector().ok();
            found.extend(Visibility::look(collector.as_ref().map(Collector::path))?.finding());
            Ok(found)
        })
        .await
    }

    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure> {
        preflight::check(&self.shared, config).await
    }

    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure> {
        let name = &desired.key.name;
        if ConfigHash::of(&desired.config) != desired.hash {
            let message = format!("the configuration of {name} is not the one that its hash was taken of");
            return Err(Failure::permanent("HashMismatch", message));
        }
        for _ in 0..ATTEMPTS {
            if let Some(handle) = self.supervisor(name, Make::Always).await?
                && let Some(result) = handle.ensure(desired).await
            {
                return result;
            }
        }
        Err(restless(name))
    }

    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure> {
        let supervisors = self.supervisors.lock().await;
        let seen = |key: &PipelineKey| match supervisors.get(&key.name) {
            Some(handle) => handle.observation(),
            None => PipelineObservation::absent(key.name.clone()),
        };
        Ok(keys.iter().map(seen).collect())
    }

    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure> {
        for _ in 0..ATTEMPTS {
            let Some(handle) = self.supervisor(name, Make::IfFound).await? else {
                return Ok(Removal::Gone);
            };
            if let Some(removal) = handle.remove().await {
                return Ok(removal);
            }
        }
        Err(restless(name))
    }

    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure> {
        let shared = Arc::clone(&self.shared);
        let owners = blocking(move || recovery::find_owners(&shared)).await?;
        Ok(owners.into_iter().map(|(name, experiment_id)| OwnedPipeline { name, experiment_id }).collect())
    }

    fn watch(&self, sink: Arc<dyn PipelineSink>) {
        self.shared.add_sink(sink);
    }
}
