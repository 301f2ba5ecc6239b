//! The clock of this host, in microseconds.

use std::time::{SystemTime, UNIX_EPOCH};

use phoenix_core::ports::clock::Clock;
use phoenix_core::time::Timestamp;

/// The clock of this host. In the embedded mode it is the store's clock, too: there is one process.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}
