//! Drives one claimed experiment as far as it goes: effects, deployment, observation, time. Every turn is load, act, decide, commit; a crash
//! between any two of them is repaired by the next claim, because everything here may be repeated.

use crate::analysis::Comparison;
use crate::app::Ports;
use crate::app::commit::{Attempt, commit};
use crate::app::execute::{Attempted, execute};
use crate::experiment::{
    Cause, Decision, Desired, Experiment, Input, Pair, PipelineObservation, PipelineRef, PipelineType, Policy, State,
    decide, desired,
};
use crate::id::ReplicaId;
use crate::ports::cache::CacheKey;
use crate::ports::deployer::{DesiredPipeline, PipelineKey};
use crate::ports::failure::Failure;
use crate::ports::lock::LOCK_TTL;
use crate::ports::store::Claim;
use crate::time::{Span, Timestamp};

/// Most decisions in one go; then other experiments get their turn.
const MOST_TURNS: usize = 16;
/// How often pipelines are looked at that are not where they should be. Changes that the deployer sees come at once.
const UNSETTLED_POLL: Span = Span::from_secs(1);
/// How often pipelines are looked at that are where they should be.
const SETTLED_POLL: Span = Span::from_secs(30);

/// Drives experiments.
#[derive(Clone)]
pub struct Reconciler {
    ports: Ports,
    policy: Policy,
    owner: ReplicaId,
}

/// What a turn came to.
enum Turn {
    /// A decision was committed, or somebody else committed one: look again.
    Again,
    /// Nothing more to do before this instant.
    Wait(Option<Timestamp>),
}

impl Reconciler {
    /// A reconciler of this replica.
    pub const fn new(ports: Ports, policy: Policy, owner: ReplicaId) -> Self {
        Self { ports, policy, owner }
    }

    /// Drives the claimed experiment until it waits, and gives the claim back with the instant at which it is due next.
    ///
    /// A failure is handed out after the claim was settled to be tried again; the caller logs it once.
    pub async fn drive(&self, claim: &Claim) -> Result<(), Failure> {
        if !self.ports.lock.acquire(&claim.experiment_id, &self.owner, LOCK_TTL).await.unwrap_or(true) {
            // Somebody else works on it and will settle it; this claim only outlived a lease.
            return self.ports.schedule.settle(claim, Some(self.ports.clock.now() + UNSETTLED_POLL)).await;
        }
        let result = self.drive_locked(claim).await;
        let due_at = match &result {
            Ok(due_at) => *due_at,
            Err(_) => Some(self.ports.clock.now() + UNSETTLED_POLL),
        };
        let settled = self.ports.schedule.settle(claim, due_at).await;
        let _ = self.ports.lock.release(&claim.experiment_id, &self.owner).await;
        result.map(|_| ()).and(settled)
    }

    async fn drive_locked(&self, claim: &Claim) -> Result<Option<Timestamp>, Failure> {
        for _ in 0..MOST_TURNS {
            let Some(experiment) = self.ports.experiments.load(&claim.experiment_id).await? else {
                return Ok(None);
            };
            if let Turn::Wait(due_at) = self.turn(&experiment, claim).await? {
                return Ok(due_at);
            }
        }
        Ok(Some(self.ports.clock.now()))
    }

    async fn turn(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        // Time first: a deadline that has passed must not wait behind a slow effect.
        let by_time = match self.decide(experiment, claim, &Input::Tick, None).await? {
            Turn::Again => return Ok(Turn::Again),
            Turn::Wait(due_at) => due_at,
        };
        let by_effect = match self.execute_due(experiment, claim).await? {
            Turn::Again => return Ok(Turn::Again),
            Turn::Wait(due_at) => due_at,
        };
        let by_level = match self.level(experiment, claim).await? {
            Turn::Again => return Ok(Turn::Again),
            Turn::Wait(due_at) => due_at,
        };
        Ok(Turn::Wait([by_time, by_effect, by_level].into_iter().flatten().min()))
    }

    /// Executes the effects of the present revision that are due.
    async fn execute_due(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        let mut next = None;
        for pending in self.ports.outbox.pending(&experiment.id).await? {
            if pending.due_at > self.ports.clock.now() {
                next = [next, Some(pending.due_at)].into_iter().flatten().min();
                continue;
            }
            match execute(&self.ports, experiment, &pending).await? {
                Attempted::Postponed(due_at) => next = [next, Some(due_at)].into_iter().flatten().min(),
                Attempted::Ended(outcome, comparison) => {
                    let input = Input::EffectEnded { id: pending.id, outcome };
                    return self.decide(experiment, claim, &input, comparison).await;
                }
            }
        }
        Ok(Turn::Wait(next))
    }

    /// Brings the world to what is desired and decides about what is seen of it.
    async fn level(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        let (pipelines, wanted) = match desired(experiment) {
            Desired::Untouched => return Ok(Turn::Wait(None)),
            Desired::Present(_) if experiment.state.is_terminal() => return Ok(Turn::Wait(None)),
            Desired::Present(pipelines) => (pipelines, true),
            Desired::Absent(pipelines) => (pipelines, false),
        };
        if wanted {
            self.ensure(experiment, &pipelines).await?;
        } else {
            for (_, pipeline) in pipelines.iter() {
                self.ports.deployer.remove(&pipeline.name).await?;
            }
        }
        let observed = self.observe(experiment, &pipelines).await?;
        let settled = wanted && observed.iter().all(|(_, pipeline)| pipeline.is_ready());
        let input = Input::Observed(Box::new(observed));
        let poll = self.ports.clock.now() + if settled { SETTLED_POLL } else { UNSETTLED_POLL };
        match self.decide(experiment, claim, &input, None).await? {
            Turn::Again => Ok(Turn::Again),
            Turn::Wait(due_at) => Ok(Turn::Wait(due_at.into_iter().chain([poll]).min())),
        }
    }

    async fn ensure(&self, experiment: &Experiment, pipelines: &Pair<PipelineRef>) -> Result<(), Failure> {
        for deployment in self.ports.deployments.deployments(&experiment.id).await? {
            let wanted = pipelines.get(deployment.pipeline_type);
            self.ports
                .deployer
                .ensure(&DesiredPipeline {
                    key: key_of(experiment, deployment.pipeline_type, wanted),
                    config: deployment.pipeline.config,
                    hash: deployment.pipeline.hash,
                    target: experiment.spec.target.clone(),
                })
                .await?;
        }
        Ok(())
    }

    async fn observe(
        &self,
        experiment: &Experiment,
        pipelines: &Pair<PipelineRef>,
    ) -> Result<Pair<PipelineObservation>, Failure> {
        let keys: Vec<PipelineKey> =
            pipelines.iter().map(|(kind, pipeline)| key_of(experiment, kind, pipeline)).collect();
        let observed = self.ports.deployer.observe(&keys).await?;
        let entries = observed
            .iter()
            .filter_map(|one| Some((CacheKey::PipelineStatus(one.name.clone()), serde_json::to_string(one).ok()?)))
            .collect();
        let _ = self.ports.cache.put(entries).await;
        self.ports.deployments.record_observations(&experiment.id, &observed).await?;
        Ok(pipelines.map(|_, pipeline| {
            let found = observed.iter().find(|one| one.name == pipeline.name).cloned();
            found.unwrap_or_else(|| PipelineObservation::absent(pipeline.name.clone()))
        }))
    }

    /// Decides about an input and commits what follows.
    async fn decide(
        &self,
        experiment: &Experiment,
        claim: &Claim,
        input: &Input,
        comparison: Option<Comparison>,
    ) -> Result<Turn, Failure> {
        let now = self.ports.clock.now();
        // Only commands can be rejected, and none comes this way.
        let Ok(Decision { change, wake_at }) = decide(now, &self.policy, experiment, input) else {
            return Ok(Turn::Wait(None));
        };
        let Some(change) = change else {
            return Ok(Turn::Wait(wake_at));
        };
        let cause = Cause::system();
        let attempt = Attempt {
            before: experiment,
            change,
            due_at: wake_at,
            cause: &cause,
            fence: Some(claim.fence),
            comparison,
            now,
        };
        commit(&self.ports, attempt).await?;
        Ok(Turn::Again)
    }

    /// Hands an input that a sample raised to the state machine. Takes no lease: the revision protects it.
    pub(super) async fn raise(&self, id: &crate::id::ExperimentId, input: &Input) -> Result<(), Failure> {
        for _ in 0..MOST_TURNS {
            let Some(experiment) = self.ports.experiments.load(id).await? else {
                return Ok(());
            };
            let now = self.ports.clock.now();
            let Ok(Decision { change: Some(change), wake_at }) = decide(now, &self.policy, &experiment, input) else {
                return Ok(());
            };
            if experiment.state != State::Running {
                return Ok(());
            }
            let cause = Cause::system();
            let attempt = Attempt {
                before: &experiment,
                change,
                due_at: wake_at,
                cause: &cause,
                fence: None,
                comparison: None,
                now,
            };
            if commit(&self.ports, attempt).await?.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn key_of(experiment: &Experiment, kind: PipelineType, pipeline: &PipelineRef) -> PipelineKey {
    PipelineKey { experiment_id: experiment.id.clone(), pipeline_type: kind, name: pipeline.name.clone() }
}
