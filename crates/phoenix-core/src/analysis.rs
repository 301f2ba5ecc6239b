//! Stored samples in, comparison and verdict out: pure, deterministic, re-runnable.
//!
//! [`sample`] holds what is measured, [`screen`] what a single new sample may raise at once, [`compare`] the comparison of a whole run,
//! [`latest_values`] what to show while it goes on.
//!
//! A comparison goes through these steps, each in a module of its own: `window` (which instants count), `series` and `presence` (raw samples
//! to values per instant and executables over time), `coverage` (is enough there), `hull`, `retention` and `fidelity` (the rules),
//! `assess` (one indicator), `verdict` (all of them).
//!
//! Knows neither where samples come from nor where a report goes.

mod assess;
mod compare;
mod coverage;
mod critical;
mod fidelity;
mod hull;
mod indicator;
mod latest;
mod presence;
mod report;
mod retention;
pub mod sample;
mod screen;
mod series;
#[cfg(test)]
mod tests;
mod verdict;
mod window;
mod words;

pub use compare::{Evidence, compare};
pub use indicator::Indicator;
pub use latest::{Latest, latest_values};
pub use report::{Comparison, IndicatorResult, LostExecutable, Outcome, SampleCounts, Verdict};
pub use screen::{Digest, Screened, screen};
