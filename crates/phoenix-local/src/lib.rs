//! Runs collectors as supervised processes on this host: the deployer of the embedded mode.
//!
//! **Linux only.** A collector outlives the server that started it, so the next server must find it again without trusting a process
//! id: it reads start times, command lines and environments from procfs and waits for processes that are not its children through pidfds.
//! No other system has these in this form.
//!
//! Reading order: [`LocalDeployer`] (the port), `supervisor` (one task per pipeline: what runs, and what is to happen next), `launch` (how a
//! process comes to be), `process` (identity, liveness, signals), `recovery` (what an earlier server left), [`collector`] (the binary).
//!
//! # What is where
//!
//! `{data directory}/pipelines/{pipeline}/` holds `config.yaml` (exactly the bytes of the configuration), `collector.log` (and one older
//! `collector.log.1`) and `instance.json`, the record of what was started, and in which boot of this host. The record is written before a
//! process is spawned and again after it; a process that a crash left unrecorded is found by the path of its `--config` argument, and
//! recorded when it is adopted.
//!
//! # What this crate does not know
//!
//! Experiments and their states, the store, the metrics source; how configurations are made. It reads no environment variable: the caller
//! hands in every path and value (the commands of a build inherit the environment, for proxies). One server uses a data directory at a time; the store sees to that.

#[cfg(not(target_os = "linux"))]
compile_error!("phoenix-local needs Linux: it finds collectors again through procfs and pidfds");

pub mod collector;

mod deployer;
mod disk;
mod environment;
mod head_room;
mod launch;
mod left;
mod log;
mod options;
mod ports;
mod preflight;
mod probe;
mod process;
mod record;
mod recovery;
mod rule;
mod shared;
mod supervisor;
mod visibility;

pub use deployer::LocalDeployer;
pub use head_room::{HeadRoom, Room};
pub use left::{RunningCollector, running_collectors};
pub use options::{Options, Timing};
pub use rule::{RULES, Rule};
pub use shared::Supply;
pub use visibility::Visibility;
