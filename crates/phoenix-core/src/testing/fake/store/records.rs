//! What is kept beside the experiments: deployments, history, comparisons.

use async_trait::async_trait;

use crate::analysis::Comparison;
use crate::experiment::{Desired, Event, PipelineObservation, PipelineType, desired};
use crate::id::{ExperimentId, PipelineName, Revision};
use crate::ports::control::{ControlStore, Freeze};
use crate::ports::failure::Failure;
use crate::ports::store::{Deployment, DeploymentStore, EventLog, ReportStore};
use crate::testing::fake::store::FakeStore;

#[async_trait]
impl DeploymentStore for FakeStore {
    async fn deployments(&self, id: &ExperimentId) -> Result<Vec<Deployment>, Failure> {
        let key = |kind| (id.clone(), kind);
        Ok(self.with(|world| {
            PipelineType::ALL.into_iter().filter_map(|kind| world.deployments.get(&key(kind))).cloned().collect()
        }))
    }

    async fn deployment(&self, name: &PipelineName) -> Result<Option<Deployment>, Failure> {
        Ok(self.with(|world| world.deployments.values().find(|one| one.pipeline.name == *name).cloned()))
    }

    async fn record_observations(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Failure> {
        self.with(|world| {
            for deployment in world.deployments.values_mut().filter(|one| one.experiment_id == *id) {
                if let Some(seen) = observed.iter().find(|seen| seen.name == deployment.pipeline.name) {
                    deployment.observed = Some(seen.clone());
                }
            }
        });
        Ok(())
    }

    async fn wanted(&self, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>, Failure> {
        Ok(self.with(|world| {
            let is_wanted = |id: &&ExperimentId| {
                world.experiments.get(id).is_some_and(|experiment| desired(experiment) != Desired::Untouched)
            };
            ids.iter().filter(is_wanted).cloned().collect()
        }))
    }
}

#[async_trait]
impl EventLog for FakeStore {
    async fn history(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>, Failure> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|world| {
            let events = world.events.iter().map(|recorded| &recorded.event);
            events.filter(|event| event.experiment_id == *id && event.seq > after).take(limit).cloned().collect()
        }))
    }

    async fn events_after<'a>(&self, cursor: Option<&'a str>, limit: u32) -> Result<Vec<(String, Event)>, Failure> {
        let behind = cursor.map_or(Ok(0), |cursor| {
            cursor.parse::<usize>().map_err(|_| Failure::permanent("InvalidCursor", format!("{cursor:?} is no cursor")))
        })?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|world| {
            let numbered = (1_usize..).zip(&world.events).skip(behind).take(limit);
            numbered.map(|(number, recorded)| (number.to_string(), recorded.event.clone())).collect()
        }))
    }

    async fn latest_cursor(&self) -> Result<Option<String>, Failure> {
        Ok(self.with(|world| Some(world.events.len()).filter(|count| *count > 0).map(|count| count.to_string())))
    }
}

#[async_trait]
impl ReportStore for FakeStore {
    async fn comparison(&self, id: &ExperimentId) -> Result<Option<Comparison>, Failure> {
        Ok(self.with(|world| world.comparisons.get(id).cloned()))
    }
}

#[async_trait]
impl ControlStore for FakeStore {
    async fn freeze(&self) -> Result<Option<Freeze>, Failure> {
        Ok(self.with(|world| world.freeze.clone()))
    }

    async fn set_freeze(&self, freeze: Option<Freeze>) -> Result<Option<Freeze>, Failure> {
        Ok(self.with(|world| {
            world.freeze = freeze.map(|new| world.freeze.take().unwrap_or(new));
            world.freeze.clone()
        }))
    }

    async fn probe(&self) -> Result<(), Failure> {
        Ok(())
    }
}
