//! A deployer over a world in memory. What becomes of a pipeline is scripted per type, and time passes by being looked at.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::experiment::{Endpoints, HostObservation, PipelineObservation, PipelinePhase, PipelineType};
use crate::id::{ExperimentId, HostName, PipelineName};
use crate::ports::deployer::{Deployer, DesiredPipeline, OwnedPipeline, PipelineKey, PipelineSink, Removal};
use crate::ports::failure::Failure;
use crate::ports::validator::{Finding, Severity};
use crate::spec::Target;

/// What becomes of the pipelines of a type. Looks are calls of [`Deployer::observe`], counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Ready at this look and from then on.
    Ready {
        /// The look.
        at_look: u32,
    },
    /// Progressing for ever.
    Starting {
        /// What it waits for.
        message: String,
    },
    /// Was ready and is not any more.
    Degraded {
        /// Why.
        message: String,
    },
    /// Progressing, then failed for good.
    Fails {
        /// The look.
        at_look: u32,
        /// Why.
        message: String,
    },
    /// Starts again at every look, and is given up after so many restarts.
    CrashLoops {
        /// How many restarts.
        limit: u32,
    },
}

/// A method of the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// [`Deployer::survey`].
    Survey,
    /// [`Deployer::preflight`].
    Preflight,
    /// [`Deployer::ensure`].
    Ensure,
    /// [`Deployer::observe`].
    Observe,
    /// [`Deployer::remove`].
    Remove,
    /// [`Deployer::list_owned`].
    ListOwned,
}

struct Deployed {
    desired: DesiredPipeline,
    port: u16,
    looks: u32,
    restarts: u32,
    /// How many more removals it takes, once removal has begun.
    removing: Option<u32>,
}

struct World {
    pipelines: BTreeMap<PipelineName, Deployed>,
    behaviours: HashMap<PipelineType, Behaviour>,
    lacking: Option<String>,
    survey: Vec<Finding>,
    removal_takes: u32,
    outages: HashMap<Operation, u32>,
    calls: HashMap<Operation, u32>,
    next_port: u16,
}

/// A deployer in memory with one host, `fake-host`. Unless scripted otherwise, everything is ready at the first look and gone at the
/// second removal.
pub struct FakeDeployer {
    world: Arc<Mutex<World>>,
    sinks: Mutex<Vec<Arc<dyn PipelineSink>>>,
}

impl Default for FakeDeployer {
    fn default() -> Self {
        Self::over(Arc::new(Mutex::new(World {
            pipelines: BTreeMap::new(),
            behaviours: HashMap::new(),
            lacking: None,
            survey: Vec::new(),
            removal_takes: 2,
            outages: HashMap::new(),
            calls: HashMap::new(),
            next_port: 20_000,
        })))
    }
}

impl FakeDeployer {
    /// A deployer over an empty world.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another deployer over the same world, as after a crash of the controller: it knows only what it sees, and nobody watches it.
    #[must_use]
    pub fn restarted(&self) -> Self {
        Self::over(Arc::clone(&self.world))
    }

    /// Scripts what there is to say about the host.
    pub fn find(&self, findings: Vec<Finding>) {
        self.world().survey = findings;
    }

    /// Scripts the pipelines of a type, those deployed already too; their looks are counted anew.
    pub fn behave(&self, kind: PipelineType, behaviour: Behaviour) {
        let mut world = self.world();
        world.behaviours.insert(kind, behaviour);
        let mut changed = Vec::new();
        for pipeline in world.pipelines.values_mut().filter(|one| one.desired.key.pipeline_type == kind) {
            pipeline.looks = 0;
            changed.push(pipeline.desired.key.experiment_id.clone());
        }
        drop(world);
        for id in &changed {
            self.tell(id);
        }
    }

    /// Refuses configurations that contain this word: the collector lacks the component.
    pub fn lacks(&self, component: &str) {
        self.world().lacking = Some(component.to_owned());
    }

    /// How many calls of [`Deployer::remove`] it takes until a pipeline is gone, at least one.
    pub fn removal_takes(&self, calls: u32) {
        self.world().removal_takes = calls.max(1);
    }

    /// The next calls of a method fail in passing.
    pub fn fail_next(&self, operation: Operation, times: u32) {
        self.world().outages.insert(operation, times);
    }

    /// How often a method was called.
    pub fn calls(&self, operation: Operation) -> u32 {
        self.world().calls.get(&operation).copied().unwrap_or_default()
    }

    /// Puts a pipeline into the world without being asked through the port, as a late replica would.
    pub fn plant(&self, desired: &DesiredPipeline) {
        self.world().deploy(desired);
    }

    /// What runs, in order of the names; what is being removed is among it.
    pub fn running(&self) -> Vec<PipelineName> {
        self.world().pipelines.keys().cloned().collect()
    }

    /// What runs at this address.
    pub fn at(&self, endpoints: &Endpoints) -> Option<DesiredPipeline> {
        let world = self.world();
        let found = world.pipelines.values().find(|one| one.endpoints() == *endpoints);
        found.map(|one| one.desired.clone())
    }

    fn over(world: Arc<Mutex<World>>) -> Self {
        Self { world, sinks: Mutex::default() }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, id: &ExperimentId) {
        // Cloned, because a sink may call back.
        let sinks = self.sinks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for sink in sinks {
            sink.pipeline_changed(id);
        }
    }
}

impl World {
    fn enter(&mut self, operation: Operation) -> Result<(), Failure> {
        let count = self.calls.entry(operation).or_default();
        *count = count.saturating_add(1);
        match self.outages.get_mut(&operation) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(Failure::transient("FakeOutage", format!("the fake deployer fails {operation:?} as asked")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// True when something changed.
    fn deploy(&mut self, desired: &DesiredPipeline) -> bool {
        let present = self.pipelines.get(&desired.key.name);
        if present.is_some_and(|one| one.desired.hash == desired.hash && one.removing.is_none()) {
            return false;
        }
        self.next_port += 2;
        let deployed =
            Deployed { desired: desired.clone(), port: self.next_port, looks: 0, restarts: 0, removing: None };
        self.pipelines.insert(desired.key.name.clone(), deployed);
        true
    }

    fn look(&mut self, name: &PipelineName) -> PipelineObservation {
        let Some(pipeline) = self.pipelines.get_mut(name) else {
            return PipelineObservation::absent(name.clone());
        };
        pipeline.looks = pipeline.looks.saturating_add(1);
        let behaviour = self.behaviours.get(&pipeline.desired.key.pipeline_type);
        let (phase, message) = pipeline.fare(behaviour.unwrap_or(&Behaviour::Ready { at_look: 1 }));
        pipeline.observed(phase, message)
    }
}

impl Deployed {
    /// One look further.
    fn fare(&mut self, behaviour: &Behaviour) -> (PipelinePhase, String) {
        if self.removing.is_some() {
            return (PipelinePhase::Removing, "stopping".to_owned());
        }
        match behaviour {
            Behaviour::Ready { at_look } | Behaviour::Fails { at_look, .. } if self.looks < *at_look => {
                (PipelinePhase::Progressing, "starting".to_owned())
            }
            Behaviour::Ready { .. } => (PipelinePhase::Ready, String::new()),
            Behaviour::Fails { message, .. } => (PipelinePhase::Failed, message.clone()),
            Behaviour::Starting { message } => (PipelinePhase::Progressing, message.clone()),
            Behaviour::Degraded { message } => (PipelinePhase::Degraded, message.clone()),
            Behaviour::CrashLoops { limit } if self.restarts >= *limit => {
                (PipelinePhase::Failed, format!("crash loop: exited {limit} times"))
            }
            Behaviour::CrashLoops { .. } => {
                self.restarts += 1;
                (PipelinePhase::Progressing, "exited with status 1; starting again".to_owned())
            }
        }
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints {
            metrics: format!("http://127.0.0.1:{}/metrics", self.port),
            telemetry: format!("http://127.0.0.1:{}/metrics", self.port + 1),
        }
    }

    fn observed(&self, phase: PipelinePhase, message: String) -> PipelineObservation {
        let ready = phase == PipelinePhase::Ready;
        let host = HostObservation {
            host: fake_host(),
            ready,
            config_hash: ready.then(|| self.desired.hash.clone()),
            restarts: self.restarts,
            message: message.clone(),
            endpoints: Some(self.endpoints()),
        };
        PipelineObservation { name: self.desired.key.name.clone(), phase, message, hosts: vec![host] }
    }
}

#[expect(clippy::expect_used, reason = "test support: a literal")]
fn fake_host() -> HostName {
    "fake-host".parse().expect("a valid host name")
}

#[async_trait]
impl Deployer for FakeDeployer {
    fn namespace(&self) -> &'static str {
        "fake"
    }

    async fn survey(&self, _target: &Target) -> Result<Vec<Finding>, Failure> {
        let mut world = self.world();
        world.enter(Operation::Survey)?;
        Ok(world.survey.clone())
    }

    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure> {
        let mut world = self.world();
        world.enter(Operation::Preflight)?;
        Ok(world.lacking.iter().filter(|lacking| config.contains(lacking.as_str())).map(missing).collect())
    }

    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure> {
        let changed = {
            let mut world = self.world();
            world.enter(Operation::Ensure)?;
            world.deploy(desired)
        };
        if changed {
            self.tell(&desired.key.experiment_id);
        }
        Ok(())
    }

    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure> {
        let mut world = self.world();
        world.enter(Operation::Observe)?;
        Ok(keys.iter().map(|key| world.look(&key.name)).collect())
    }

    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure> {
        let removed = {
            let mut world = self.world();
            world.enter(Operation::Remove)?;
            let takes = world.removal_takes;
            let Some(pipeline) = world.pipelines.get_mut(name) else {
                return Ok(Removal::Gone);
            };
            let left = pipeline.removing.unwrap_or(takes).saturating_sub(1);
            pipeline.removing = Some(left);
            if left > 0 {
                return Ok(Removal::Pending);
            }
            world.pipelines.remove(name)
        };
        if let Some(pipeline) = removed {
            self.tell(&pipeline.desired.key.experiment_id);
        }
        Ok(Removal::Gone)
    }

    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure> {
        let mut world = self.world();
        world.enter(Operation::ListOwned)?;
        let owned = world.pipelines.values().map(|one| &one.desired.key);
        Ok(owned
            .map(|key| OwnedPipeline { name: key.name.clone(), experiment_id: key.experiment_id.clone() })
            .collect())
    }

    fn watch(&self, sink: Arc<dyn PipelineSink>) {
        self.sinks.lock().unwrap_or_else(PoisonError::into_inner).push(sink);
    }
}

fn missing(component: &String) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: "ComponentMissing".to_owned(),
        path: component.clone(),
        message: format!("the fake collector has no {component}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract::deployer::desired;

    async fn look(deployer: &FakeDeployer, key: &PipelineKey) -> PipelineObservation {
        deployer.observe(std::slice::from_ref(key)).await.expect("no outage").remove(0)
    }

    #[tokio::test]
    async fn a_script_makes_a_pipeline_fail_or_crash() {
        let deployer = FakeDeployer::new();
        let wanted = desired("one", PipelineType::Candidate, "a: 1\n");
        deployer.ensure(&wanted).await.expect("no outage");
        assert!(look(&deployer, &wanted.key).await.is_ready());

        deployer.behave(PipelineType::Candidate, Behaviour::Fails { at_look: 2, message: "gone".to_owned() });
        assert_eq!(look(&deployer, &wanted.key).await.phase, PipelinePhase::Progressing);
        assert_eq!(look(&deployer, &wanted.key).await.message, "gone");

        deployer.behave(PipelineType::Candidate, Behaviour::CrashLoops { limit: 2 });
        let phases = [
            look(&deployer, &wanted.key).await.phase,
            look(&deployer, &wanted.key).await.phase,
            look(&deployer, &wanted.key).await.phase,
        ];
        assert_eq!(phases, [PipelinePhase::Progressing, PipelinePhase::Progressing, PipelinePhase::Failed]);
        assert_eq!(look(&deployer, &wanted.key).await.hosts[0].restarts, 2);
    }

    #[tokio::test]
    async fn an_outage_lasts_as_long_as_asked_and_calls_are_counted() {
        let deployer = FakeDeployer::new();
        deployer.fail_next(Operation::ListOwned, 1);
        assert_eq!(deployer.list_owned().await.expect_err("an outage").reason(), "FakeOutage");
        assert_eq!(deployer.list_owned().await.expect("over"), []);
        assert_eq!(deployer.calls(Operation::ListOwned), 2);
        assert_eq!(deployer.calls(Operation::Ensure), 0);
    }
}
