//! The contract of the durable store: `ports::store`, and with [`super::samples`] the sampling lane.

pub mod commit;
pub mod control;
pub mod create;
pub mod leases;
pub mod list;
pub mod outbox;
pub mod records;
pub mod schedule;

use crate::analysis::{Comparison, SampleCounts, Verdict};
use crate::experiment::{AfterEnd, Cause, Event, EventKind, Experiment, PipelineRef, Reason, State};
use crate::id::{Fence, ReplicaId, TenantId};
use crate::ports::control::ControlStore;
use crate::ports::samples::SampleStore;
use crate::ports::store::{
    Claim, Commit, CommitError, CreateError, DeploymentStore, EventLog, ExperimentStore, Outbox, ReportStore, Schedule,
    created_event,
};
use crate::testing::build::{at, experiment, generated};
use crate::time::{Span, Timestamp};

/// Everything that one durable store provides.
pub trait StorePorts:
    ExperimentStore + Schedule + Outbox + DeploymentStore + EventLog + ReportStore + SampleStore + ControlStore + 'static
{
}

impl<T> StorePorts for T where
    T: ExperimentStore
        + Schedule
        + Outbox
        + DeploymentStore
        + EventLog
        + ReportStore
        + SampleStore
        + ControlStore
        + 'static
{
}

/// An empty store, and what keeps it alive for the length of a test.
pub trait StoreFixture: Send + Sync {
    /// The store under test.
    type Store: StorePorts;

    /// The store under test.
    fn store(&self) -> &Self::Store;
}

/// How long claims last in the rules.
pub const LEASE: Span = Span::from_secs(30);

/// A replica by number.
#[expect(clippy::expect_used, reason = "test support: a word and a number are a valid id")]
pub fn replica(number: u32) -> ReplicaId {
    format!("replica-{number}").parse().expect("a valid replica id")
}

/// A tenant from a literal.
#[expect(clippy::expect_used, reason = "test support: the tenant is a literal of the caller")]
pub fn tenant(name: &str) -> TenantId {
    name.parse().expect("a valid tenant")
}

/// A decision that brings `before` to `to` at `at(secs)`, without a lease, effects or due instant.
pub fn step(before: &Experiment, to: State, secs: i64) -> Commit {
    let now = at(secs);
    let mut after = before.clone();
    after.state = to;
    after.status = before.status.entering(to, now, Reason::StartRequested, "", AfterEnd::of(&before.spec));
    after.revision = before.revision.next();
    after.updated_at = now;
    let event = Event {
        seq: after.revision,
        kind: kind_of(to),
        at: now,
        from: Some(before.state),
        to,
        reason: Reason::StartRequested,
        ..created_event(&after, &Cause::system())
    };
    Commit {
        token: format!("token-{}-{}", before.id, after.revision),
        expected: before.revision,
        fence: None,
        event,
        effects: Vec::new(),
        generated: None,
        comparison: None,
        due_at: None,
        experiment: after,
    }
}

/// The decision that generated both configurations: initializing to deploying.
pub fn generated_step(before: &Experiment, secs: i64) -> Commit {
    let pair = generated(before);
    let mut commit = step(before, State::Deploying, secs);
    commit.experiment.status.pipelines = Some(pair.map(|_, pipeline| PipelineRef::from(pipeline)));
    commit.generated = Some(pair);
    commit
}

/// A small comparison.
pub fn comparison(reason: &str) -> Comparison {
    Comparison {
        verdict: Verdict::Inconclusive,
        reasons: vec![reason.to_owned()],
        indicators: Vec::new(),
        lost: Vec::new(),
        samples: SampleCounts::default(),
        hosts: Vec::new(),
    }
}

/// The event of deleting an experiment at `at(secs)`.
pub fn deleted_event(experiment: &Experiment, secs: i64) -> Event {
    Event {
        seq: experiment.revision.next(),
        kind: EventKind::Deleted,
        at: at(secs),
        from: Some(experiment.state),
        reason: Reason::DeleteRequested,
        ..created_event(experiment, &Cause::system())
    }
}

const fn kind_of(state: State) -> EventKind {
    match state {
        State::Pending => EventKind::Created,
        State::Initializing => EventKind::Started,
        State::Deploying => EventKind::Deploying,
        State::Running => EventKind::Running,
        State::Analyzing => EventKind::Analyzing,
        State::Completed => EventKind::Completed,
        State::Failed => EventKind::Failed,
        State::Cancelled => EventKind::Cancelled,
    }
}

/// Stores a new experiment of this id, whose name is the id, too.
pub async fn created(store: &impl StorePorts, id: &str, due_at: Option<Timestamp>) -> Experiment {
    store_new(store, experiment(id, id), due_at).await
}

/// Stores an experiment as it is.
#[expect(clippy::expect_used, reason = "test support: the rule is about something else")]
pub async fn store_new(store: &impl StorePorts, new: Experiment, due_at: Option<Timestamp>) -> Experiment {
    let stored = store.create(&new, &created_event(&new, &Cause::system()), due_at).await;
    stored.map_err(unexpected_create).expect("a new experiment is stored");
    new
}

/// Commits and answers with the experiment as it is now.
#[expect(clippy::expect_used, reason = "test support: the rule is about something else")]
pub async fn committed(store: &impl StorePorts, commit: Commit) -> Experiment {
    store.commit(&commit).await.map_err(unexpected_commit).expect("a decision on the present revision is stored");
    commit.experiment
}

/// Brings an experiment through all states up to `state` in steps of one second from `at(secs)` on.
pub async fn brought_to(store: &impl StorePorts, from: Experiment, state: State, secs: i64) -> Experiment {
    let path = match state {
        State::Pending => &[][..],
        State::Initializing => &[State::Initializing],
        State::Deploying => &[State::Initializing, State::Deploying],
        State::Running => &[State::Initializing, State::Deploying, State::Running],
        State::Analyzing => &[State::Initializing, State::Deploying, State::Running, State::Analyzing],
        State::Completed => {
            &[State::Initializing, State::Deploying, State::Running, State::Analyzing, State::Completed]
        }
        State::Failed => &[State::Initializing, State::Failed],
        State::Cancelled => &[State::Cancelled],
    };
    let mut now = from;
    for (next, secs) in path.iter().zip(secs..) {
        let commit = match next {
            State::Deploying => generated_step(&now, secs),
            _ => step(&now, *next, secs),
        };
        now = committed(store, commit).await;
    }
    now
}

/// Claims everything that is due at `at(secs)`.
pub async fn claims(store: &impl StorePorts, owner: u32, secs: i64) -> Vec<Claim> {
    claims_of(store, owner, secs, u32::MAX).await
}

/// Claims at most `limit` of what is due at `at(secs)`.
#[expect(clippy::expect_used, reason = "test support: the rule is about something else")]
pub async fn claims_of(store: &impl StorePorts, owner: u32, secs: i64, limit: u32) -> Vec<Claim> {
    store.claim_due(&replica(owner), at(secs), limit, LEASE).await.expect("claims are handed out")
}

/// The one claim that is due at `at(secs)`.
#[expect(clippy::expect_used, reason = "test support: the rule is about something else")]
pub async fn claim(store: &impl StorePorts, owner: u32, secs: i64) -> Claim {
    let mut claims = claims(store, owner, secs).await;
    assert_eq!(claims.len(), 1, "exactly one experiment is due");
    claims.pop().expect("there is one")
}

/// The same decision under a lease.
pub fn under(claim: &Claim, commit: Commit) -> Commit {
    Commit { fence: Some(claim.fence), ..commit }
}

/// A fence that was current before the claim.
pub const fn older(claim: &Claim) -> Fence {
    Fence(claim.fence.0 - 1)
}

fn unexpected_create(error: CreateError) -> String {
    match error {
        CreateError::IdTaken(stored) => format!("the id {} is taken", stored.id),
        CreateError::IdRetired => "the id is retired".to_owned(),
        CreateError::NameTaken(id) => format!("the name is taken by {id}"),
        CreateError::Failed(failure) => format!("{}: {failure}", failure.reason()),
    }
}

fn unexpected_commit(error: CommitError) -> String {
    match error {
        CommitError::Conflict => "conflict".to_owned(),
        CommitError::Failed(failure) => format!("{}: {failure}", failure.reason()),
    }
}

/// Runs the contract of the durable store, the sampling lane included, against the store that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! experiment_store_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; store::create {
            a_new_experiment_is_loaded_as_it_was_created,
            a_creation_is_the_first_event_and_is_due,
            creating_an_id_again_hands_back_the_stored_experiment,
            a_name_is_taken_until_its_experiment_ends,
            names_of_other_tenants_do_not_collide,
            a_taken_id_is_reported_before_a_taken_name,
            a_refused_creation_stores_nothing,
            a_name_finds_the_one_that_has_not_ended_else_the_newest,
            of_concurrent_creations_of_one_name_one_wins,
            of_concurrent_creations_of_one_id_one_wins,
        } }
        $crate::contract_rules! { $fixture; store::commit {
            a_decision_is_stored_with_all_its_parts,
            a_decision_on_an_old_revision_writes_nothing,
            a_decision_under_an_old_fence_writes_nothing,
            a_decision_under_a_fence_that_was_never_given_writes_nothing,
            a_decision_after_the_claim_was_given_back_writes_nothing,
            a_decision_on_an_unknown_experiment_is_a_conflict,
            a_client_needs_the_revision_only,
            a_repeated_decision_is_the_same_success,
            a_token_tells_whether_its_decision_is_stored,
            of_concurrent_decisions_one_wins,
            counts_follow_the_states,
            deleting_leaves_nothing_but_the_history,
            deleting_an_old_revision_changes_nothing,
            a_deleted_id_is_retired_and_its_name_is_free,
        } }
        $crate::contract_rules! { $fixture; store::outbox {
            effects_are_due_at_once_and_in_order,
            a_decision_ends_the_effects_of_earlier_ones,
            a_postponed_effect_keeps_its_attempts,
            postponing_a_superseded_effect_changes_nothing,
        } }
        $crate::contract_rules! { $fixture; store::schedule {
            nothing_is_due_in_an_empty_store,
            an_experiment_is_claimed_when_it_is_due_and_not_before,
            the_most_overdue_are_claimed_first,
            a_settled_experiment_is_due_when_it_was_told,
            without_an_instant_it_waits_to_be_woken,
            waking_never_delays,
            waking_an_unknown_experiment_changes_nothing,
            a_wake_during_a_claim_outlives_its_settlement,
            a_command_during_a_claim_outlives_its_settlement,
            a_command_never_delays,
            an_experiment_that_ended_and_was_settled_is_never_due,
            ten_thousand_finished_experiments_are_not_claimed,
        } }
        $crate::contract_rules! { $fixture; store::leases {
            nobody_claims_what_somebody_holds,
            concurrent_claimants_never_share_an_experiment,
            a_lease_that_ended_is_claimed_under_a_higher_fence,
            a_renewed_lease_lasts_longer,
            renewing_never_shortens,
            a_lost_claim_is_not_renewed,
            settling_a_lost_claim_changes_nothing,
            a_command_leaves_the_lease_alone,
            the_holders_decision_leaves_its_lease_alone,
            what_is_due_next_is_the_earliest_instant_or_end_of_a_lease,
        } }
        $crate::contract_rules! { $fixture; store::list {
            lists_are_newest_first,
            pages_hold_everything_once_while_others_are_created,
            the_last_page_has_no_successor,
            a_page_holds_at_least_one,
            lists_are_filtered_by_state,
            lists_are_filtered_by_tenant,
            lists_can_be_narrowed_by_labels,
            an_unreadable_page_token_is_refused,
        } }
        $crate::contract_rules! { $fixture; store::control {
            a_freeze_holds_from_the_first_request_to_the_thaw,
            what_ended_long_ago_and_left_nothing_is_found,
        } }
        $crate::contract_rules! { $fixture; store::records {
            there_are_no_deployments_before_the_generation,
            deployments_are_found_by_experiment_and_by_name,
            observations_are_kept_and_count_as_no_decision,
            observations_of_unknown_pipelines_change_nothing,
            what_is_wanted_is_what_is_desired,
            a_history_has_no_gaps,
            a_history_continues_behind_a_revision,
            events_of_all_experiments_come_once_and_in_commit_order,
            the_latest_cursor_is_behind_everything,
            an_unreadable_cursor_is_refused,
            the_comparison_is_the_one_of_the_decision,
        } }
        $crate::sampling_contract! { $fixture }
    };
}
