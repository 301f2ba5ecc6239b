//! The ports with the points around their calls.
//!
//! What only asks passes without a point, unless the next decision rests on the answer.

mod store;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use phoenix_core::app::Ports;
use phoenix_core::experiment::{PipelineType, State};
use phoenix_core::id::{ExperimentId, PipelineName};
use phoenix_core::spec::PipelineSpec;

use crate::killpoint::plan::Plan;
use crate::killpoint::{Call, Place};

/// The ports behind points.
pub(super) struct Guarded {
    inner: Ports,
    plan: Plan,
    last: Mutex<Last>,
}

/// What calls that name neither experiment nor pipeline are about.
#[derive(Default)]
struct Last {
    experiment: Option<ExperimentId>,
    /// Where a configuration was generated last: those who check it do not say whose it is.
    generated: Option<Place>,
}

impl Guarded {
    pub(super) fn new(inner: Ports, plan: Plan) -> Self {
        Self { inner, plan, last: Mutex::default() }
    }

    /// What use-cases get instead.
    pub(super) fn ports(self: Arc<Self>) -> Ports {
        Ports {
            experiments: self.clone(),
            schedule: self.clone(),
            outbox: self.clone(),
            deployments: self.clone(),
            samples: self.clone(),
            generator: self.clone(),
            validator: self.clone(),
            deployer: self.clone(),
            metrics: self.clone(),
            ..self.inner.clone()
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, id: &ExperimentId) {
        self.last().experiment = Some(id.clone());
    }

    /// The state that is stored, read behind the back of whoever is under test; none for an experiment that is not there.
    async fn state_of(&self, id: &ExperimentId) -> Option<State> {
        self.inner.experiments.load(id).await.ok().flatten().map(|experiment| experiment.state)
    }

    /// The place of a call about an experiment.
    async fn place(&self, call: Call, arm: Option<PipelineType>, id: &ExperimentId) -> Option<Place> {
        self.remember(id);
        self.state_of(id).await.map(|state| Place { call, arm, state })
    }

    /// The place of a call that does not say which experiment it is about.
    async fn place_of_last(&self, call: Call, arm: Option<PipelineType>) -> Option<Place> {
        let id = self.last().experiment.clone()?;
        self.place(call, arm, &id).await
    }

    /// Which of the two pipelines of the experiment has this specification.
    async fn arm_of(&self, spec: &PipelineSpec) -> Option<PipelineType> {
        let id = self.last().experiment.clone()?;
        let experiment = self.inner.experiments.load(&id).await.ok().flatten()?;
        [(PipelineType::Baseline, &experiment.spec.baseline), (PipelineType::Candidate, &experiment.spec.candidate)]
            .into_iter()
            .find_map(|(arm, own)| (own == spec).then_some(arm))
    }

    /// Makes a call at its place, if it has one.
    async fn pass<T>(&self, place: Option<Place>, call: impl Future<Output = T>) -> T {
        match place {
            Some(place) => self.plan.pass(place, call).await,
            None => call.await,
        }
    }
}

/// Deployed pipelines are called `{experiment}-{arm}-{hash}`.
fn arm_of_name(name: &PipelineName) -> Option<PipelineType> {
    let (front, _) = name.as_str().rsplit_once('-')?;
    [PipelineType::Baseline, PipelineType::Candidate]
        .into_iter()
        .find(|arm| front.rsplit_once('-').is_some_and(|(_, word)| word == arm.as_str()))
}
