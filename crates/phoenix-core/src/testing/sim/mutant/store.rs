//! Stores of experiments with one defect each.

use std::sync::Arc;

use async_trait::async_trait;

use crate::experiment::{Event, EventKind, Experiment, State};
use crate::id::{ExperimentId, ExperimentName, Revision, TenantId};
use crate::ports::failure::Failure;
use crate::ports::store::{Commit, CommitError, CreateError, ExperimentStore, Filter, Page};
use crate::testing::sim::Mutant;
use crate::time::Timestamp;

/// A store of experiments with a defect.
pub(super) struct Broken {
    pub(super) store: Arc<dyn ExperimentStore>,
    pub(super) mutant: Mutant,
}

impl Broken {
    async fn stored_revision(&self, id: &ExperimentId) -> Result<Option<Revision>, CommitError> {
        let stored = self.store.load(id).await.map_err(CommitError::Failed)?;
        Ok(stored.map(|stored| stored.revision))
    }

    /// The result of a generation once more, as a decision of its own.
    async fn apply_again(&self, commit: &Commit) -> Result<(), CommitError> {
        if commit.event.kind != EventKind::Deploying {
            return Ok(());
        }
        let mut again = commit.clone();
        again.expected = commit.experiment.revision;
        again.experiment.revision = again.expected.next();
        again.event.seq = again.experiment.revision;
        again.event.from = Some(again.event.to);
        again.token = format!("{}-again", commit.token);
        self.store.commit(&again).await
    }

    /// The event with the row of before; only the revision goes on.
    async fn without_row(&self, commit: &Commit) -> Result<Commit, CommitError> {
        let mut spoilt = commit.clone();
        if let Some(stored) = self.store.load(&commit.experiment.id).await.map_err(CommitError::Failed)? {
            spoilt.experiment = Experiment { revision: commit.experiment.revision, ..stored };
        }
        Ok(spoilt)
    }
}

#[async_trait]
impl ExperimentStore for Broken {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        let mut created = self.store.create(experiment, event, due_at).await;
        if self.mutant == Mutant::GivesNamesTwice && matches!(created, Err(CreateError::NameTaken(_))) {
            // The first commit brings the name back.
            let mut renamed = experiment.clone();
            if let Ok(name) = format!("also-{}", experiment.id).parse() {
                renamed.name = name;
            }
            created = self.store.create(&renamed, event, due_at).await;
        }
        created
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        let mut loaded = self.store.load(id).await?;
        if let Some(renamed) = loaded.as_mut().filter(|one| one.name.as_str() == format!("also-{}", one.id))
            && let Ok(name) = "name-0".parse()
        {
            renamed.name = name;
        }
        Ok(loaded)
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        self.store.find_by_name(tenant, name).await
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        self.store.list(filter, limit, after).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut spoilt = commit.clone();
        match self.mutant {
            Mutant::LosesEffects => spoilt.effects.clear(),
            Mutant::LosesTheComparison => spoilt.comparison = None,
            Mutant::IgnoresTheFence => spoilt.fence = None,
            Mutant::LosesTheRow => spoilt = self.without_row(commit).await?,
            Mutant::IgnoresTheRevision => {
                spoilt.expected = self.stored_revision(&commit.experiment.id).await?.unwrap_or(commit.expected);
            }
            _ => {}
        }
        self.store.commit(&spoilt).await?;
        if self.mutant == Mutant::AppliesTwice { self.apply_again(commit).await } else { Ok(()) }
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        self.store.is_committed(id, token).await
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        self.store.delete(id, expected, event).await
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        self.store.ended_before(before, limit).await
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        self.store.count_by_state().await
    }
}
