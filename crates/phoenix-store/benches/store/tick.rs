//! A tick with 100 running experiments, with and without 100 000 finished ones beside them.
//!
//! A tick is what the loops ask the store when they look around: the worker claims what is due and asks when to look again, the sampler
//! does the same with its classes, the keeper asks what its pipelines are wanted for, what has expired, and how many experiments there are.
//! In the claimed class all 100 are due. Samples are not stored here: that costs what is measured, whatever is finished.

use std::path::Path;
use std::time::Instant;

use phoenix_core::experiment::{Endpoints, HostObservation, PipelineObservation, PipelinePhase, State};
use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::samples::SampleStore as _;
use phoenix_core::ports::store::{DeploymentStore as _, ExperimentStore as _, Schedule as _};
use phoenix_core::testing::build::{at, generated};
use phoenix_core::testing::contract::store::{LEASE, brought_to, created, replica};
use phoenix_core::time::{Span, Timestamp};
use phoenix_store::SqliteStore;
use sqlx::{Connection as _, SqliteConnection};

use crate::paired::Figure;
use crate::{bare, open};

pub(crate) const NAME: &str = "tick";
const PARTS: [&str; 7] =
    ["claim_due", "next_due", "claim_sampling", "next_sampling", "wanted", "ended_before", "count_by_state"];
/// Finished experiments are kept this long; none has expired.
const KEPT: Span = Span::from_mins(30 * 24 * 60);

/// How much is run.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    rounds: i64,
    running: usize,
    finished: i64,
}

pub(crate) const MEASURED: Sizes = Sizes { rounds: 300, running: 100, finished: 100_000 };
pub(crate) const SMALL: Sizes = Sizes { rounds: 2, running: 3, finished: 50 };

/// Seconds per tick, with the finished experiments against without; first the whole, then its parts.
pub(crate) async fn measure(directory: &Path, sizes: Sizes) -> Vec<Figure> {
    let full = prepare(&directory.join("full"), sizes.running, sizes.finished).await;
    let empty = prepare(&directory.join("empty"), sizes.running, 0).await;
    let mut whole = Figure::new(NAME);
    let mut parts: Vec<Figure> = PARTS.iter().map(|part| Figure::new(format!("{NAME}: {part}"))).collect();
    for round in 0..sizes.rounds {
        // Each round is later than the lease of the one before: the class is due again.
        let now = at(1_000 + 120 * round);
        let (with, without) = if round % 2 == 0 {
            let with = full.tick(now).await;
            (with, empty.tick(now).await)
        } else {
            let without = empty.tick(now).await;
            (full.tick(now).await, without)
        };
        whole.ours.push(with.iter().sum());
        whole.other.push(without.iter().sum());
        for ((part, with), without) in parts.iter_mut().zip(with).zip(without) {
            part.ours.push(with);
            part.other.push(without);
        }
    }
    full.store.close().await;
    empty.store.close().await;
    parts.insert(0, whole);
    parts
}

struct Loops {
    store: SqliteStore,
    owner: ReplicaId,
    running: Vec<ExperimentId>,
    states: usize,
}

impl Loops {
    /// Seconds that each part of a tick took.
    async fn tick(&self, now: Timestamp) -> [f64; PARTS.len()] {
        let store = &self.store;
        let mut seconds = [0.0; PARTS.len()];
        let mut begin = Instant::now();
        let mut lap = |part: usize| {
            seconds[part] = begin.elapsed().as_secs_f64();
            begin = Instant::now();
        };
        let due = store.claim_due(&self.owner, now, 1, LEASE).await.expect("claims");
        lap(0);
        let next = store.next_due().await.expect("asks");
        lap(1);
        let unit = store.claim_sampling(&self.owner, now, LEASE).await.expect("claims").expect("the class is due");
        lap(2);
        let sampling = store.next_sampling().await.expect("asks");
        lap(3);
        let wanted = store.wanted(&self.running).await.expect("asks");
        lap(4);
        let expired = store.ended_before(now - KEPT, 100).await.expect("asks");
        lap(5);
        let counts = store.count_by_state().await.expect("counts");
        lap(6);
        assert!(due.is_empty() && next.is_none() && expired.is_empty() && sampling.is_some());
        assert_eq!((unit.members.len(), wanted.len()), (self.running.len(), self.running.len()));
        assert_eq!(counts.len(), self.states, "{counts:?}");
        seconds
    }
}

/// A store with running experiments and finished ones.
async fn prepare(directory: &Path, running: usize, finished: i64) -> Loops {
    let store = open(directory).await;
    let mut ids = Vec::with_capacity(running);
    for number in 0..running {
        let new = created(&store, &format!("running-{number:03}"), None).await;
        let one = brought_to(&store, new, State::Running, 1).await;
        let observed = generated(&one);
        let observed: Vec<PipelineObservation> =
            observed.iter().map(|(_, pipeline)| ready(pipeline.name.clone())).collect();
        store.record_observations(&one.id, &observed).await.expect("records");
        ids.push(one.id);
    }
    let mut states = 1;
    if finished > 0 {
        brought_to(&store, created(&store, "finished-0", None).await, State::Completed, 1).await;
        states = 2;
    }
    store.close().await;
    drop(store);
    if finished > 0 {
        multiply(&mut bare::connect(&directory.join("phoenix.db")).await, finished).await;
    }
    Loops { store: open(directory).await, owner: replica(1), running: ids, states }
}

fn ready(name: phoenix_core::id::PipelineName) -> PipelineObservation {
    PipelineObservation {
        name,
        phase: PipelinePhase::Ready,
        message: String::new(),
        hosts: vec![HostObservation {
            host: "host-a.example".parse().expect("a valid name"),
            ready: true,
            config_hash: Some(phoenix_core::id::ConfigHash::of("")),
            restarts: 0,
            message: String::new(),
            endpoints: Some(Endpoints {
                metrics: "http://127.0.0.1:40001/metrics".to_owned(),
                telemetry: "http://127.0.0.1:40002/metrics".to_owned(),
            }),
        }],
    }
}

/// Copies the finished experiment with everything of it until there are so many. Its pipelines are gone.
async fn multiply(connection: &mut SqliteConnection, finished: i64) {
    const NUMBERS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)";
    let mut write = connection.begin_with("BEGIN IMMEDIATE").await.expect("begins");
    sqlx::query("UPDATE experiments SET status = json_set(status, '$.cleanup', 'confirmed') WHERE id = 'finished-0'")
        .execute(&mut *write)
        .await
        .expect("changes");
    for copy in [
        "INSERT INTO experiments
            (id, name, description, phase, config, status, metadata, created_at, updated_at, tenant, revision)
         SELECT 'finished-' || i, 'finished-' || i, description, phase, config, status, metadata,
            created_at + i, updated_at + i, tenant, revision
         FROM n JOIN experiments WHERE id = 'finished-0'",
        "INSERT INTO experiment_schedule (experiment_id, fence)
         SELECT 'finished-' || i, fence FROM n JOIN experiment_schedule WHERE experiment_id = 'finished-0'",
        "INSERT INTO experiment_events (experiment_id, seq, kind, at, tenant, token, event)
         SELECT 'finished-' || i, seq, kind, at + i, tenant, token, event
         FROM n JOIN experiment_events WHERE experiment_id = 'finished-0'",
        "INSERT INTO pipeline_deployments
            (experiment_id, pipeline_name, pipeline_type, config_hash, config, k8s_namespace, status, created_at,
             updated_at, collection_interval, observed)
         SELECT 'finished-' || i, pipeline_name || i, pipeline_type, config_hash, config, k8s_namespace, 'removed',
            created_at + i, updated_at + i, collection_interval, observed
         FROM n JOIN pipeline_deployments WHERE experiment_id = 'finished-0'",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("{NUMBERS} {copy}"));
        sqlx::query(sql).bind(finished).execute(&mut *write).await.expect("copies");
    }
    write.commit().await.expect("commits");
}
