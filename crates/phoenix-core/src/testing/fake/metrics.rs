//! A metrics source over collectors in memory: those that a test places, and those that a [`FakeDeployer`] runs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::analysis::sample::{HostReading, Value};
use crate::experiment::{Endpoints, PipelineType};
use crate::id::ConfigHash;
use crate::ports::clock::Clock;
use crate::ports::failure::Failure;
use crate::ports::metrics::{MetricsSource, ReadTarget, Reading, Unreadable};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector};
use crate::testing::contract::metrics::Report;
use crate::testing::fake::FakeDeployer;
use crate::time::{Span, Timestamp};

/// What becomes of reading the pipelines of a type.
#[derive(Clone, Debug)]
pub enum Readable {
    /// It reports this.
    Reports(Collector),
    /// It still has another configuration.
    Outdated,
    /// It is down.
    Down,
    /// The source fails for this arm.
    Failing,
}

/// A metrics source over collectors in memory.
pub struct FakeMetrics {
    clock: Arc<dyn Clock>,
    deployer: Option<Arc<FakeDeployer>>,
    world: Mutex<World>,
}

#[derive(Default)]
struct World {
    places: HashMap<String, Report>,
    scripts: HashMap<PipelineType, Readable>,
    outage: bool,
    calls: u32,
}

impl FakeMetrics {
    /// A source in a world without collectors.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, deployer: None, world: Mutex::default() }
    }

    /// A source that reads what a deployer runs. Unless scripted otherwise, every pipeline reports [`collector`].
    pub fn over(clock: Arc<dyn Clock>, deployer: Arc<FakeDeployer>) -> Self {
        Self { deployer: Some(deployer), ..Self::new(clock) }
    }

    /// Scripts the pipelines of a type that the deployer runs.
    pub fn script(&self, kind: PipelineType, readable: Readable) {
        self.world().scripts.insert(kind, readable);
    }

    /// Whether the source fails as a whole.
    pub fn fail(&self, fails: bool) {
        self.world().outage = fails;
    }

    /// Places a collector; `None` clears the place.
    pub fn place(&self, endpoints: &Endpoints, report: Option<&Report>) {
        let mut world = self.world();
        match report {
            Some(report) => world.places.insert(endpoints.telemetry.clone(), report.clone()),
            None => world.places.remove(&endpoints.telemetry),
        };
    }

    /// How often the source was read.
    pub fn calls(&self) -> u32 {
        self.world().calls
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_one(&self, target: &ReadTarget) -> Result<HostReading, Unreadable> {
        let no_data = |reason: &str| Unreadable::NoData(reason.to_owned());
        let endpoints = target.endpoints.as_ref().ok_or_else(|| no_data("nobody knows where"))?;
        let report = match self.placed(endpoints) {
            Some(report) => report,
            None => self.deployed(target, endpoints)?,
        };
        if report.pipeline != target.pipeline {
            return Err(Unreadable::NoData(format!("the pipeline {} answers there", report.pipeline)));
        }
        Ok(self.reading(&report))
    }

    fn placed(&self, endpoints: &Endpoints) -> Option<Report> {
        self.world().places.get(&endpoints.telemetry).cloned()
    }

    fn deployed(&self, target: &ReadTarget, endpoints: &Endpoints) -> Result<Report, Unreadable> {
        let found = self.deployer.as_ref().and_then(|deployer| deployer.at(endpoints));
        let desired = found.ok_or_else(|| Unreadable::NoData("nobody listens there".to_owned()))?;
        let script = self.world().scripts.get(&desired.key.pipeline_type).cloned();
        let report =
            |hash, collector| Report { pipeline: desired.key.name.clone(), host: target.host.clone(), hash, collector };
        match script {
            None => Ok(report(desired.hash.clone(), collector())),
            Some(Readable::Reports(collector)) => Ok(report(desired.hash.clone(), collector)),
            Some(Readable::Outdated) => Ok(report(ConfigHash::of("an older one"), collector())),
            Some(Readable::Down) => Err(Unreadable::NoData("nobody listens there".to_owned())),
            Some(Readable::Failing) => Err(Unreadable::ProviderError("the fake source fails as asked".to_owned())),
        }
    }

    fn reading(&self, report: &Report) -> HostReading {
        let now = self.clock.now();
        let secs = now.as_micros().saturating_sub(at(0).as_micros()).div_euclid(1_000_000);
        let mut reading = report.collector.reading(secs);
        reading.read_at = now;
        reading.config_hash = report.hash.clone();
        reading.values.retain(|_, value| match value {
            Value::Gauge { value } => value.is_finite(),
            Value::Counter { total, .. } => total.is_finite(),
        });
        reading
    }
}

#[async_trait]
impl MetricsSource for FakeMetrics {
    async fn read(&self, _instant: Timestamp, _within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        {
            let mut world = self.world();
            world.calls = world.calls.saturating_add(1);
            if world.outage {
                return Err(Failure::transient("FakeOutage", "the fake metrics source fails as asked"));
            }
        }
        let reading = |target: &ReadTarget| Reading {
            pipeline: target.pipeline.clone(),
            host: target.host.clone(),
            result: self.read_one(target),
        };
        Ok(targets.iter().map(reading).collect())
    }
}
