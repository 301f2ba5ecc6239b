//! The gRPC service over a real connection, with the core's use-cases behind it and in-memory adapters behind those.

#![expect(clippy::expect_used, clippy::panic, reason = "tests: a panic is how they report")]

mod access;
mod bombs;
mod commands;
mod errors;
mod infrastructure;
mod metrics;
mod pipelines;
mod proxy;
mod request;
mod resume;
mod served;
mod updates;
#[path = "../support/world.rs"]
mod world;
