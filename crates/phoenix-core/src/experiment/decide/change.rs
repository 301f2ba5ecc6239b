//! Builders of the changes that more than one state makes.

use crate::experiment::decide::{Change, Context, Decision};
use crate::experiment::status::shortened;
use crate::experiment::{AfterEnd, Effect, EventKind, Reason, State};
use crate::time::Timestamp;

/// Longest message of an event, in bytes: enough for the last lines of a collector's log.
const LONGEST_MESSAGE: usize = 4_096;

impl Context<'_> {
    /// A change into `to`, without effects.
    pub(super) fn change(&self, to: State, kind: EventKind, reason: Reason, message: &str) -> Change {
        let after_end = AfterEnd::of(&self.experiment.spec);
        Change {
            to,
            status: self.experiment.status.entering(to, self.now, reason, message, after_end),
            kind,
            reason,
            message: shortened(message, LONGEST_MESSAGE),
            effects: Vec::new(),
            generated: None,
        }
    }

    /// The experiment could not be carried out.
    pub(super) fn fail(&self, reason: Reason, message: &str) -> Decision {
        Decision {
            change: Some(self.change(State::Failed, EventKind::Failed, reason, message)),
            wake_at: Some(self.now),
        }
    }

    /// Waits, but not beyond the deadline of the present state.
    pub(super) fn wait_or_fail(&self, reason: Reason, message: &str) -> Decision {
        if self.is_past(self.deadline()) { self.fail(reason, message) } else { self.wait() }
    }

    /// Nothing to do before the deadline of the present state.
    pub(super) fn wait(&self) -> Decision {
        Decision::unchanged(self.deadline())
    }

    /// Ended by a cancel request where the table has no arrow to `cancelled`: failed for the machine, cancelled for people.
    pub(super) fn fail_as_cancelled(&self, message: &str) -> Decision {
        let change = self.change(State::Failed, EventKind::Cancelled, Reason::CancelRequested, message);
        Decision { change: Some(change), wake_at: Some(self.now) }
    }

    /// Ended by request.
    pub(super) fn cancel(&self, reason: Reason, message: &str) -> Decision {
        Decision {
            change: Some(self.change(State::Cancelled, EventKind::Cancelled, reason, message)),
            wake_at: Some(self.now),
        }
    }

    /// The run has ended; the evidence is sealed.
    pub(super) fn analyse(&self, reason: Reason, message: &str) -> Decision {
        let mut change = self.change(State::Analyzing, EventKind::Analyzing, reason, message);
        change.status.ended_by = Some(reason);
        change.effects.push(Effect::AnalyseSamples);
        Decision { change: Some(change), wake_at: Some(self.now) }
    }

    /// A change that stays in the present state: `entered_at` and the reason of entering it are kept.
    pub(super) fn note(&self, kind: EventKind, reason: Reason, message: &str, wake_at: Option<Timestamp>) -> Decision {
        let change = Change {
            to: self.experiment.state,
            status: self.experiment.status.clone(),
            kind,
            reason,
            message: shortened(message, LONGEST_MESSAGE),
            effects: Vec::new(),
            generated: None,
        };
        Decision { change: Some(change), wake_at }
    }

    /// A client's wish to see a pipeline deployed again. The executor ensures both pipelines after every decision; the event says who asked.
    pub(super) fn redeploy(&self, pipeline: &str) -> Decision {
        let mut decision = self.note(EventKind::Redeploying, Reason::DeployRequested, pipeline, Some(self.now));
        if let Some(change) = &mut decision.change {
            change.status.redeployments = change.status.redeployments.saturating_add(1);
        }
        decision
    }
}
