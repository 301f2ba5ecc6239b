//! In-process twins of cache and lock, for a controller that is one process. What they hold is lost with it, and may be.
//!
//! Knows no store; the time comes from the clock that is handed in.

mod cache;
mod lock;

pub use cache::MemoryCache;
pub use lock::MemoryLock;
