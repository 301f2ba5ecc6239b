//! The durable store: experiments, their history, effects and schedule. It is the truth; everything else can be lost.
#![cfg_attr(
    any(test, feature = "testing"),
    expect(clippy::ref_option_ref, reason = "the mocks take optional texts so")
)]

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use crate::analysis::Comparison;
use crate::experiment::{
    Cause, Effect, Event, Experiment, GeneratedPipeline, Pair, PipelineObservation, PipelineType, State,
};
use crate::id::{EffectId, ExperimentId, ExperimentName, Fence, PipelineName, ReplicaId, Revision, TenantId};
use crate::ports::failure::Failure;
use crate::time::{Span, Timestamp};

/// Everything that one decision writes, in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The experiment after the decision; its revision is `expected + 1`.
    pub experiment: Experiment,
    /// The revision that must be stored now.
    pub expected: Revision,
    /// The fence that must be current; `None` for commands of clients, which hold no lease.
    pub fence: Option<Fence>,
    /// Marks this attempt; stored with the event.
    pub token: String,
    /// The history event.
    pub event: Event,
    /// One-shot effects, due at once. Effects of earlier decisions are superseded by this decision and end with it.
    pub effects: Vec<(EffectId, Effect)>,
    /// Configurations to store in `pipeline_deployments`: the first accepted result of the generator.
    pub generated: Option<Pair<GeneratedPipeline>>,
    /// The comparison that the decision rests on.
    pub comparison: Option<Comparison>,
    /// When the experiment is due next; `None` = only when woken. A commit without a lease makes it due then or earlier; under a lease
    /// [`Schedule::settle`] sets it, or the end of the lease does when the holder dies.
    pub due_at: Option<Timestamp>,
}

/// Why a commit did not happen.
#[derive(Debug)]
pub enum CommitError {
    /// Another decision was committed first, or the fence is old. Reload and decide again.
    Conflict,
    /// The store failed; see [`crate::ports::failure::Applied`] for whether it may have happened all the same.
    Failed(Failure),
}

/// Why an experiment was not created.
#[derive(Debug)]
pub enum CreateError {
    /// The id is taken. The stored experiment is handed back, so that a repeated creation can be recognised.
    IdTaken(Box<Experiment>),
    /// The id belonged to an experiment that was deleted. Its history stays, so the id cannot be used again.
    IdRetired,
    /// The tenant has an experiment of this name that is not terminal.
    NameTaken(ExperimentId),
    /// The store failed.
    Failed(Failure),
}

/// Exclusive right to drive one experiment for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// Grows with every claim.
    pub fence: Fence,
    /// When the right ends.
    pub until: Timestamp,
}

/// Which experiments a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these states; empty = all.
    pub states: Vec<State>,
    /// Only this tenant.
    pub tenant: Option<TenantId>,
    /// Only experiments that carry all of these labels.
    pub labels: BTreeMap<String, String>,
}

/// The last item of a page, behind which the next one begins. `Display` is the token of [`Page::next`]. Lists are ordered by creation and
/// id, newest first, so that an insert between two pages moves nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageKey {
    /// When the item was created.
    pub created_at: Timestamp,
    /// Its id.
    pub id: ExperimentId,
}

impl PageKey {
    /// The place of an experiment in a list.
    pub fn of(experiment: &Experiment) -> Self {
        Self { created_at: experiment.created_at, id: experiment.id.clone() }
    }

    /// Reads a token; one that no page handed out is the permanent failure `InvalidPageToken`.
    pub fn parse(token: &str) -> Result<Self, Failure> {
        let parts = token.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        parts.map(|(micros, id)| Self { created_at: Timestamp::from_micros(micros), id }).ok_or_else(|| {
            let shown: String = token.chars().take(80).collect();
            Failure::permanent(
                "InvalidPageToken",
                format!("{shown:?} is no page token; take the one of the page before, or none for the first page"),
            )
        })
    }
}

impl fmt::Display for PageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.as_micros(), self.id)
    }
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one. Opaque.
    pub next: Option<String>,
}

/// An outbox row that waits for its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEffect {
    /// Its identity.
    pub id: EffectId,
    /// What is asked for.
    pub effect: Effect,
    /// Attempts so far.
    pub attempts: u32,
    /// Not to be tried before.
    pub due_at: Timestamp,
}

/// A row of `pipeline_deployments`.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// Which of the two.
    pub pipeline_type: PipelineType,
    /// The generated configuration.
    pub pipeline: GeneratedPipeline,
    /// The latest observation, if there was one.
    pub observed: Option<PipelineObservation>,
}

/// Experiments and their decisions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ExperimentStore: Send + Sync {
    /// Stores a new experiment with its first event and schedule row (due at `due_at`), all or nothing. A taken id is reported before a
    /// taken name, so that a repeated creation is recognised.
    async fn create(
        &self,
        experiment: &Experiment,
        event: &Event,
        due_at: Option<Timestamp>,
    ) -> Result<(), CreateError>;

    /// The experiment, if there is one.
    async fn load(&self, id: &ExperimentId) -> Result<Option<Experiment>, Failure>;

    /// The tenant's experiment of this name that is not terminal, else its newest terminal one.
    async fn find_by_name(&self, tenant: &TenantId, name: &ExperimentName) -> Result<Option<Experiment>, Failure>;

    /// A page of at most `limit` items (at least one), newest first. `after` is the `next` of the page before; an unusable one is the
    /// permanent failure `InvalidPageToken`.
    async fn list<'a>(&self, filter: &Filter, limit: u32, after: Option<&'a str>) -> Result<Page<Experiment>, Failure>;

    /// Writes a decision: all of it, or nothing. Refused with `Conflict` unless revision and fence are current and the claim was not given
    /// back. A repeated commit (its token is stored) is the same success again.
    ///
    /// Entering a terminal state frees the name. A state other than running takes no samples any more.
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError>;

    /// True when the event that [`Commit::token`] marks is stored: resolves a commit whose outcome is unknown.
    async fn is_committed(&self, id: &ExperimentId, token: &str) -> Result<bool, Failure>;

    /// Deletes an experiment at this revision with everything but its history, and appends `event`. `false` when the revision is not current.
    async fn delete(&self, id: &ExperimentId, expected: Revision, event: &Event) -> Result<bool, Failure>;

    /// At most `limit` experiments whose last decision was committed before `before`, oldest first, that have ended and whose pipelines are
    /// confirmed to be gone. Its cost depends on how many there are of those alone.
    async fn ended_before(&self, before: Timestamp, limit: u32) -> Result<Vec<Experiment>, Failure>;

    /// Number of experiments per state, over all states that have any.
    async fn count_by_state(&self) -> Result<Vec<(State, u64)>, Failure>;
}

/// Who drives which experiment, and when.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Schedule: Send + Sync {
    /// Claims at most `limit` due experiments for `lease`, most overdue first, and raises their fences. No experiment is claimed twice
    /// within a lease; one whose lease ended without a settlement is due. Its cost depends on what is due, not on what exists.
    async fn claim_due(
        &self,
        owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure>;

    /// Prolongs a claim; never shortens it. `false` when it is not current any more.
    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure>;

    /// Gives a claim back and sets when the experiment is due next: at `due_at`, or earlier if it was woken in the meantime. Nothing happens
    /// when the claim is not current any more.
    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure>;

    /// Makes the experiment due at `at` or earlier, also while somebody holds it: then it is due again after the settlement. May be
    /// repeated; an unknown id changes nothing.
    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure>;

    /// When the next experiment is due that nobody holds, or the next lease ends; `None` when nothing is scheduled.
    async fn next_due(&self) -> Result<Option<Timestamp>, Failure>;
}

/// One-shot effects of committed decisions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// The effects of the experiment's present revision that have not ended, in order.
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure>;

    /// Counts a failed attempt and sets when to try again. May be repeated.
    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure>;
}

/// Configurations and what was last seen of their deployments.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait DeploymentStore: Send + Sync {
    /// Both rows of an experiment, baseline first; empty before they were generated.
    async fn deployments(&self, id: &ExperimentId) -> Result<Vec<Deployment>, Failure>;

    /// The row of a pipeline.
    async fn deployment(&self, name: &PipelineName) -> Result<Option<Deployment>, Failure>;

    /// Stores what was seen. Progress only: the revision stays.
    async fn record_observations(&self, id: &ExperimentId, observed: &[PipelineObservation]) -> Result<(), Failure>;

    /// The experiments among `ids` whose pipelines are wanted, or whose cleanup the experiment itself still has to confirm. What the
    /// deployer owns for any other experiment is an orphan.
    async fn wanted(&self, ids: &[ExperimentId]) -> Result<Vec<ExperimentId>, Failure>;
}

/// The history.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Events of one experiment after `seq`, in order, at most `limit`. Works for deleted experiments, too.
    async fn history(&self, id: &ExperimentId, after: Revision, limit: u32) -> Result<Vec<Event>, Failure>;

    /// Events of all experiments after the cursor, in commit order, at most `limit`, each with the cursor behind it. No event is ever
    /// skipped, also when commits overtake each other. `None` starts at the beginning. An unreadable cursor is the permanent
    /// failure `InvalidCursor`.
    async fn events_after<'a>(&self, cursor: Option<&'a str>, limit: u32) -> Result<Vec<(String, Event)>, Failure>;

    /// The cursor behind the latest event; `None` while there is no event.
    async fn latest_cursor(&self) -> Result<Option<String>, Failure>;
}

/// Comparisons of finished experiments.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ReportStore: Send + Sync {
    /// The comparison that the verdict rests on.
    async fn comparison(&self, id: &ExperimentId) -> Result<Option<Comparison>, Failure>;
}

/// The first event of an experiment.
pub fn created_event(experiment: &Experiment, cause: &Cause) -> Event {
    Event {
        experiment_id: experiment.id.clone(),
        seq: experiment.revision,
        kind: crate::experiment::EventKind::Created,
        at: experiment.created_at,
        actor: cause.actor.clone(),
        tenant: experiment.tenant.clone(),
        traceparent: cause.traceparent.clone(),
        from: None,
        to: experiment.state,
        reason: crate::experiment::Reason::Created,
        message: String::new(),
    }
}
