//! Random histories of two replicas over the fakes, against the numbered invariants of the core.
//!
//! `PHOENIX_SIM_HISTORIES` sets how many histories are lived through, `PHOENIX_SIM_SEED` the first seed.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "the lints spare test functions only, and these are helpers of theirs"
)]

mod exhaustive;
mod histories;
mod mutants;
mod regressions;
