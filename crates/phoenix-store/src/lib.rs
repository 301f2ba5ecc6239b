//! Where experiments are kept: the SQLite store of one host, and the in-process twins of cache and lock.
//!
//! [`sqlite`] is the truth in a [`DataDir`]; [`memory`] holds what may be lost. Both keep the contracts of `phoenix_core::ports`, whose suites
//! run in `tests/contract.rs`.
//!
//! What this crate does **not** know: the state machine (it stores decisions and makes none), collectors, metrics sources, HTTP and gRPC; and
//! no other adapter.

mod clock;
mod data_dir;
pub mod memory;
pub mod sqlite;

pub use clock::SystemClock;
pub use data_dir::{DataDir, DataDirError};
pub use sqlite::SqliteStore;
pub use sqlite::inspect::{Database, Holder, Inspection, inspect};
