//! The composition root: the only place where adapters meet. It makes them, hands them to the use-cases as ports, and names the loops.
//!
//! Knows no rule and no protocol.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use phoenix_core::app::{Commands, Control, Ports, Queries, Reconciler, Retention, Sampler, Sweeper};
use phoenix_core::experiment::Policy;
use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::deployer::Deployer;
use phoenix_core::ports::validator::Severity;
use phoenix_core::spec::Limits;
use phoenix_core::time::Span;
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator, ValidatorOptions};
use phoenix_local::{HeadRoom, LocalDeployer, Options as LocalOptions, Supply};
use phoenix_metrics::DirectScrapeSource;
use phoenix_store::memory::{MemoryCache, MemoryLock};
use phoenix_store::{DataDir, SqliteStore};
use secrecy::SecretString;
use tokio::sync::{mpsc, watch};

use crate::api::Api;
use crate::auth::Authenticator;
use crate::config::{AuthMode, Config, HeadRoomAction, HeadRoomSection, Settings};
use crate::endpoint;
use crate::identity::{UuidSource, replica_id};
use crate::instruments::PrometheusInstruments;
use crate::loops::{Keeper, SamplerLoop, Worker};
use crate::signals::{ChangedPipelines, Commits};

/// Most entries of the in-process cache: a state, two pipelines and sixteen values for each of about fifty experiments.
///
/// Nobody reads it here: a row of SQLite is as near as an entry, and never stale. The entries are written because their keys are an
/// interface once the cache is shared: other programs read states and values there. So it may stay small.
const CACHE_ENTRIES: usize = 1_000;
/// How long an experiment may wait in `initializing` while a collector is being built.
const BUILD_PATIENCE: Span = Span::from_mins(30);

/// Everything that a serving process consists of, before it runs.
pub struct Wired {
    /// What both protocols share.
    pub api: Api,
    /// Says when the server is ready, and when it stops being so.
    pub ready: watch::Sender<bool>,
    /// The store, to be closed at the end.
    pub store: Arc<SqliteStore>,
    /// The deployer, to be told of the collector.
    pub deployer: Arc<LocalDeployer>,
    /// Drives experiments.
    pub worker: Worker,
    /// Takes samples.
    pub sampler: SamplerLoop,
    /// Keeps house.
    pub keeper: Keeper,
    /// Experiments whose pipelines changed, for the keeper.
    pub changed: mpsc::Receiver<ExperimentId>,
}

/// Opens the data directory and wires everything up. Collectors that an earlier server left are adopted here; nothing is started yet.
///
/// # Errors
///
/// Every text says what cannot be used and what to do.
pub async fn wire(settings: &Settings, supply: Supply) -> anyhow::Result<Wired> {
    let directory = DataDir::open(&settings.data_dir)?;
    let store = Arc::new(SqliteStore::open(&directory, "local").await?);
    let authenticator = authenticator(&settings.config, &directory)?;
    let options = local_options(settings, &directory)?;
    let policy = policy(&supply);
    let deployer = Arc::new(LocalDeployer::start(options, supply).await.context("the local deployer cannot start")?);
    let (sink, changed) = ChangedPipelines::new();
    deployer.watch(sink);

    let (instruments, registry) = PrometheusInstruments::register();
    let (commits, commits_seen) = Commits::new();
    let (ready, ready_seen) = watch::channel(false);
    let ports = ports(&settings.config, &store, &deployer, &commits, &instruments)?;
    #[cfg(feature = "kill-points")]
    let ports = crate::killpoint::around(ports, &settings.environment)?;
    let api = Api {
        commands: Commands::new(ports.clone(), policy.clone(), Limits::default()),
        queries: Queries::new(ports.clone()).with_prices(settings.config.pricing.clone().into()),
        control: Control::new(ports.clone()),
        authenticator: Arc::new(authenticator),
        commits: commits_seen,
        ready: ready_seen,
        registry,
    };
    let Loops { worker, sampler, keeper } = loops(&settings.config, &ports, policy, commits, instruments);
    Ok(Wired { api, ready, store, deployer, worker, sampler, keeper, changed })
}

/// The defaults, with patience for a collector that is still being built.
fn policy(supply: &Supply) -> Policy {
    match supply {
        Supply::Ready(_) | Supply::Unavailable(_) => Policy::default(),
        Supply::Pending(_) => Policy { initializing_deadline: BUILD_PATIENCE, ..Policy::default() },
    }
}

fn ports(
    config: &Config,
    store: &Arc<SqliteStore>,
    deployer: &Arc<LocalDeployer>,
    commits: &Arc<Commits>,
    instruments: &Arc<PrometheusInstruments>,
) -> anyhow::Result<Ports> {
    let clock: Arc<dyn Clock> = store.clone();
    let validation = &config.pipeline_generator.validation;
    Ok(Ports {
        experiments: store.clone(),
        schedule: store.clone(),
        outbox: store.clone(),
        deployments: store.clone(),
        events: store.clone(),
        reports: store.clone(),
        samples: store.clone(),
        control: store.clone(),
        identity: Arc::new(UuidSource),
        generator: Arc::new(TemplateGenerator::new().context("the built-in templates cannot be used")?),
        validator: Arc::new(CollectorConfigValidator::new(ValidatorOptions {
            strict_mode: validation.strict_mode,
            max_processors: validation.max_processors,
            allowed_exporters: validation.allowed_exporters.clone(),
        })),
        deployer: deployer.clone(),
        metrics: Arc::new(DirectScrapeSource::new(clock.clone()).context("collectors cannot be scraped")?),
        cache: Arc::new(MemoryCache::new(clock.clone(), CACHE_ENTRIES)),
        lock: Arc::new(MemoryLock::new(clock.clone())),
        signal: commits.clone(),
        instruments: instruments.clone(),
        clock,
    })
}

struct Loops {
    worker: Worker,
    sampler: SamplerLoop,
    keeper: Keeper,
}

fn loops(
    config: &Config,
    ports: &Ports,
    policy: Policy,
    commits: Arc<Commits>,
    instruments: Arc<PrometheusInstruments>,
) -> Loops {
    let owner: ReplicaId = replica_id();
    let tick = config.scheduler.interval;
    let reconciler = Reconciler::new(ports.clone(), policy, owner.clone());
    Loops {
        worker: Worker {
            ports: ports.clone(),
            reconciler: reconciler.clone(),
            owner: owner.clone(),
            concurrency: config.scheduler.max_concurrent,
            tick,
        },
        sampler: SamplerLoop { ports: ports.clone(), sampler: Sampler::new(ports.clone(), reconciler, owner), tick },
        keeper: Keeper {
            ports: ports.clone(),
            sweeper: Sweeper::new(ports.clone()),
            retention: config.retention.finished.map(|keep| Retention::new(ports.clone(), keep)),
            instruments,
            commits,
            tick,
        },
    }
}

fn authenticator(config: &Config, directory: &DataDir) -> anyhow::Result<Authenticator> {
    match config.auth.mode {
        AuthMode::None => Ok(Authenticator::Off),
        AuthMode::Token => {
            let token = endpoint::token(directory.path())
                .with_context(|| format!("cannot read or make the token in {}", directory.path().display()))?;
            Ok(Authenticator::Token(token))
        }
    }
}

fn local_options(settings: &Settings, directory: &DataDir) -> anyhow::Result<LocalOptions> {
    let section = &settings.config.collector;
    let mut pass_env: BTreeMap<String, SecretString> = BTreeMap::new();
    for name in &section.pass_env {
        let value = settings.environment.get(name).with_context(|| {
            format!(
                "collector.pass_env: the environment variable {name} is not set; set it, or remove it from the list"
            )
        })?;
        pass_env.insert(name.clone(), value.to_owned().into());
    }
    let mut options = LocalOptions::new(directory.path());
    options.installation.clone_from(&section.installation);
    options.memory_limit = section.memory_limit_mib << 20;
    options.pass_env = pass_env;
    options.head_room = head_room(&settings.config.admission.head_room);
    Ok(options)
}

fn head_room(section: &HeadRoomSection) -> HeadRoom {
    HeadRoom {
        severity: match section.action {
            HeadRoomAction::Warn => Some(Severity::Warning),
            HeadRoomAction::Refuse => Some(Severity::Error),
            HeadRoomAction::Ignore => None,
        },
        memory: section.memory_mib << 20,
        load: section.load,
        disk: section.disk_mib << 20,
    }
}
