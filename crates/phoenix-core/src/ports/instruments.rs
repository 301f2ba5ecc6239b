//! What operators measure of the use-cases. Never carries an experiment's id.

use crate::experiment::invariant::Broken;
use crate::experiment::{Effect, State};
use crate::time::Span;

/// Counts and times use-cases. Must not block.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Instruments: Send + Sync {
    /// A transition was committed (`success`), or was refused or not committed.
    fn transition(&self, from: State, to: State, success: bool);

    /// A configuration was generated from this template.
    fn generated(&self, template: &str, took: Span);

    /// A one-shot effect was tried.
    fn effect(&self, effect: Effect, success: bool);

    /// Samples were stored; `missing` of them without a value.
    fn sampled(&self, stored: u64, missing: u64);

    /// An invariant of this number did not hold; what would have broken it was refused. Must stay zero.
    fn invariant_broken(&self, broken: &Broken);

    /// The orphan sweep removed pipelines that nobody wants.
    fn swept(&self, removed: u64);
}
