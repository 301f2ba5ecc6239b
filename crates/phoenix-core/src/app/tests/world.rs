//! A world in which experiments can be run: all ports in memory, time that passes only when it is told to.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use serde_json::{Value, json};

use crate::app::{Caller, Commands, Ports, Queries, Reconciler, Sampler, Sweeper};
use crate::error::Error;
use crate::experiment::{Cleanup, Command, Event, EventKind, Experiment, PipelineType, Policy, State};
use crate::id::{ExperimentId, ReplicaId, Revision, TenantId};
use crate::ports::clock::Clock;
use crate::ports::failure::Failure;
use crate::ports::store::{EventLog, ExperimentStore, Schedule};
use crate::spec::Limits;
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector};
use crate::testing::fake::{
    FakeCache, FakeClock, FakeDeployer, FakeGenerator, FakeLock, FakeMetrics, FakeStore, FakeValidator, Faults, Faulty,
    Readable, RecordingInstruments, SequentialIds,
};
use crate::time::{Span, Timestamp};

/// How long experiments are claimed.
pub(super) const LEASE: Span = Span::from_secs(30);
/// Longest simulated time that a test waits for anything.
const PATIENCE: u32 = 3_600;

/// Everything outside the use-cases.
pub(super) struct World {
    pub(super) clock: Arc<FakeClock>,
    pub(super) store: Arc<FakeStore>,
    pub(super) deployer: Arc<FakeDeployer>,
    pub(super) generator: Arc<FakeGenerator>,
    pub(super) validator: Arc<FakeValidator>,
    pub(super) metrics: Arc<FakeMetrics>,
    pub(super) instruments: Arc<RecordingInstruments>,
    pub(super) cache: Arc<FakeCache>,
    lock: Arc<FakeLock>,
    ids: Arc<SequentialIds>,
}

/// One controller.
pub(super) struct Replica {
    pub(super) ports: Ports,
    pub(super) owner: ReplicaId,
    pub(super) commands: Commands,
    pub(super) queries: Queries,
    pub(super) reconciler: Reconciler,
    pub(super) sampler: Sampler,
    pub(super) sweeper: Sweeper,
}

/// The collector of the baseline: 474 series of a database and of a kernel thread.
pub(super) fn before() -> Collector {
    collector().seeing("postgres", 2, 48.0).seeing("kworker/0:1", 1, 0.0)
}

/// The collector of a candidate that drops the kernel thread: 98 series.
pub(super) fn trimmed() -> Collector {
    collector().with_series(98.0).seeing("postgres", 2, 48.0)
}

/// The collector of a candidate that loses the database.
pub(super) fn lossy() -> Collector {
    collector().with_series(98.0).seeing("kworker/0:1", 1, 0.0)
}

impl World {
    /// It is `at(0)`; the candidate is the trimmed one.
    pub(super) fn new() -> Self {
        let clock = Arc::new(FakeClock::at(at(0)));
        let deployer = Arc::new(FakeDeployer::new());
        let metrics = Arc::new(FakeMetrics::over(clock.clone(), deployer.clone()));
        metrics.script(PipelineType::Baseline, Readable::Reports(before()));
        metrics.script(PipelineType::Candidate, Readable::Reports(trimmed()));
        Self {
            store: Arc::new(FakeStore::new()),
            generator: Arc::new(FakeGenerator::new()),
            validator: Arc::new(FakeValidator::new()),
            instruments: Arc::new(RecordingInstruments::new()),
            cache: Arc::new(FakeCache::new(clock.clone())),
            lock: Arc::new(FakeLock::new(clock.clone())),
            ids: Arc::new(SequentialIds::default()),
            clock,
            deployer,
            metrics,
        }
    }

    /// A controller without faults.
    pub(super) fn replica(&self, number: u32) -> Replica {
        self.replica_with(number, &Faults::none())
    }

    /// A controller with these faults around every call of a port.
    pub(super) fn replica_with(&self, number: u32, faults: &Arc<Faults>) -> Replica {
        let store = Faulty::new(&self.store, faults);
        let ports = Ports {
            experiments: store.clone(),
            schedule: store.clone(),
            outbox: store.clone(),
            deployments: store.clone(),
            events: store.clone(),
            reports: store.clone(),
            control: store.clone(),
            samples: store,
            clock: self.clock.clone(),
            identity: self.ids.clone(),
            generator: Faulty::new(&self.generator, faults),
            validator: self.validator.clone(),
            deployer: Faulty::new(&self.deployer, faults),
            metrics: Faulty::new(&self.metrics, faults),
            cache: self.cache.clone(),
            lock: self.lock.clone(),
            signal: self.instruments.clone(),
            instruments: self.instruments.clone(),
        };
        Replica::over(number, ports)
    }

    /// Seconds since the beginning.
    pub(super) fn secs(&self) -> i64 {
        (self.clock.now().as_micros() - at(0).as_micros()) / 1_000_000
    }

    pub(super) fn pass(&self, secs: u64) {
        self.clock.advance(Span::from_secs(secs));
    }

    pub(super) async fn load(&self, id: &ExperimentId) -> Experiment {
        self.store.load(id).await.unwrap().unwrap()
    }

    pub(super) async fn history(&self, id: &ExperimentId) -> Vec<Event> {
        self.store.history(id, Revision(0), 1_000).await.unwrap()
    }

    pub(super) async fn kinds(&self, id: &ExperimentId) -> Vec<EventKind> {
        self.history(id).await.into_iter().map(|event| event.kind).collect()
    }

    pub(super) async fn next_due(&self) -> Option<Timestamp> {
        self.store.next_due().await.unwrap()
    }

    /// Lets a controller work for so many seconds.
    pub(super) async fn run_for(&self, replica: &Replica, secs: u64) {
        for _ in 0..secs {
            replica.work().await;
            self.pass(1);
        }
        replica.work().await;
    }

    /// Lets a controller work, second by second, until the experiment is as asked.
    pub(super) async fn run_until(
        &self,
        replica: &Replica,
        id: &ExperimentId,
        is_so: impl Fn(&Experiment) -> bool,
    ) -> Experiment {
        for _ in 0..PATIENCE {
            replica.work().await;
            let experiment = self.load(id).await;
            if is_so(&experiment) {
                return experiment;
            }
            self.pass(1);
        }
        panic!("waited in vain, last seen: {:#?}", self.load(id).await)
    }

    pub(super) async fn run_into(&self, replica: &Replica, id: &ExperimentId, state: State) -> Experiment {
        self.run_until(replica, id, |experiment| experiment.state == state).await
    }

    /// Lets a controller work until the experiment has ended and is cleaned up.
    pub(super) async fn run_to_end(&self, replica: &Replica, id: &ExperimentId) -> Experiment {
        self.run_until(replica, id, is_over).await
    }

    /// The history as it must be, whatever happened: every decision once, in order, along the table.
    pub(super) async fn assert_sound(&self, id: &ExperimentId) {
        let history = self.history(id).await;
        let experiment = self.load(id).await;
        let mut state = None;
        for (number, event) in (1..).zip(&history) {
            assert_eq!(event.seq, Revision(number), "{history:#?}");
            assert_eq!(event.from, state, "{history:#?}");
            let moves = event.from.is_none_or(|from| from == event.to || from.may_become(event.to));
            assert!(moves, "{event:?}");
            state = Some(event.to);
        }
        assert_eq!((Some(experiment.state), experiment.revision.0), (state, history.len() as u64));
        for kind in [
            EventKind::Created,
            EventKind::Started,
            EventKind::Deploying,
            EventKind::Running,
            EventKind::Analyzing,
            EventKind::Completed,
            EventKind::CleanedUp,
        ] {
            let times = history.iter().filter(|event| event.kind == kind).count();
            assert!(times <= 1, "{kind} happened {times} times: {history:#?}");
        }
    }
}

/// Ended, and nothing is left to be done.
pub(super) fn is_over(experiment: &Experiment) -> bool {
    experiment.state.is_terminal() && experiment.status.cleanup != Cleanup::Pending
}

impl Replica {
    pub(super) fn over(number: u32, ports: Ports) -> Self {
        let owner: ReplicaId = format!("replica-{number}").parse().unwrap();
        let policy = Policy::default();
        let reconciler = Reconciler::new(ports.clone(), policy.clone(), owner.clone());
        Self {
            commands: Commands::new(ports.clone(), policy, Limits::default()),
            queries: Queries::new(ports.clone()),
            sampler: Sampler::new(ports.clone(), reconciler.clone(), owner.clone()),
            sweeper: Sweeper::new(ports.clone()),
            reconciler,
            owner,
            ports,
        }
    }

    /// Does everything that is due now, as the loops of a server do. Answers with what failed.
    pub(super) async fn work(&self) -> Vec<Failure> {
        let mut failures = Vec::new();
        for _ in 0..200 {
            let before = failures.len();
            let has_worked = self.work_once(&mut failures).await;
            // A loop rests after a failure.
            if !has_worked || failures.len() > before {
                return failures;
            }
        }
        panic!("{} is never done: {failures:?}", self.owner)
    }

    /// True when anything was due.
    async fn work_once(&self, failures: &mut Vec<Failure>) -> bool {
        let now = self.ports.clock.now();
        let claimed = self.ports.schedule.claim_due(&self.owner, now, 10, LEASE).await;
        let claims = claimed.map_err(|failure| failures.push(failure)).unwrap_or_default();
        for claim in &claims {
            failures.extend(self.reconciler.drive(claim).await.err());
        }
        let sampled = self.sampler.sample().await.map_err(|failure| failures.push(failure));
        sampled == Ok(true) || !claims.is_empty()
    }

    /// Creates the experiment of [`document`], and starts it.
    pub(super) async fn start(&self, document: Value) -> ExperimentId {
        let created = self.commands.create(&caller(), document).await.unwrap();
        self.command(&created.experiment.id, Command::Start).await.unwrap();
        created.experiment.id
    }

    pub(super) async fn command(&self, id: &ExperimentId, command: Command) -> Result<Experiment, Error> {
        self.commands.submit(&caller(), id.as_str(), command, None).await
    }
}

/// Polls once. All ports in memory answer at once, so whoever is not done now has been stopped.
pub(super) async fn poll_once<T>(future: &mut Pin<Box<impl Future<Output = T> + ?Sized>>) -> Option<T> {
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

pub(super) fn caller() -> Caller {
    Caller { actor: "alice".parse().unwrap(), tenant: TenantId::default_tenant(), traceparent: None }
}

pub(super) fn stranger() -> Caller {
    Caller { actor: "mallory".parse().unwrap(), tenant: "strangers".parse().unwrap(), traceparent: None }
}

pub(super) fn cancel() -> Command {
    Command::Cancel { message: "changed my mind".to_owned() }
}

/// A run of 70 s, of which 5 s are warm-up, sampled every second: enough for a verdict.
pub(super) fn document(name: &str) -> Value {
    json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": name},
        "spec": {
            "baseline": {"baseTemplate": "process-baseline"},
            "candidate": {
                "baseTemplate": "process-baseline",
                "optimizations": [{"name": "exclude-kernel-threads"}],
            },
            "criticalProcesses": ["^postgres$"],
            "schedule": {"duration": "70s", "warmUp": "5s", "sampleInterval": "1s"},
        }
    })
}

/// The same with some values at JSON pointers below `/spec`.
pub(super) fn changed(name: &str, changes: &[(&str, Value)]) -> Value {
    let mut document = document(name);
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        document["spec"].pointer_mut(parent).unwrap()[key] = value.clone();
    }
    document
}
