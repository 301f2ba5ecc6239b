//! A controller in memory, for the tests of both protocols: the core's use-cases over its fakes, and a clock that stands.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use phoenix_core::analysis::sample::HostReading;
use phoenix_core::app::{Commands, Control, Ports, Queries, Reconciler, Sampler};
use phoenix_core::experiment::{PipelineType, Policy};
use phoenix_core::id::ReplicaId;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::metrics::{MetricsSource, ReadTarget, Reading};
use phoenix_core::ports::store::{DeploymentStore as _, Schedule as _};
use phoenix_core::spec::Limits;
use phoenix_core::testing::build::at;
use phoenix_core::testing::build_samples::collector;
use phoenix_core::testing::fake::{FakeCache, FakeClock, FakeDeployer, FakeLock, FakeStore, SequentialIds};
use phoenix_core::time::{Span, Timestamp};
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator, ValidatorOptions};
use phoenix_server::api::Api;
use phoenix_server::auth::Authenticator;
use phoenix_server::instruments::PrometheusInstruments;
use phoenix_server::signals::Commits;
use tokio::sync::watch;

/// The token of the embedded mode.
pub(crate) const TOKEN: &str = "the-token";

/// Longest time that anything here may take. Nothing waits for it to pass, but for it not to.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A controller in memory.
pub(crate) struct World {
    pub(crate) store: Arc<FakeStore>,
    pub(crate) deployer: Arc<FakeDeployer>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) api: Api,
    pub(crate) ready: watch::Sender<bool>,
    pub(crate) ports: Ports,
    pub(crate) sampler: Sampler,
    pub(crate) reconciler: Reconciler,
    instruments: Arc<PrometheusInstruments>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose ports were changed.
    pub(crate) fn with(change: impl FnOnce(&mut Ports)) -> Self {
        let (store, deployer) = (Arc::new(FakeStore::new()), Arc::new(FakeDeployer::new()));
        let clock = Arc::new(FakeClock::at(at(0)));
        let (instruments, registry) = PrometheusInstruments::register();
        let (commits, commits_seen) = Commits::new();
        let (ready, ready_seen) = watch::channel(true);
        let mut ports = Ports {
            experiments: store.clone(),
            schedule: store.clone(),
            outbox: store.clone(),
            deployments: store.clone(),
            events: store.clone(),
            reports: store.clone(),
            samples: store.clone(),
            control: store.clone(),
            clock: clock.clone(),
            identity: Arc::new(SequentialIds::default()),
            generator: Arc::new(TemplateGenerator::new().expect("built-in templates")),
            validator: Arc::new(CollectorConfigValidator::new(ValidatorOptions::default())),
            deployer: deployer.clone(),
            metrics: Arc::new(Collectors(store.clone())),
            cache: Arc::new(FakeCache::new(clock.clone())),
            lock: Arc::new(FakeLock::new(clock.clone())),
            signal: commits,
            instruments: instruments.clone(),
        };
        change(&mut ports);
        let owner: ReplicaId = "replica-1".parse().expect("valid");
        let reconciler = Reconciler::new(ports.clone(), Policy::default(), owner.clone());
        let api = Api {
            commands: Commands::new(ports.clone(), Policy::default(), Limits::default()),
            queries: Queries::new(ports.clone()),
            control: Control::new(ports.clone()),
            authenticator: Arc::new(Authenticator::Token(TOKEN.to_owned().into())),
            commits: commits_seen,
            ready: ready_seen,
            registry,
        };
        let sampler = Sampler::new(ports.clone(), reconciler.clone(), owner);
        Self { store, deployer, clock, api, ready, ports, sampler, reconciler, instruments }
    }

    /// Does everything that is due.
    pub(crate) async fn drive(&self) {
        self.try_to_drive().await.expect("the fakes do not fail");
    }

    pub(crate) async fn try_to_drive(&self) -> Result<(), Failure> {
        let owner: ReplicaId = "replica-1".parse().expect("valid");
        while self.sampler.sample().await? {}
        loop {
            let claims = self.store.claim_due(&owner, self.now(), 10, Span::from_secs(30)).await?;
            if claims.is_empty() {
                self.instruments.set_active(&self.ports.experiments.count_by_state().await?);
                return Ok(());
            }
            for claim in claims {
                self.reconciler.drive(&claim).await?;
            }
        }
    }

    /// Lets seconds pass, and does each second what is due.
    pub(crate) async fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(Span::from_secs(1));
            self.drive().await;
        }
    }

    fn now(&self) -> Timestamp {
        self.api.queries.now()
    }
}

/// Waits for something that is under way, and fails rather than hangs.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// Collectors that report a baseline of 474 series and a candidate of 98, both under their present configuration.
struct Collectors(Arc<FakeStore>);

#[async_trait]
impl MetricsSource for Collectors {
    async fn read(&self, instant: Timestamp, _within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        let mut readings = Vec::new();
        for target in targets {
            let deployment = self.0.deployment(&target.pipeline).await?.expect("what is read was deployed");
            let seconds = i64::try_from(instant.since(at(0)).as_micros() / 1_000_000).expect("a short test");
            let collector = match deployment.pipeline_type {
                PipelineType::Baseline => collector().seeing("postgres", 2, 64.0).seeing("kswapd0", 1, 0.0),
                PipelineType::Candidate => collector().with_series(98.0).seeing("postgres", 2, 64.0),
            };
            let result = Ok(HostReading { config_hash: deployment.pipeline.hash, ..collector.reading(seconds) });
            readings.push(Reading { pipeline: target.pipeline.clone(), host: target.host.clone(), result });
        }
        Ok(readings)
    }
}
