//! What the core needs from outside: one trait, its error and its contract per file.
//!
//! Ports are named for the role, adapters for the technology. Every method says which errors it must return and whether it may be
//! repeated. The contract suites in `testing` (feature `testing`) turn these sentences into tests that every adapter runs.

pub mod cache;
pub mod clock;
pub mod control;
pub mod deployer;
pub mod failure;
pub mod generator;
pub mod identity;
pub mod instruments;
pub mod lock;
pub mod metrics;
pub mod samples;
pub mod signal;
pub mod store;
pub mod validator;
