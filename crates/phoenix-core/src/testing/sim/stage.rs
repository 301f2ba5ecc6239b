//! Everything outside the replicas of a history: the fakes, what may be broken about them, and who looks on.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::app::Ports;
use crate::experiment::invariant::Broken;
use crate::experiment::{Decide, PipelineType, decide};
use crate::id::PipelineName;
use crate::ports::clock::Clock;
use crate::ports::control::ControlStore;
use crate::ports::deployer::Deployer;
use crate::ports::samples::SampleStore;
use crate::ports::store::{DeploymentStore, EventLog, ExperimentStore, Outbox as OutboxPort, ReportStore, Schedule};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector};
use crate::testing::fake::{
    Behaviour, FakeCache, FakeClock, FakeDeployer, FakeGenerator, FakeLock, FakeMetrics, FakeStore, FakeValidator,
    Faults, Faulty, Operation, Readable, RecordingInstruments, SequentialIds,
};
use crate::testing::sim::process::Process;
use crate::testing::sim::replica::Replica;
use crate::testing::sim::troubled::Troubled;
use crate::testing::sim::witness::Witness;
use crate::testing::sim::{Fate, Mutant, Outbox, Source, Trouble};
use crate::time::{Span, Timestamp};

/// What the deployer cannot run: the baseline of an unfit plan.
const UNFIT: &str = "process-baseline: 2s";
/// What every candidate needs.
const NEEDED: &str = "exclude-kernel-threads";
/// What a collector takes that breaks every guardrail, in MiB.
const BLOATED: f64 = 900.0;

/// Everything outside the replicas.
pub(super) struct Stage {
    pub(super) clock: Arc<FakeClock>,
    pub(super) witness: Arc<Witness>,
    pub(super) events: Arc<dyn EventLog>,
    pub(super) outbox: Arc<dyn OutboxPort>,
    pub(super) reports: Arc<dyn ReportStore>,
    pub(super) samples: Arc<dyn SampleStore>,
    troubled: Arc<Troubled>,
    store: Arc<FakeStore>,
    world: Arc<FakeDeployer>,
    deployer: Arc<dyn Deployer>,
    generator: Arc<FakeGenerator>,
    validator: Arc<FakeValidator>,
    metrics: Arc<FakeMetrics>,
    cache: Arc<FakeCache>,
    lock: Arc<FakeLock>,
    ids: Arc<SequentialIds>,
    instruments: Arc<RecordingInstruments>,
    decide: Decide,
}

impl Stage {
    pub(super) fn new(mutant: Option<Mutant>) -> Self {
        let clock = Arc::new(FakeClock::at(at(0)));
        let store = Arc::new(FakeStore::new());
        let world = Arc::new(FakeDeployer::new());
        let metrics = Arc::new(FakeMetrics::over(clock.clone(), world.clone()));
        let mut experiments: Arc<dyn ExperimentStore> = store.clone();
        let mut events: Arc<dyn EventLog> = store.clone();
        let mut samples: Arc<dyn SampleStore> = store.clone();
        let mut deployer: Arc<dyn Deployer> = world.clone();
        let mut decides: Decide = decide;
        if let Some(mutant) = mutant {
            experiments = mutant.experiments(experiments);
            events = mutant.events(events);
            samples = mutant.samples(samples);
            deployer = mutant.deployer(deployer);
            decides = mutant.decide();
        }
        let stage = Self {
            witness: Witness::of(experiments, store.clone()),
            events,
            outbox: store.clone(),
            reports: store.clone(),
            samples,
            troubled: Troubled::over(store.clone()),
            store,
            world,
            deployer,
            generator: Arc::new(FakeGenerator::new()),
            validator: Arc::new(FakeValidator::new()),
            metrics,
            cache: Arc::new(FakeCache::new(clock.clone())),
            lock: Arc::new(FakeLock::new(clock.clone())),
            ids: Arc::new(SequentialIds::default()),
            instruments: Arc::new(RecordingInstruments::new()),
            decide: decides,
            clock,
        };
        stage.heal();
        stage
    }

    /// A replica in a process of its own.
    pub(super) fn started(&self, number: u8, incarnation: u32) -> Process {
        let faults = Faults::none();
        let replica = Replica::new(number, incarnation, self.ports(&faults), self.decide);
        Process::started(number, incarnation, replica, faults)
    }

    fn ports(&self, faults: &Arc<Faults>) -> Ports {
        let deployments: Arc<dyn DeploymentStore> = self.store.clone();
        let control: Arc<dyn ControlStore> = self.store.clone();
        let schedule: Arc<dyn Schedule> = self.witness.clone();
        let experiments: Arc<dyn ExperimentStore> = self.witness.clone();
        let outbox: Arc<dyn OutboxPort> = self.troubled.clone();
        Ports {
            experiments: Faulty::new(&experiments, faults),
            schedule: Faulty::new(&schedule, faults),
            outbox: Faulty::new(&outbox, faults),
            deployments: Faulty::new(&deployments, faults),
            events: Faulty::new(&self.events, faults),
            reports: Faulty::new(&self.reports, faults),
            samples: Faulty::new(&self.samples, faults),
            control: Faulty::new(&control, faults),
            clock: self.clock.clone(),
            identity: self.ids.clone(),
            generator: Faulty::new(&self.generator, faults),
            validator: self.validator.clone(),
            deployer: Faulty::new(&self.deployer, faults),
            metrics: Faulty::new(&self.metrics, faults),
            cache: Faulty::new(&self.cache, faults),
            lock: Faulty::new(&self.lock, faults),
            signal: self.instruments.clone(),
            instruments: self.instruments.clone(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn pass(&self, span: Span) {
        self.clock.advance(span);
    }

    /// When anything is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let due = at_once(self.witness.next_due()).ok().flatten();
        let sampling = at_once(self.samples.next_sampling()).ok().flatten();
        due.into_iter().chain(sampling).min()
    }

    /// The first invariant that a commit was refused for, or that an accepted one broke.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.instruments.broken().or_else(|| self.witness.broken())
    }

    /// True while nothing new may start.
    pub(super) fn is_frozen(&self) -> bool {
        at_once(ControlStore::freeze(&*self.store)).is_ok_and(|freeze| freeze.is_some())
    }

    /// What runs, whatever the deployer says.
    pub(super) fn running(&self) -> Vec<PipelineName> {
        self.world.running()
    }

    /// Nothing goes wrong from now on, in as far as it lies in the world.
    pub(super) fn heal(&self) {
        for kind in PipelineType::ALL {
            self.fate(kind, Fate::Well);
            self.report(kind, Source::Normal);
        }
        for operation in [Operation::Preflight, Operation::Ensure, Operation::Observe, Operation::Remove] {
            self.world.fail_next(operation, 0);
        }
        self.world.removal_takes(2);
        self.lacks(false);
        self.metrics.fail(false);
        self.generator.fail_next(0);
        self.troubled.heal();
    }

    /// Whether the target lacks what every candidate needs; what an unfit plan needs it always lacks.
    pub(super) fn lacks(&self, lacks: bool) {
        self.world.lacks(if lacks { NEEDED } else { UNFIT });
    }

    pub(super) fn fate(&self, kind: PipelineType, fate: Fate) {
        let message = "as the history says".to_owned();
        self.world.behave(
            kind,
            match fate {
                Fate::Well => Behaviour::Ready { at_look: 1 },
                Fate::Slow => Behaviour::Ready { at_look: 3 },
                Fate::Stuck => Behaviour::Starting { message },
                Fate::Degraded => Behaviour::Degraded { message },
                Fate::Broken => Behaviour::Fails { at_look: 2, message },
                Fate::Crashes => Behaviour::CrashLoops { limit: 3 },
            },
        );
    }

    pub(super) fn trouble(&self, trouble: Trouble, times: u8) {
        let operation = match trouble {
            Trouble::Preflight => Operation::Preflight,
            Trouble::Ensure => Operation::Ensure,
            Trouble::Observe => Operation::Observe,
            Trouble::Remove => Operation::Remove,
            Trouble::SlowRemoval => return self.world.removal_takes(times.into()),
        };
        self.world.fail_next(operation, times.into());
    }

    pub(super) fn report(&self, kind: PipelineType, source: Source) {
        let normal = normal(kind);
        self.metrics.script(
            kind,
            match source {
                Source::Normal => Readable::Reports(normal),
                Source::Bloated => Readable::Reports(Collector { memory_mib: BLOATED, ..normal }),
                Source::Silent => Readable::Reports(normal.with_series(0.0)),
                Source::Down => Readable::Down,
                Source::Outdated => Readable::Outdated,
                Source::Failing => Readable::Failing,
            },
        );
    }

    pub(super) fn outage(&self, fails: bool) {
        self.metrics.fail(fails);
    }

    pub(super) fn generator_fails(&self, times: u8) {
        self.generator.fail_next(times.into());
    }

    pub(super) fn effects(&self, outbox: Outbox, times: u8) {
        self.troubled.begin(outbox, times);
    }
}

/// The candidate saves four fifths of the series and loses nothing.
fn normal(kind: PipelineType) -> Collector {
    match kind {
        PipelineType::Baseline => collector().seeing("postgres", 2, 48.0).seeing("kworker/0:1", 1, 0.0),
        PipelineType::Candidate => collector().with_series(98.0).seeing("postgres", 2, 48.0),
    }
}

/// What a future of the fakes alone comes to: they answer at once.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a fake answers at once"),
    }
}
