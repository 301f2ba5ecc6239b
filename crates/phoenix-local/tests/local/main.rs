//! The local deployer against real collectors and against programs that misbehave.
//!
//! The collector is the one that `PHOENIX_COLLECTOR` names; `cargo xtask test` sees to it.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "tests: a panic is how they report")]
#![expect(clippy::panic, reason = "tests: a panic is how they report")]

mod adoption;
mod binary;
mod contract;
mod disk;
mod killed;
mod preflight;
mod supervision;
mod support;
