//! What histories have come through: a simulator that never gets anywhere finds nothing.

use std::collections::BTreeSet;

use crate::experiment::{Event, State};

/// What was reached, over any number of histories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Transitions that were committed.
    pub transitions: BTreeSet<(State, State)>,
    /// What happened, in words of the history: event and reason.
    pub events: BTreeSet<String>,
    /// Points of calls at which a fault struck; true behind the call.
    pub faults: BTreeSet<(&'static str, bool)>,
    /// Experiments that have ended.
    pub ended: u64,
}

impl Coverage {
    /// What either has reached.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.transitions.extend(other.transitions);
        self.events.extend(other.events);
        self.faults.extend(other.faults);
        self.ended += other.ended;
        self
    }

    pub(super) fn take(&mut self, history: &[Event]) {
        for event in history {
            if let Some(from) = event.from.filter(|from| *from != event.to) {
                self.transitions.insert((from, event.to));
            }
            self.events.insert(format!("{} {}", event.kind, event.reason));
        }
        self.ended += u64::from(history.last().is_some_and(|last| last.to.is_terminal()));
    }
}
