//! Instruments that remember what was measured.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::experiment::invariant::Broken;
use crate::experiment::{Effect, State};
use crate::ports::instruments::Instruments;
use crate::ports::signal::CommitSignal;
use crate::time::Span;

/// Everything that was measured, in order of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Transitions, and whether they were committed.
    pub transitions: Vec<(State, State, bool)>,
    /// Templates of generated configurations.
    pub generated: Vec<String>,
    /// Effects, and whether they succeeded.
    pub effects: Vec<(Effect, bool)>,
    /// Samples stored.
    pub stored: u64,
    /// Samples stored without a value.
    pub missing: u64,
    /// Invariants that did not hold.
    pub broken: Vec<Broken>,
    /// Orphans removed.
    pub swept: u64,
    /// Commits that the loops were told of.
    pub commits: u64,
}

/// Instruments, and the signal of commits, that remember.
#[derive(Debug, Default)]
pub struct RecordingInstruments(Mutex<Measured>);

impl RecordingInstruments {
    /// Nothing was measured yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was measured so far.
    pub fn measured(&self) -> Measured {
        self.lock().clone()
    }

    /// The first invariant that did not hold.
    pub fn broken(&self) -> Option<Broken> {
        self.lock().broken.first().cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Instruments for RecordingInstruments {
    fn transition(&self, from: State, to: State, success: bool) {
        self.lock().transitions.push((from, to, success));
    }

    fn generated(&self, template: &str, _took: Span) {
        self.lock().generated.push(template.to_owned());
    }

    fn effect(&self, effect: Effect, success: bool) {
        self.lock().effects.push((effect, success));
    }

    fn sampled(&self, stored: u64, missing: u64) {
        let mut measured = self.lock();
        measured.stored += stored;
        measured.missing += missing;
    }

    fn invariant_broken(&self, broken: &Broken) {
        self.lock().broken.push(broken.clone());
    }

    fn swept(&self, removed: u64) {
        self.lock().swept += removed;
    }
}

impl CommitSignal for RecordingInstruments {
    fn committed(&self) {
        self.lock().commits += 1;
    }
}
