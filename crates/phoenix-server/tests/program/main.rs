//! The real program with real collectors, and what can happen to both: crashes, restarts, taken ports, collectors that misbehave.
//!
//! The collector is the one that `PHOENIX_COLLECTOR` names; `cargo xtask test` sees to it.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests: a panic is how they report")]
#![expect(clippy::panic, reason = "tests: a panic is how they report")]

mod clock;
mod collectors;
mod copies;
mod crashes;
mod examples;
mod experiments;
mod foreign;
mod full;
#[cfg(feature = "kill-points")]
mod kills;
mod operations;
mod refusals;
mod startup;
mod subcommands;
mod support;
mod tools;
mod workload;
