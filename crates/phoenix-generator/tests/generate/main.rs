//! What is generated, byte for byte, and what holds of it whatever the specification says.
#![expect(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they report")]

mod catalog;
mod examples;
mod golden;
mod properties;
mod refusals;
#[path = "../specs/mod.rs"]
mod specs;
