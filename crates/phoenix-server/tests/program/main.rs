//! The real program with real collectors, and what can happen to both: crashes, restarts, taken ports, collectors that misbehave.
//!
//! The collector is the one that `PHOENIX_COLLECTOR` names; `cargo xtask test` sees to it.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests: a panic is how they report")]
#![expect(clippy::panic, reason = "tests: a panic is how they report")]

mod collectors;
mod crashes;
mod experiments;
mod foreign;
mod full;
mod refusals;
mod startup;
mod subcommands;
mod support;
mod workload;
