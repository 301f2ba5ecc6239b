//! Drives one claimed experiment as far as it goes: time, effects, deployment, observation. Every turn is load, act, decide, commit; a crash
//! between any two of them is repaired by the next claim, because everything here may be repeated.

use crate::analysis::Comparison;
use crate::app::commit::{Attempt, commit};
use crate::app::evidence::{Lag, lag};
use crate::app::execute::{Attempted, execute};
use crate::app::policy::policy_for;
use crate::app::rest::Rest;
use crate::app::{Ports, level};
use crate::experiment::{Cause, Decide, Decision, Experiment, Input, Policy, State, decide};
use crate::id::{ExperimentId, ReplicaId, Revision};
use crate::ports::failure::Failure;
use crate::ports::lock::LOCK_TTL;
use crate::ports::store::Claim;
use crate::time::{Span, Timestamp};

/// Most decisions in one go; then other experiments get their turn.
const MOST_TURNS: usize = 16;
/// Pause after a failure, and while somebody else works on the experiment.
const PAUSE: Span = Span::from_secs(1);
/// A lock that was taken longer ago is renewed.
const LOCK_AGE: Span = Span::from_secs(10);

/// Drives experiments.
#[derive(Clone)]
pub struct Reconciler {
    ports: Ports,
    policy: Policy,
    owner: ReplicaId,
    decide: Decide,
}

/// What a turn came to.
enum Turn {
    /// A decision was committed: look again.
    Again,
    /// The decision about this revision was refused: somebody else was faster, or the claim is not ours any more.
    Contested(Revision),
    /// Nothing more to do for the time being.
    Wait(Rest),
}

impl Reconciler {
    /// A reconciler of this replica.
    pub const fn new(ports: Ports, policy: Policy, owner: ReplicaId) -> Self {
        Self { ports, policy, owner, decide }
    }

    /// Decides by another function, for tests that want to see a broken one caught.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn deciding_by(self, decide: Decide) -> Self {
        Self { decide, ..self }
    }

    /// Drives the claimed experiment until it waits, and gives the claim back with the instant at which it is due next.
    ///
    /// A failure is handed out after the claim was settled to be tried again; the caller logs it once.
    pub async fn drive(&self, claim: &Claim) -> Result<(), Failure> {
        if !self.ports.lock.acquire(&claim.experiment_id, &self.owner, LOCK_TTL).await.unwrap_or(true) {
            // Somebody else works on it and will settle it; this claim only outlived a lease.
            return self.ports.schedule.settle(claim, Some(self.ports.clock.now() + PAUSE)).await;
        }
        let rest = self.drive_locked(claim).await.unwrap_or_else(|failure| self.pause_after(failure));
        let settled = self.ports.schedule.settle(claim, rest.due_at).await;
        let _ = self.ports.lock.release(&claim.experiment_id, &self.owner).await;
        rest.failure.map_or(settled, Err)
    }

    async fn drive_locked(&self, claim: &Claim) -> Result<Rest, Failure> {
        let mut locked_at = self.ports.clock.now();
        let mut contested = None;
        for _ in 0..MOST_TURNS {
            let Some(experiment) = self.ports.experiments.load(&claim.experiment_id).await? else {
                return Ok(Rest::default());
            };
            if contested == Some(experiment.revision) {
                // Nobody decided in between, so it is the claim that is not current: whoever holds it now goes on.
                return Ok(Rest::default());
            }
            match self.turn(&experiment, claim).await? {
                Turn::Again => {}
                Turn::Contested(revision) => contested = Some(revision),
                Turn::Wait(rest) => return Ok(rest),
            }
            if self.ports.clock.now().since(locked_at) > LOCK_AGE {
                let _ = self.ports.lock.acquire(&claim.experiment_id, &self.owner, LOCK_TTL).await;
                locked_at = self.ports.clock.now();
            }
        }
        Ok(Rest::until(Some(self.ports.clock.now())))
    }

    async fn turn(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        if experiment.state == State::Deploying {
            return self.deploying_turn(experiment, claim).await;
        }
        // Time first: a deadline that has passed must not wait behind a slow effect. But a run does not end before its samples are in.
        // All at the same instant: a run must not end in between, of whose end nobody has looked at the samples.
        let now = self.ports.clock.now();
        let time = match lag(&self.ports, experiment, now).await? {
            Lag::None => Input::Tick,
            Lag::Passing(until) => return Ok(Turn::Wait(Rest::until(Some(until)))),
            Lag::Outage { since } => Input::OutageBegan { since },
        };
        let by_time = match self.decide_at(now, experiment, claim, &time, None).await? {
            Turn::Wait(rest) => rest,
            moved @ (Turn::Again | Turn::Contested(_)) => return Ok(moved),
        };
        let by_effect = match self.execute_due(experiment, claim).await? {
            Turn::Wait(rest) => rest,
            moved @ (Turn::Again | Turn::Contested(_)) => return Ok(moved),
        };
        let by_level = match self.level(now, experiment, claim).await? {
            Turn::Wait(rest) => rest,
            moved @ (Turn::Again | Turn::Contested(_)) => return Ok(moved),
        };
        Ok(Turn::Wait(by_time.and(by_effect).and(by_level)))
    }

    /// Looks first: of pipelines that are too late one wants to know what they were waiting for. No effect is pending in this state.
    async fn deploying_turn(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        let by_level = match self.level(self.ports.clock.now(), experiment, claim).await {
            Ok(Turn::Wait(rest)) => rest,
            Ok(moved @ (Turn::Again | Turn::Contested(_))) => return Ok(moved),
            // A deployer that cannot be asked must not keep the deadline from passing.
            Err(failure) => self.pause_after(failure),
        };
        match self.decide(experiment, claim, &Input::Tick, None).await? {
            Turn::Wait(rest) => Ok(Turn::Wait(by_level.and(rest))),
            moved @ (Turn::Again | Turn::Contested(_)) => Ok(moved),
        }
    }

    fn pause_after(&self, failure: Failure) -> Rest {
        Rest { due_at: Some(self.ports.clock.now() + PAUSE), failure: Some(failure) }
    }

    /// Executes the effects of the present revision that are due.
    async fn execute_due(&self, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        let mut rest = Rest::default();
        for pending in self.ports.outbox.pending(&experiment.id).await? {
            // What its decision asked for at once does not wait for a clock that was set back since.
            if pending.due_at > self.ports.clock.now().max(experiment.updated_at) {
                rest = rest.and(Rest::until(Some(pending.due_at)));
                continue;
            }
            match execute(&self.ports, experiment, &pending).await? {
                Attempted::Postponed(postponed) => rest = rest.and(postponed),
                Attempted::Ended(outcome, comparison) => {
                    let input = Input::EffectEnded { id: pending.id, outcome };
                    return self.decide(experiment, claim, &input, comparison).await;
                }
            }
        }
        Ok(Turn::Wait(rest))
    }

    /// Brings the world to what is desired and decides about what is seen of it.
    async fn level(&self, now: Timestamp, experiment: &Experiment, claim: &Claim) -> Result<Turn, Failure> {
        let Some(levelled) = level::bring(&self.ports, experiment).await? else {
            return Ok(Turn::Wait(Rest::default()));
        };
        let input = Input::Observed(Box::new(levelled.observed));
        match self.decide_at(now, experiment, claim, &input, None).await? {
            Turn::Wait(rest) => Ok(Turn::Wait(rest.and(levelled.rest))),
            moved @ (Turn::Again | Turn::Contested(_)) => Ok(moved),
        }
    }

    /// Decides about an input now.
    async fn decide(
        &self,
        experiment: &Experiment,
        claim: &Claim,
        input: &Input,
        comparison: Option<Comparison>,
    ) -> Result<Turn, Failure> {
        self.decide_at(self.ports.clock.now(), experiment, claim, input, comparison).await
    }

    /// Decides about an input and commits what follows.
    async fn decide_at(
        &self,
        now: Timestamp,
        experiment: &Experiment,
        claim: &Claim,
        input: &Input,
        comparison: Option<Comparison>,
    ) -> Result<Turn, Failure> {
        // Only commands can be rejected, and none comes this way.
        let policy = policy_for(&self.ports, &self.policy, experiment).await?;
        let Ok(Decision { change, wake_at }) = (self.decide)(now, &policy, experiment, input) else {
            return Ok(Turn::Wait(Rest::default()));
        };
        let Some(change) = change else {
            return Ok(Turn::Wait(Rest::until(wake_at)));
        };
        let cause = Cause::system();
        let attempt = Attempt {
            before: experiment,
            input,
            change,
            due_at: wake_at,
            cause: &cause,
            fence: Some(claim.fence),
            comparison,
            now,
        };
        match commit(&self.ports, attempt).await? {
            Some(_) => Ok(Turn::Again),
            None => Ok(Turn::Contested(experiment.revision)),
        }
    }

    /// Hands an input that a sample raised to the state machine. Takes no lease: the revision protects it.
    pub(super) async fn raise(&self, id: &ExperimentId, input: &Input) -> Result<(), Failure> {
        for _ in 0..MOST_TURNS {
            let found = self.ports.experiments.load(id).await?;
            let Some(experiment) = found.filter(|experiment| experiment.state == State::Running) else {
                return Ok(());
            };
            let now = self.ports.clock.now();
            let Ok(Decision { change: Some(change), wake_at }) = (self.decide)(now, &self.policy, &experiment, input)
            else {
                return Ok(());
            };
            let cause = Cause::system();
            let attempt = Attempt::without_lease(&experiment, input, change, wake_at, &cause, now);
            if commit(&self.ports, attempt).await?.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }
}
