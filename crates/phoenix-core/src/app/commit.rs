//! Commits a decision: the one place where a change meets the store. A change that would break an invariant goes no further.

use crate::analysis::Comparison;
use crate::app::Ports;
use crate::experiment::{Cause, Change, Experiment, Input, invariant};
use crate::id::Fence;
use crate::ports::failure::{Applied, Failure};
use crate::ports::store::{Commit, CommitError};
use crate::time::Timestamp;

/// What belongs to a decision besides the change itself.
pub(super) struct Attempt<'a> {
    pub(super) before: &'a Experiment,
    /// What was decided about.
    pub(super) input: &'a Input,
    pub(super) change: Change,
    pub(super) due_at: Option<Timestamp>,
    pub(super) cause: &'a Cause,
    /// `None` for those who hold no lease.
    pub(super) fence: Option<Fence>,
    pub(super) comparison: Option<Comparison>,
    pub(super) now: Timestamp,
}

impl<'a> Attempt<'a> {
    /// The attempt of whoever holds no lease, a client or a sample: the revision alone protects it.
    pub(super) const fn without_lease(
        before: &'a Experiment,
        input: &'a Input,
        change: Change,
        due_at: Option<Timestamp>,
        cause: &'a Cause,
        now: Timestamp,
    ) -> Self {
        Self { before, input, change, due_at, cause, fence: None, comparison: None, now }
    }
}

/// Commits and answers with the experiment as it is now; `None` when somebody else was faster.
pub(super) async fn commit(ports: &Ports, attempt: Attempt<'_>) -> Result<Option<Experiment>, Failure> {
    let Attempt { before, input, change, due_at, cause, fence, comparison, now } = attempt;
    if let Err(broken) = invariant::check(now, before, input, &change) {
        ports.instruments.invariant_broken(&broken);
        return Err(Failure::permanent("InvariantBroken", format!("refused to commit: {broken}")).with_source(broken));
    }
    let after = before.clone().after(&change, now);
    let commit = Commit {
        expected: before.revision,
        fence,
        token: ports.identity.commit_token(),
        event: change.event(before, now, cause),
        effects: change.effect_rows(before),
        generated: change.generated.map(|pair| *pair),
        comparison,
        due_at,
        experiment: after,
    };
    let committed = write(ports, &commit).await;
    if before.state != commit.experiment.state {
        ports.instruments.transition(before.state, commit.experiment.state, matches!(committed, Ok(true)));
    }
    if !committed? {
        return Ok(None);
    }
    // The cache is a convenience: a failure here must not undo what is committed.
    let _ = ports.cache.advance_state(&commit.experiment.id, commit.experiment.state).await;
    ports.signal.committed();
    Ok(Some(commit.experiment))
}

/// True when the decision is stored, also when that was learned only by asking again.
async fn write(ports: &Ports, commit: &Commit) -> Result<bool, Failure> {
    match ports.experiments.commit(commit).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict) => Ok(false),
        Err(CommitError::Failed(failure)) => match failure.applied() {
            Applied::Unknown if ports.experiments.is_committed(&commit.experiment.id, &commit.token).await? => Ok(true),
            Applied::Unknown | Applied::No => Err(failure),
        },
    }
}
