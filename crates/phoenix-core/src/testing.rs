//! Test support for this crate and for every adapter: builders, in-memory fakes, and the contract suites.

pub mod build;
pub mod contract;
pub mod fake;
