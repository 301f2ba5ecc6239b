//! Use-cases over the ports: what clients ask for ([`Commands`], [`Queries`]), what drives experiments forward ([`Reconciler`]),
//! what samples them ([`Sampler`]) and what cleans up after crashes ([`Sweeper`]).
//!
//! Knows no protocol, no adapter and no runtime: nothing here spawns or sleeps. The server calls these functions when work is due.

mod analyse;
mod caller;
mod commands;
mod commit;
mod control;
mod evidence;
mod execute;
mod level;
mod policy;
mod ports;
mod queries;
mod reconcile;
mod report;
mod rest;
mod retention;
mod sampling;
mod sweep;

pub use caller::Caller;
pub use commands::{Commands, Created, GeneratedDocument, RequestedState};
pub use control::Control;
pub use ports::Ports;
pub use queries::{Configuration, LatestMetrics, Queries, SamplePage};
pub use reconcile::Reconciler;
pub use report::{Include, Report, STEPS};
pub use retention::Retention;
pub use sampling::Sampler;
pub use sweep::Sweeper;

#[cfg(test)]
mod tests;
