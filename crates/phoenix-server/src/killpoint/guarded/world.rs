//! Generator, validator, deployer and metrics source behind points.

use std::sync::Arc;

use async_trait::async_trait;
use phoenix_core::experiment::{PipelineObservation, State};
use phoenix_core::id::PipelineName;
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline, OwnedPipeline, PipelineKey, PipelineSink, Removal};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::generator::{Generated, Generator};
use phoenix_core::ports::metrics::{MetricsSource, ReadTarget, Reading};
use phoenix_core::ports::validator::{ConfigValidator, Finding};
use phoenix_core::spec::{Catalog, PipelineSpec, Target};
use phoenix_core::time::{Span, Timestamp};

use super::{Guarded, arm_of_name};
use crate::killpoint::{Call, Place};

#[async_trait]
impl Generator for Guarded {
    async fn catalog(&self) -> Result<Catalog, Failure> {
        self.inner.generator.catalog().await
    }

    async fn generate(&self, spec: &PipelineSpec) -> Result<Generated, Failure> {
        let place = match self.arm_of(spec).await {
            Some(arm) => self.place_of_last(Call::Generate, Some(arm)).await,
            None => None,
        };
        self.last().generated = place;
        self.pass(place, self.inner.generator.generate(spec)).await
    }
}

impl ConfigValidator for Guarded {
    fn validate(&self, config: &str) -> Vec<Finding> {
        let generated = self.last().generated;
        let validate = || self.inner.validator.validate(config);
        match generated {
            Some(place) => self.plan.pass_at_once(Place { call: Call::Validate, ..place }, validate),
            None => validate(),
        }
    }
}

#[async_trait]
impl Deployer for Guarded {
    fn namespace(&self) -> &str {
        self.inner.deployer.namespace()
    }

    async fn survey(&self, target: &Target) -> Result<Vec<Finding>, Failure> {
        self.inner.deployer.survey(target).await
    }

    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure> {
        let place = self.last().generated.map(|place| Place { call: Call::Preflight, ..place });
        self.pass(place, self.inner.deployer.preflight(config)).await
    }

    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure> {
        let key = &desired.key;
        let place = self.place(Call::Ensure, Some(key.pipeline_type), &key.experiment_id).await;
        self.pass(place, self.inner.deployer.ensure(desired)).await
    }

    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure> {
        let place = match keys.first() {
            Some(key) => self.place(Call::Observe, None, &key.experiment_id).await,
            None => None,
        };
        self.pass(place, self.inner.deployer.observe(keys)).await
    }

    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure> {
        let place = self.place_of_last(Call::Remove, arm_of_name(name)).await;
        self.pass(place, self.inner.deployer.remove(name)).await
    }

    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure> {
        self.inner.deployer.list_owned().await
    }

    fn watch(&self, sink: Arc<dyn PipelineSink>) {
        self.inner.deployer.watch(sink);
    }
}

#[async_trait]
impl MetricsSource for Guarded {
    async fn read(&self, instant: Timestamp, within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        let place = Place::of(Call::Read, State::Running);
        self.plan.pass(place, self.inner.metrics.read(instant, within, targets)).await
    }
}
