//! Stands beside the store and sees every commit: which were accepted, on what, and under which claim.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::experiment::invariant::Broken;
use crate::experiment::invariant::world::{Accepted, check_commit};
use crate::experiment::{Event, Experiment, State};
use crate::id::{ExperimentId, ExperimentName, Fence, ReplicaId, Revision, TenantId};
use crate::ports::failure::Failure;
use crate::ports::store::{Claim, Commit, CommitError, CreateError, ExperimentStore, Filter, Page, Schedule};
use crate::time::{Span, Timestamp};

/// A store with somebody who looks.
pub(super) struct Witness {
    experiments: Arc<dyn ExperimentStore>,
    schedule: Arc<dyn Schedule>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The present claim of each experiment, by the claims that were handed out and given back.
    held: BTreeMap<ExperimentId, Fence>,
    changed: BTreeSet<ExperimentId>,
    broken: Option<Broken>,
}

impl Witness {
    pub(super) fn of(experiments: Arc<dyn ExperimentStore>, schedule: Arc<dyn Schedule>) -> Arc<Self> {
        Arc::new(Self { experiments, schedule, seen: Mutex::default() })
    }

    /// Experiments that have changed since the last call.
    pub(super) fn changed(&self) -> BTreeSet<ExperimentId> {
        std::mem::take(&mut self.seen().changed)
    }

    /// The first accepted commit that should not have been.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.seen().broken.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ExperimentStore for Witness {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        self.experiments.create(experiment, event, due_at).await?;
        self.seen().changed.insert(experiment.id.clone());
        Ok(())
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        self.experiments.load(id).await
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        self.experiments.find_by_name(tenant, name).await
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        self.experiments.list(filter, limit, after).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let id = &commit.experiment.id;
        let stored = self.experiments.load(id).await.map_err(CommitError::Failed)?.map(|stored| stored.revision);
        self.experiments.commit(commit).await?;
        let mut seen = self.seen();
        let held = seen.held.get(id).copied();
        let checked = check_commit(Accepted { expected: commit.expected, stored, fence: commit.fence, held });
        seen.broken = seen.broken.take().or(checked.err());
        seen.changed.insert(id.clone());
        Ok(())
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        self.experiments.is_committed(id, token).await
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        let deleted = self.experiments.delete(id, expected, event).await?;
        let mut seen = self.seen();
        seen.held.remove(id);
        seen.changed.insert(id.clone());
        Ok(deleted)
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        self.experiments.ended_before(before, limit).await
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        self.experiments.count_by_state().await
    }
}

#[async_trait]
impl Schedule for Witness {
    async fn claim_due(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure> {
        let claims = self.schedule.claim_due(owner, now, limit, lease).await?;
        let mut seen = self.seen();
        for claim in &claims {
            seen.held.insert(claim.experiment_id.clone(), claim.fence);
        }
        Ok(claims)
    }

    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure> {
        self.schedule.renew(claim, until).await
    }

    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure> {
        self.schedule.settle(claim, due_at).await?;
        let mut seen = self.seen();
        if seen.held.get(&claim.experiment_id) == Some(&claim.fence) {
            seen.held.remove(&claim.experiment_id);
        }
        Ok(())
    }

    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure> {
        self.schedule.wake(id, at).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        self.schedule.next_due().await
    }
}
