//! The store behind points.

use async_trait::async_trait;
use phoenix_core::analysis::Digest;
use phoenix_core::analysis::sample::PairedSample;
use phoenix_core::experiment::{Event, Experiment, PipelineObservation, State};
use phoenix_core::id::{EffectId, ExperimentId, ExperimentName, PipelineName, ReplicaId, Revision, TenantId};
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::samples::{SampleRow, SampleStore, SamplingUnit};
use phoenix_core::ports::store::{
    Claim, Commit, CommitError, CreateError, Deployment, DeploymentStore, ExperimentStore, Filter, Outbox, Page,
    PendingEffect, Schedule,
};
use phoenix_core::time::{Span, Timestamp};

use super::Guarded;
use crate::killpoint::{Call, Moment, Place};

#[async_trait]
impl ExperimentStore for Guarded {
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError> {
        self.remember(&experiment.id);
        let place = Place::of(Call::Create, experiment.state);
        self.plan.pass(place, self.inner.experiments.create(experiment, event, due_at)).await
    }

    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure> {
        self.remember(id);
        self.inner.experiments.load(id).await
    }

    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure> {
        self.inner.experiments.find_by_name(tenant, name).await
    }

    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure> {
        self.inner.experiments.list(filter, limit, after).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let from = commit.event.from.unwrap_or(commit.event.to);
        let place = Place::of(Call::Commit(commit.event.kind), from);
        self.plan.pass(place, self.inner.experiments.commit(commit)).await
    }

    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure> {
        self.inner.experiments.is_committed(id, token).await
    }

    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure> {
        let place = Place::of(Call::Delete, event.to);
        self.plan.pass(place, self.inner.experiments.delete(id, expected, event)).await
    }

    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure> {
        self.inner.experiments.ended_before(before, limit).await
    }

    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure> {
        self.inner.experiments.count_by_state().await
    }
}

#[async_trait]
impl Schedule for Guarded {
    async fn claim_due(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure> {
        let claims = self.inner.schedule.claim_due(owner, now, limit, lease).await?;
        if let Some(claim) = claims.first()
            && let Some(place) = self.place(Call::Claim, None, &claim.experiment_id).await
        {
            self.plan.reach(place, Moment::After);
        }
        Ok(claims)
    }

    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure> {
        self.inner.schedule.renew(claim, until).await
    }

    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure> {
        let place = self.place(Call::Settle, None, &claim.experiment_id).await;
        self.pass(place, self.inner.schedule.settle(claim, due_at)).await
    }

    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure> {
        self.inner.schedule.wake(id, at).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        self.inner.schedule.next_due().await
    }
}

#[async_trait]
impl Outbox for Guarded {
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure> {
        let pending = self.inner.outbox.pending(id).await?;
        if let Some(first) = pending.first()
            && let Some(place) = self.place(Call::Take(first.effect), None, id).await
        {
            self.plan.reach(place, Moment::After);
        }
        Ok(pending)
    }

    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure> {
        let place = self.place(Call::Postpone, None, &id.experiment_id).await;
        self.pass(place, self.inner.outbox.postpone(id, attempts, due_at)).await
    }
}

#[async_trait]
impl DeploymentStore for Guarded {
    async fn deployments(&self, id: &ExperimentId) -> Result<Vec<Deployment>, Failure> {
        self.inner.deployments.deployments(id).await
    }

    async fn deployment(&self, name: &PipelineName) -> Result<Option<Deployment>, Failure> {
        self.inner.deployments.deployment(name).await
    }

    async fn record_observations(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Failure> {
        let place = self.place(Call::RecordObservations, None, id).await;
        self.pass(place, self.inner.deployments.record_observations(id, observed)).await
    }

    async fn wanted(&self, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>, Failure> {
        self.inner.deployments.wanted(ids).await
    }
}

/// Sampling is of running experiments: one that has ended meanwhile was running when its samples were claimed.
#[async_trait]
impl SampleStore for Guarded {
    async fn claim_sampling(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        lease: Span,
    ) -> Result<Option<SamplingUnit>, Failure> {
        let unit = self.inner.samples.claim_sampling(owner, now, lease).await?;
        if unit.is_some() {
            self.plan.reach(Place::of(Call::ClaimSampling, State::Running), Moment::After);
        }
        Ok(unit)
    }

    async fn record_samples(
        &self,
        unit: &SamplingUnit,
        rows: Vec<SampleRow>,
        digests: Vec<(ExperimentId, Digest)>,
    ) -> Result<(), Failure> {
        let place = Place::of(Call::RecordSamples, State::Running);
        self.plan.pass(place, self.inner.samples.record_samples(unit, rows, digests)).await
    }

    async fn next_sampling(&self) -> Result<Option<Timestamp>, Failure> {
        self.inner.samples.next_sampling().await
    }

    /// Only the analysis is at a point; clients read, too, in other states.
    async fn samples(
        &self,
        experiment: &Experiment,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PairedSample>, Failure> {
        let place = (experiment.state == State::Analyzing).then_some(Place::of(Call::ReadSamples, State::Analyzing));
        self.pass(place, self.inner.samples.samples(experiment, from, to, limit)).await
    }

    async fn latest_instant(&self, experiment: &Experiment) -> Result<Option<Timestamp>, Failure> {
        self.inner.samples.latest_instant(experiment).await
    }
}
