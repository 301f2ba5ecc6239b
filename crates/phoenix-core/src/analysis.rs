//! Stored samples in, comparison and verdict out: pure, deterministic, re-runnable.
//!
//! [`sample`] holds what is measured, [`screen`] what a single new sample may raise at once, [`compare`] the comparison of a whole run.
//!
//! Knows neither where samples come from nor where a report goes.

mod compare;
mod fidelity;
mod hull;
mod indicator;
mod report;
mod retention;
pub mod sample;
mod screen;
mod series;
mod verdict;

pub use compare::{Evidence, compare};
pub use indicator::Indicator;
pub use report::{Comparison, IndicatorResult, LostExecutable, Outcome, SampleCounts, Verdict};
pub use screen::{Digest, Screened, screen};
