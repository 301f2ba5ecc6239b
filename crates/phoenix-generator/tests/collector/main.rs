//! The generator and the validator against a real collector: it takes what is generated, says what the validator says, and does what the
//! strategies promise.
//!
//! The collector is the one that `PHOENIX_COLLECTOR` names; `cargo xtask test` sees to it.
#![expect(clippy::expect_used, clippy::unwrap_in_result, clippy::panic, reason = "tests: a panic is how they report")]

mod agreement;
#[path = "../cases/mod.rs"]
mod cases;
mod examples;
mod generated;
mod literal;
mod page;
mod run;
mod running;
#[path = "../specs/mod.rs"]
mod specs;
mod support;
