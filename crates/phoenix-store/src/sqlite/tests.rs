//! What only SQLite can do, or can suffer: query plans, full and read-only disks, damaged rows, abandoned calls.

mod cancellation;
mod corruption;
mod faults;
mod plans;

use phoenix_core::experiment::{Effect, Experiment, State};
use phoenix_core::id::EffectId;
use phoenix_core::ports::store::Commit;
use phoenix_core::testing::contract::store::{brought_to, created, step};
use tempfile::TempDir;

use crate::data_dir::DataDir;
use crate::sqlite::SqliteStore;

async fn empty() -> (SqliteStore, TempDir) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path()).expect("the directory is free");
    (SqliteStore::open(&data, "local").await.expect("the database opens"), directory)
}

/// One running experiment with everything that there can be of it.
async fn running(store: &SqliteStore) -> Experiment {
    let new = created(store, "e1", Some(phoenix_core::testing::build::at(0))).await;
    brought_to(store, new, State::Running, 1).await
}

fn asking(before: &Experiment, to: State, secs: i64) -> Commit {
    let mut commit = step(before, to, secs);
    let id = EffectId { experiment_id: before.id.clone(), revision: commit.experiment.revision, ordinal: 0 };
    commit.effects = vec![(id, Effect::AnalyseSamples)];
    commit
}
