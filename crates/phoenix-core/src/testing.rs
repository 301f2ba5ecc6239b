//! Test support for this crate and for every adapter: builders, in-memory fakes, and the contract suites.
#![expect(clippy::missing_panics_doc, reason = "what is wrong in a test panics")]

pub mod build;
pub mod build_samples;
pub mod contract;
pub mod dialect;
pub mod fake;
pub mod sim;
