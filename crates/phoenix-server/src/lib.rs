//! The Phoenix experiment controller as a program: configuration, APIs, loops, and the wiring of adapters to the core.
//!
//! Reading order: [`cli`] (what the binary takes), [`config`], [`wire`] (the composition root: the only place where adapters meet),
//! [`loops`] (what runs), then [`http`] and [`grpc`] (how clients reach the use-cases).
//!
//! Knows nothing of the rules of experiments: those are in `phoenix-core`.

pub mod api;
pub mod auth;
pub mod cli;
pub mod config;
pub mod endpoint;
pub mod error;
pub mod grpc;
pub mod http;
pub mod identity;
pub mod instruments;
#[cfg(feature = "kill-points")]
pub mod killpoint;
pub mod listen;
pub mod loops;
pub mod run;
pub mod serve;
pub mod signals;
pub mod supply;
pub mod telemetry;
pub mod wire;
pub mod yaml;
