//! The REST service: the real router, with the core's use-cases behind it and in-memory adapters behind those.

#![expect(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they report")]

mod access;
mod ask;
mod bombs;
mod commands;
mod crowd;
mod experiments;
mod instruments;
mod limits;
mod lists;
mod operations;
mod pipelines;
mod problems;
mod reports;
mod sampling;
mod stream;
#[path = "../support/world.rs"]
mod world;
