//! The decision function: total, synchronous, deterministic. One file per state.

mod analyzing;
mod change;
mod deploying;
mod initializing;
mod pending;
mod running;
mod terminal;

use crate::error::{Code, Error};
use crate::experiment::invariant;
use crate::experiment::{
    Cause, Command, Effect, Event, EventKind, Experiment, GeneratedPipeline, Input, Pair, Reason, State, Status,
};
use crate::id::EffectId;
use crate::time::{Span, Timestamp};

/// The controller's own defaults, where the experiment says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Deadline of `pending`; `None` waits for ever.
    pub pending_deadline: Option<Span>,
    /// Deadline of `initializing`.
    pub initializing_deadline: Span,
    /// Deadline of `deploying`.
    pub deploying_deadline: Span,
    /// Deadline of `analyzing`.
    pub analyzing_deadline: Span,
    /// True while nothing new may start. What has started goes on.
    pub frozen: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            pending_deadline: None,
            initializing_deadline: Span::from_mins(1),
            deploying_deadline: Span::from_mins(10),
            analyzing_deadline: Span::from_mins(2),
            frozen: false,
        }
    }
}

/// What to do about an input.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The change to commit; `None` when the input changes nothing.
    pub change: Option<Change>,
    /// When to look again although nothing else happens; `None` when only an input can move the experiment.
    pub wake_at: Option<Timestamp>,
}

/// The part of a decision that is committed in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The next state; may be the present one.
    pub to: State,
    /// The next status.
    pub status: Status,
    /// What happened, for the history.
    pub kind: EventKind,
    /// Why.
    pub reason: Reason,
    /// The same for people.
    pub message: String,
    /// One-shot effects, in order.
    pub effects: Vec<Effect>,
    /// Configurations to store: the first accepted result of the generator.
    pub generated: Option<Box<Pair<GeneratedPipeline>>>,
}

/// Why an input is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The table holds no such arrow.
    Illegal {
        /// The present state.
        from: State,
        /// The state that the command asks for.
        to: State,
    },
    /// Nothing may start while the controller is frozen.
    Frozen,
    /// The command makes no sense in this state and asks for no transition.
    NotNow {
        /// The present state.
        state: State,
        /// What was asked for, for people.
        what: &'static str,
    },
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        match rejected {
            Rejected::Illegal { from, to } => Self::invalid_transition(from, to),
            Rejected::Frozen => Self::new(
                Code::Frozen,
                "the controller is frozen, so nothing starts; try again after `phoenixctl thaw`",
            ),
            Rejected::NotNow { state, what } => Self::new(
                Code::StateTransitionInvalid,
                format!("{what} is not possible while the experiment is {state}"),
            )
            .with_detail("from_state", state.as_str()),
        }
    }
}

/// A function that decides as [`decide()`] does. Tests hand in broken ones, to see them caught.
pub type Decide = fn(Timestamp, &Policy, &Experiment, &Input) -> Result<Decision, Rejected>;

/// Decides about one input. The same arguments give the same decision, whoever asks and whenever.
///
/// A clock that was set back is not believed: the time of an experiment stands until the clock has caught up with its last decision.
pub fn decide(now: Timestamp, policy: &Policy, experiment: &Experiment, input: &Input) -> Result<Decision, Rejected> {
    let own_now = now.max(experiment.updated_at);
    let context = Context { now: own_now, policy, experiment };
    let mut decision = match experiment.state {
        State::Pending => pending::decide(&context, input),
        State::Initializing => initializing::decide(&context, input),
        State::Deploying => deploying::decide(&context, input),
        State::Running => running::decide(&context, input),
        State::Analyzing => analyzing::decide(&context, input),
        State::Completed | State::Failed | State::Cancelled => terminal::decide(&context, input),
    }?;
    // What is due by the time of the experiment is due at once, also by a clock that is behind it.
    decision.wake_at = decision.wake_at.map(|at| if at <= own_now { at.min(now) } else { at });
    if cfg!(debug_assertions) {
        assert_sound(now, policy, experiment, input, &decision);
    }
    Ok(decision)
}

/// Stops a debug build at a decision that breaks an invariant. In production the commit is refused, see `app/commit.rs`.
fn assert_sound(now: Timestamp, policy: &Policy, experiment: &Experiment, input: &Input, decision: &Decision) {
    let (checked, after) = match &decision.change {
        Some(change) => (invariant::check(now, experiment, input, change), Some(experiment.clone().after(change, now))),
        None => (Ok(()), None),
    };
    let after = after.as_ref().unwrap_or(experiment);
    let checked = checked.and_then(|()| invariant::check_wait(now, policy, after, decision.wake_at));
    let broken = checked.err().map(|broken| broken.to_string()).unwrap_or_default();
    debug_assert!(broken.is_empty(), "{broken}: {experiment:?} on {input:?}");
}

/// What every state's decision is about.
struct Context<'a> {
    now: Timestamp,
    policy: &'a Policy,
    experiment: &'a Experiment,
}

impl Context<'_> {
    /// True when `id` belongs to the decision that the experiment is waiting on; anything else is a late or repeated result.
    fn is_current(&self, id: &EffectId) -> bool {
        id.experiment_id == self.experiment.id && id.revision == self.experiment.revision
    }

    /// When the present state must have been left.
    fn deadline(&self) -> Option<Timestamp> {
        let own = &self.experiment.spec.deadlines;
        let limit = match self.experiment.state {
            State::Pending => own.pending.or(self.policy.pending_deadline),
            State::Initializing => Some(own.initializing.unwrap_or(self.policy.initializing_deadline)),
            State::Deploying => Some(own.deploying.unwrap_or(self.policy.deploying_deadline)),
            State::Analyzing => Some(own.analyzing.unwrap_or(self.policy.analyzing_deadline)),
            State::Running | State::Completed | State::Failed | State::Cancelled => None,
        };
        limit.map(|limit| self.experiment.status.entered_at + limit)
    }

    fn is_past(&self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.now >= at)
    }

    fn illegal(&self, to: State) -> Rejected {
        Rejected::Illegal { from: self.experiment.state, to }
    }
}

impl Decision {
    /// The input changes nothing; look again at `wake_at`.
    const fn unchanged(wake_at: Option<Timestamp>) -> Self {
        Self { change: None, wake_at }
    }
}

impl Change {
    /// The history event of this change.
    pub fn event(&self, before: &Experiment, now: Timestamp, cause: &Cause) -> Event {
        Event {
            experiment_id: before.id.clone(),
            seq: before.revision.next(),
            kind: self.kind,
            at: now.max(before.updated_at),
            actor: cause.actor.clone(),
            tenant: before.tenant.clone(),
            traceparent: cause.traceparent.clone(),
            from: Some(before.state),
            to: self.to,
            reason: self.reason,
            message: self.message.clone(),
        }
    }

    /// The effects of this change with their identities.
    pub fn effect_rows(&self, before: &Experiment) -> Vec<(EffectId, Effect)> {
        let revision = before.revision.next();
        (0..)
            .zip(&self.effects)
            .map(|(ordinal, effect)| (EffectId { experiment_id: before.id.clone(), revision, ordinal }, *effect))
            .collect()
    }
}

/// What a command asks for, as a state, for the answer to a command that comes at the wrong time.
const fn requested_state(command: &Command) -> Option<State> {
    match command {
        Command::Start => Some(State::Initializing),
        Command::Stop { .. } => Some(State::Analyzing),
        Command::Cancel { .. } => Some(State::Cancelled),
        Command::Abort { .. } => Some(State::Failed),
        Command::Pause { .. } | Command::Resume { .. } | Command::Redeploy { .. } => None,
    }
}

/// What a command that asks for no state is called, for the answer when it comes at the wrong time.
const fn what(command: &Command) -> &'static str {
    match command {
        Command::Start => "starting",
        Command::Stop { .. } => "stopping",
        Command::Cancel { .. } => "cancelling",
        Command::Abort { .. } => "aborting",
        Command::Pause { .. } => "pausing",
        Command::Resume { .. } => "resuming",
        Command::Redeploy { .. } => "deploying a pipeline",
    }
}

/// Refuses a command that this state does not allow.
fn refuse(context: &Context<'_>, command: &Command) -> Rejected {
    match requested_state(command) {
        Some(to) => context.illegal(to),
        None => Rejected::NotNow { state: context.experiment.state, what: what(command) },
    }
}

#[cfg(test)]
mod tests;
