//! Durable transitions: whole lives of experiments under a lease, through the store and through the bare driver.

use std::path::Path;
use std::time::Instant;

use phoenix_core::experiment::{Effect, Experiment, GeneratedPipeline, State};
use phoenix_core::id::{ConfigHash, EffectId};
use phoenix_core::ports::store::{Claim, Commit, ExperimentStore as _};
use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::store::{claims, comparison, created, generated_step, step, under};
use phoenix_store::SqliteStore;

use crate::bare::{self, Statement};
use crate::paired::Figure;
use crate::{open, recorder};

pub(crate) const NAME: &str = "durable transitions";
/// The transitions of one life.
const LIFE: [State; 5] = [State::Initializing, State::Deploying, State::Running, State::Analyzing, State::Completed];
/// About as long as a generated configuration with three strategies.
const CONFIG_BYTES: usize = 5_000;

/// How much is run.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    rounds: usize,
    lives_per_round: usize,
}

pub(crate) const MEASURED: Sizes = Sizes { rounds: 40, lives_per_round: 10 };
pub(crate) const SMALL: Sizes = Sizes { rounds: 2, lives_per_round: 1 };

/// Seconds per transition, ours against the driver's.
pub(crate) async fn measure(directory: &Path, sizes: Sizes) -> Figure {
    check_statements(&directory.join("check")).await;
    let lives = sizes.rounds * sizes.lives_per_round;
    let (store, ours) = prepare(&directory.join("ours"), lives).await;
    let floor = directory.join("floor");
    let (theirs, other) = prepare(&floor, lives).await;
    theirs.close().await;
    drop(theirs);
    let mut connection = bare::connect(&floor.join("phoenix.db")).await;
    let other: Vec<Vec<Statement>> = other.iter().flatten().map(bare::statements).collect();

    let mut figure = Figure::new(NAME);
    let per_round = sizes.lives_per_round * LIFE.len();
    let ours: Vec<Commit> = ours.into_iter().flatten().collect();
    for (commits, replayed) in ours.chunks(per_round).zip(other.chunks(per_round)) {
        let store_first = figure.ours.len().is_multiple_of(2);
        if store_first {
            figure.ours.push(through_store(&store, commits).await);
        }
        let begin = Instant::now();
        for statements in replayed {
            bare::run(&mut connection, statements).await;
        }
        figure.other.push(per_transition(begin, replayed.len()));
        if !store_first {
            figure.ours.push(through_store(&store, commits).await);
        }
    }
    store.close().await;
    figure
}

async fn through_store(store: &SqliteStore, commits: &[Commit]) -> f64 {
    let begin = Instant::now();
    for commit in commits {
        store.commit(commit).await.map_err(|error| format!("{error:?}")).expect("commits");
    }
    per_transition(begin, commits.len())
}

fn per_transition(begin: Instant, transitions: usize) -> f64 {
    begin.elapsed().as_secs_f64() / f64::from(u32::try_from(transitions).expect("a few"))
}

/// The replay must run what the store runs.
async fn check_statements(directory: &Path) {
    let (store, lives) = prepare(directory, 1).await;
    for commit in lives.iter().flatten() {
        recorder::begin();
        store.commit(commit).await.map_err(|error| format!("{error:?}")).expect("commits");
        let run = recorder::end();
        let replayed: Vec<String> = bare::statements(commit).iter().map(|one| recorder::plain(one.sql)).collect();
        assert_eq!(run, replayed, "benches/store/bare.rs has fallen behind the store");
    }
    store.close().await;
}

/// A store with so many pending experiments, all of them claimed, and the decisions of their lives.
async fn prepare(directory: &Path, lives: usize) -> (SqliteStore, Vec<Vec<Commit>>) {
    let store = open(directory).await;
    for number in 0..lives {
        created(&store, &format!("bench-{number:05}"), Some(at(0))).await;
    }
    let mut all = Vec::with_capacity(lives);
    for claim in claims(&store, 1, 1).await {
        let experiment = store.load(&claim.experiment_id).await.expect("loads").expect("is there");
        all.push(life(experiment, &claim));
    }
    assert_eq!(all.len(), lives, "every experiment is claimed");
    (store, all)
}

fn life(mut experiment: Experiment, claim: &Claim) -> Vec<Commit> {
    let mut commits = Vec::with_capacity(LIFE.len());
    for (secs, state) in (2..).zip(LIFE) {
        let mut commit = match state {
            State::Deploying => with_long_configurations(generated_step(&experiment, secs)),
            State::Completed => Commit {
                comparison: Some(comparison(&"active series: -79 %, improved; ".repeat(60))),
                ..step(&experiment, state, secs)
            },
            State::Pending
            | State::Initializing
            | State::Running
            | State::Analyzing
            | State::Failed
            | State::Cancelled => step(&experiment, state, secs),
        };
        let effect = match state {
            State::Initializing => Some(Effect::GeneratePipelines),
            State::Analyzing => Some(Effect::AnalyseSamples),
            State::Pending
            | State::Deploying
            | State::Running
            | State::Completed
            | State::Failed
            | State::Cancelled => None,
        };
        let revision = commit.experiment.revision;
        let id = EffectId { experiment_id: experiment.id.clone(), revision, ordinal: 0 };
        commit.effects = effect.map(|effect| (id, effect)).into_iter().collect();
        experiment = commit.experiment.clone();
        commits.push(under(claim, commit));
    }
    commits
}

fn with_long_configurations(mut commit: Commit) -> Commit {
    commit.generated = commit.generated.map(|pair| {
        pair.map(|kind, pipeline| {
            let config = format!("# a line of the {kind}, as long as they are\n").repeat(CONFIG_BYTES / 46);
            GeneratedPipeline { hash: ConfigHash::of(&config), config, ..pipeline.clone() }
        })
    });
    commit
}
