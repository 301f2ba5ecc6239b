//! Experiments and their decisions.

use async_trait::async_trait;

use crate::experiment::{Cleanup, Event, Experiment, Pair, State};
use crate::id::{ExperimentId, ExperimentName, Revision, TenantId};
use crate::ports::failure::Failure;
use crate::ports::store::{
    Commit, CommitError, CreateError, Deployment, ExperimentStore, Filter, Page, PageKey, PendingEffect,
};
use crate::testing::fake::store::{FakeStore, Recorded, World};
use crate::time::Timestamp;

#[async_trait]
impl ExperimentStore for FakeStore {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        self.with(|world| world.create(experiment, event, due_at))
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        Ok(self.with(|world| world.experiments.get(id).cloned()))
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        Ok(self.with(|world| {
            world
                .experiments
                .values()
                .filter(|one| one.tenant == *tenant && one.name == *name)
                .max_by_key(|one| (!one.state.is_terminal(), PageKey::of(one)))
                .cloned()
        }))
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        let after = after.map(PageKey::parse).transpose()?;
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        Ok(self.with(|world| {
            let mut items: Vec<Experiment> = world
                .experiments
                .values()
                .filter(|one| filter.states.is_empty() || filter.states.contains(&one.state))
                .filter(|one| filter.tenant.as_ref().is_none_or(|tenant| *tenant == one.tenant))
                .filter(|one| filter.labels.iter().all(|(key, value)| one.labels.get(key) == Some(value)))
                .filter(|one| after.as_ref().is_none_or(|after| PageKey::of(one) < *after))
                .cloned()
                .collect();
            items.sort_by_key(|one| std::cmp::Reverse(PageKey::of(one)));
            let has_more = items.len() > limit;
            items.truncate(limit);
            let next = items.last().filter(|_| has_more).map(|last| PageKey::of(last).to_string());
            Page { items, next }
        }))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.with(|world| world.commit(commit))
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        Ok(self.with(|world| world.is_committed(id, token)))
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        Ok(self.with(|world| world.delete(id, expected, event)))
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|world| {
            let is_over = |one: &&Experiment| {
                one.state.is_terminal() && one.status.cleanup == Cleanup::Confirmed && one.updated_at < before
            };
            let mut found: Vec<Experiment> = world.experiments.values().filter(is_over).cloned().collect();
            found.sort_by_key(|one| (one.updated_at, one.id.clone()));
            found.truncate(limit);
            found
        }))
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        Ok(self.with(|world| {
            let count = |state| world.experiments.values().map(|one| u64::from(one.state == state)).sum();
            State::ALL.into_iter().map(|state| (state, count(state))).filter(|(_, count)| *count > 0).collect()
        }))
    }
}

impl World {
    fn create(&mut self, experiment: &Experiment, event: &Event, due_at: Option<Timestamp>) -> Result<(), CreateError> {
        if let Some(stored) = self.experiments.get(&experiment.id) {
            return Err(CreateError::IdTaken(Box::new(stored.clone())));
        }
        if self.known.contains(&experiment.id) {
            return Err(CreateError::IdRetired);
        }
        let holder = self
            .experiments
            .values()
            .find(|one| one.tenant == experiment.tenant && one.name == experiment.name && !one.state.is_terminal());
        if let Some(holder) = holder.filter(|_| !experiment.state.is_terminal()) {
            return Err(CreateError::NameTaken(holder.id.clone()));
        }
        self.known.insert(experiment.id.clone());
        self.experiments.insert(experiment.id.clone(), experiment.clone());
        self.slots.entry(experiment.id.clone()).or_default().due_at = due_at;
        self.events.push(Recorded { event: event.clone(), token: None });
        self.follow(experiment);
        Ok(())
    }

    fn commit(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let id = &commit.experiment.id;
        let is_current = self.experiments.get(id).is_some_and(|stored| stored.revision == commit.expected);
        let may_write = commit.fence.is_none_or(|fence| {
            self.slots.get(id).is_some_and(|slot| slot.held_until.is_some() && slot.fence == fence.0)
        });
        if !is_current || !may_write {
            return if self.is_committed(id, &commit.token) { Ok(()) } else { Err(CommitError::Conflict) };
        }
        self.experiments.insert(id.clone(), commit.experiment.clone());
        self.events.push(Recorded { event: commit.event.clone(), token: Some(commit.token.clone()) });
        self.effects.retain(|effect, _| effect.experiment_id != *id);
        for (effect_id, effect) in &commit.effects {
            let pending = PendingEffect {
                id: effect_id.clone(),
                effect: *effect,
                attempts: 0,
                due_at: commit.experiment.updated_at,
            };
            self.effects.insert(effect_id.clone(), pending);
        }
        for (kind, pipeline) in commit.generated.iter().flat_map(Pair::iter) {
            let same = |stored: &&Deployment| stored.pipeline == *pipeline;
            let observed = self.deployments.get(&(id.clone(), kind)).filter(same).and_then(|one| one.observed.clone());
            let row =
                Deployment { experiment_id: id.clone(), pipeline_type: kind, pipeline: pipeline.clone(), observed };
            self.deployments.insert((id.clone(), kind), row);
        }
        if let Some(comparison) = &commit.comparison {
            self.comparisons.insert(id.clone(), comparison.clone());
        }
        if commit.fence.is_none() {
            self.slots.entry(id.clone()).or_default().due_by(commit.due_at);
        }
        self.follow(&commit.experiment);
        Ok(())
    }

    fn is_committed(&self, id: &ExperimentId, token: &str) -> bool {
        self.events
            .iter()
            .any(|recorded| recorded.event.experiment_id == *id && recorded.token.as_deref() == Some(token))
    }

    fn delete(&mut self, id: &ExperimentId, expected: Revision, event: &Event) -> bool {
        if self.experiments.get(id).is_none_or(|stored| stored.revision != expected) {
            return false;
        }
        self.experiments.remove(id);
        let slot = self.slots.remove(id);
        self.effects.retain(|effect, _| effect.experiment_id != *id);
        self.deployments.retain(|(owner, _), _| owner != id);
        self.comparisons.remove(id);
        self.samples.retain(|(owner, _, _), _| owner != id);
        self.events.push(Recorded { event: event.clone(), token: None });
        if let Some(sampling) = slot.and_then(|slot| slot.sampling) {
            self.rest_if_empty(sampling.interval);
        }
        true
    }
}
