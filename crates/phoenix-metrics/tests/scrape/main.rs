//! The source against pages on loopback ports, against pages recorded from a real collector, and against a real collector.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is wrong in a test panics, in helper functions too")]

mod answers;
mod collector;
mod contract;
mod recorded;
mod support;
