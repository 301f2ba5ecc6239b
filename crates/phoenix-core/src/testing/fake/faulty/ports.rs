//! The ports with faults around every call.

use std::sync::Arc;

use async_trait::async_trait;

use crate::analysis::sample::PairedSample;
use crate::analysis::{Comparison, Digest};
use crate::experiment::{Event, Experiment, PipelineObservation, State};
use crate::id::{EffectId, ExperimentId, ExperimentName, PipelineName, ReplicaId, Revision, TenantId};
use crate::ports::cache::{Cache, CacheKey};
use crate::ports::control::{ControlStore, Freeze};
use crate::ports::deployer::{Deployer, DesiredPipeline, OwnedPipeline, PipelineKey, PipelineSink, Removal};
use crate::ports::failure::Failure;
use crate::ports::generator::{Generated, Generator};
use crate::ports::lock::ExperimentLock;
use crate::ports::metrics::{MetricsSource, ReadTarget, Reading};
use crate::ports::samples::{SampleRow, SampleStore, SamplingUnit};
use crate::ports::store::{
    Claim, Commit, CommitError, CreateError, Deployment, DeploymentStore, EventLog, ExperimentStore, Filter, Outbox,
    Page, PendingEffect, ReportStore, Schedule,
};
use crate::ports::validator::Finding;
use crate::spec::{Catalog, PipelineSpec, Target};
use crate::testing::fake::faulty::Faulty;
use crate::time::{Span, Timestamp};

/// A call between its two points.
macro_rules! through {
    ($self:ident, $call:ident($($argument:expr),*)) => { through!($self, std::convert::identity, $call($($argument),*)) };
    ($self:ident, $error:expr, $call:ident($($argument:expr),*)) => {{
        $self.faults.pass(stringify!($call), false).await.map_err($error)?;
        let answer = $self.port.$call($($argument),*).await;
        $self.faults.pass(stringify!($call), true).await.map_err($error)?;
        answer
    }};
}

#[async_trait]
impl<T: ExperimentStore + ?Sized> ExperimentStore for Faulty<T> {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        through!(self, CreateError::Failed, create(experiment, event, due_at))
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        through!(self, load(id))
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        through!(self, find_by_name(tenant, name))
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        through!(self, list(filter, limit, after))
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        through!(self, CommitError::Failed, commit(commit))
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        through!(self, is_committed(id, token))
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        through!(self, delete(id, expected, event))
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        through!(self, ended_before(before, limit))
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        through!(self, count_by_state())
    }
}

#[async_trait]
impl<T: Schedule + ?Sized> Schedule for Faulty<T> {
    async fn claim_due(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure> {
        through!(self, claim_due(owner, now, limit, lease))
    }

    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure> {
        through!(self, renew(claim, until))
    }

    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure> {
        through!(self, settle(claim, due_at))
    }

    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure> {
        through!(self, wake(id, at))
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        through!(self, next_due())
    }
}

#[async_trait]
impl<T: Outbox + ?Sized> Outbox for Faulty<T> {
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure> {
        through!(self, pending(id))
    }

    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure> {
        through!(self, postpone(id, attempts, due_at))
    }
}

#[async_trait]
impl<T: DeploymentStore + ?Sized> DeploymentStore for Faulty<T> {
    async fn deployments(&self, id: &ExperimentId) -> Result<Vec<Deployment>, Failure> {
        through!(self, deployments(id))
    }

    async fn deployment(&self, name: &PipelineName) -> Result<Option<Deployment>, Failure> {
        through!(self, deployment(name))
    }

    async fn record_observations(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Failure> {
        through!(self, record_observations(id, observed))
    }

    async fn wanted(&self, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>, Failure> {
        through!(self, wanted(ids))
    }
}

#[async_trait]
impl<T: EventLog + ?Sized> EventLog for Faulty<T> {
    async fn history(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>, Failure> {
        through!(self, history(id, after, limit))
    }

    async fn events_after<'a>(&self, cursor: Option<&'a str>, limit: u32) -> Result<Vec<(String, Event)>, Failure> {
        through!(self, events_after(cursor, limit))
    }

    async fn latest_cursor(&self) -> Result<Option<String>, Failure> {
        through!(self, latest_cursor())
    }
}

#[async_trait]
impl<T: ReportStore + ?Sized> ReportStore for Faulty<T> {
    async fn comparison(&self, id: &ExperimentId) -> Result<Option<Comparison>, Failure> {
        through!(self, comparison(id))
    }
}

#[async_trait]
impl<T: SampleStore + ?Sized> SampleStore for Faulty<T> {
    async fn claim_sampling(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure> {
        through!(self, claim_sampling(owner, now, lease))
    }

    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure> {
        through!(self, record_samples(unit, rows, digests))
    }

    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure> {
        through!(self, next_sampling())
    }

    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure> {
        through!(self, samples(experiment, from, to, limit))
    }

    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure> {
        through!(self, latest_instant(experiment))
    }
}

#[async_trait]
impl<T: Deployer + ?Sized> Deployer for Faulty<T> {
    fn namespace(&self) -> &str {
        self.port.namespace()
    }

    async fn survey(&self, target: &Target) -> Result<Vec<Finding>, Failure> {
        through!(self, survey(target))
    }

    async fn preflight(&self, config: &str) -> Result<Vec<Finding>, Failure> {
        through!(self, preflight(config))
    }

    async fn ensure(&self, desired: &DesiredPipeline) -> Result<(), Failure> {
        through!(self, ensure(desired))
    }

    async fn observe(&self, keys: &[PipelineKey]) -> Result<Vec<PipelineObservation>, Failure> {
        through!(self, observe(keys))
    }

    async fn remove(&self, name: &PipelineName) -> Result<Removal, Failure> {
        through!(self, remove(name))
    }

    async fn list_owned(&self) -> Result<Vec<OwnedPipeline>, Failure> {
        through!(self, list_owned())
    }

    fn watch(&self, sink: Arc<dyn PipelineSink>) {
        self.port.watch(sink);
    }
}

#[async_trait]
impl<T: Generator + ?Sized> Generator for Faulty<T> {
    async fn catalog(&self) -> Result<Catalog, Failure> {
        through!(self, catalog())
    }

    async fn generate(&self, spec: &PipelineSpec) -> Result<Generated, Failure> {
        through!(self, generate(spec))
    }
}

#[async_trait]
impl<T: MetricsSource + ?Sized> MetricsSource for Faulty<T> {
    async fn read(&self, instant: Timestamp, within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        through!(self, read(instant, within, targets))
    }
}

#[async_trait]
impl<T: ControlStore + ?Sized> ControlStore for Faulty<T> {
    async fn freeze(&self) -> Result<Option<Freeze>, Failure> {
        through!(self, freeze())
    }

    async fn set_freeze(&self, freeze: Option<Freeze>) -> Result<Option<Freeze>, Failure> {
        through!(self, set_freeze(freeze))
    }

    async fn probe(&self) -> Result<(), Failure> {
        through!(self, probe())
    }
}

#[async_trait]
impl<T: Cache + ?Sized> Cache for Faulty<T> {
    async fn get(&self, key: &CacheKey) -> Result<Option<String>, Failure> {
        through!(self, get(key))
    }

    async fn put(&self, entries: Vec<(CacheKey, String)>) -> Result<(), Failure> {
        through!(self, put(entries))
    }

    async fn advance_state(&self, id: &ExperimentId, state: State) -> Result<(), Failure> {
        through!(self, advance_state(id, state))
    }

    async fn forget(&self, keys: Vec<CacheKey>) -> Result<(), Failure> {
        through!(self, forget(keys))
    }
}

#[async_trait]
impl<T: ExperimentLock + ?Sized> ExperimentLock for Faulty<T> {
    async fn acquire(&self, id: &ExperimentId, owner: &ReplicaId, ttl: Span) -> Result<bool, Failure> {
        through!(self, acquire(id, owner, ttl))
    }

    async fn release(&self, id: &ExperimentId, owner: &ReplicaId) -> Result<(), Failure> {
        through!(self, release(id, owner))
    }
}
