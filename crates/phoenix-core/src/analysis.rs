//! Stored samples in, comparison and verdict out: pure, deterministic, re-runnable.
//!
//! [`sample`] holds what is measured, [`screen`] what a single new sample may raise at once, [`Analysis`] the comparison of a whole run,
//! [`latest_values`] what to show while it goes on, [`Timeline`] a run over time for charts, [`Savings`] what a comparison is worth.
//!
//! A comparison goes through these steps, each in a module of its own: `window` (which instants count), `measured` with `series` and
//! `history` (raw samples to folded values), `presence` (executables over time), `coverage` (is enough there), `hull`, `retention` and
//! `fidelity` (the rules), `assess` (one indicator), `verdict` (all of them). Samples are folded as they come: no step keeps them.
//!
//! Knows neither where samples come from nor where a report goes.

mod assess;
mod compare;
mod coverage;
mod critical;
mod fidelity;
mod history;
mod hull;
mod indicator;
mod latest;
mod measured;
mod over_time;
mod presence;
mod report;
mod retention;
pub mod sample;
mod savings;
mod screen;
mod series;
#[cfg(test)]
mod tests;
mod verdict;
mod window;
mod words;

pub use compare::{Analysis, Evidence};
pub use indicator::Indicator;
pub use latest::{Latest, latest_values};
pub use over_time::{Curve, OverTime, Step, Timeline};
pub use report::{Comparison, IndicatorResult, LostExecutable, Outcome, SampleCounts, Verdict};
pub use savings::{Basis, Prices, Saved, Savings};
pub use screen::{Digest, Screened, screen, screen_guardrails};
