//! A seeded simulator: random histories of several controllers over the fakes, judged by the numbered invariants.
//!
//! A history is a list of [`Step`]s: clients' commands, time, samples, faults at any point of any call, deaths and restarts, clocks that
//! jump, effects that are lost, repeated and late. [`history`] makes one from a seed, [`run`] lives through it with the real use-cases, and
//! then lets faults stop and time pass until everything must be over and clean. The same steps give the same run: one thread, no real time,
//! no randomness but the seed.
//!
//! ```text
//! seed -> history -> Stage (fakes, replicas) -> Checker (experiment::invariant) -> Violation -> shrunk -> steps to paste into a test
//! ```
//!
//! [`Mutant`]s are deliberately broken parts, one or more for every invariant: the simulator that does not catch them proves nothing.
//! [`walk`] is the other half: every input in every situation that can be reached in a few steps.

mod checker;
mod coverage;
mod generate;
mod mutant;
mod plan;
mod process;
mod random;
mod replica;
mod run;
mod shrink;
mod stage;
mod step;
mod troubled;
pub mod walk;
mod witness;

pub use coverage::Coverage;
pub use generate::history;
pub use mutant::Mutant;
pub use plan::Plan;
pub use run::{Outcome, Violation, run};
pub use shrink::shrunk;
pub use step::{Blow, Chore, Fate, Order, Outbox, Source, Step, Trouble};
