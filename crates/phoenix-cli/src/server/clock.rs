//! The server's time, from the `Date` of its answers: what is left of a run must not depend on the clock of the host that watches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::fmt::rfc2822::DateTimeParser;
use phoenix_core::time::Timestamp;
use reqwest::header::{DATE, HeaderMap};

/// `Date` counts whole seconds and the answer travels; smaller differences say nothing.
const RESOLUTION_MICROS: i64 = 2_000_000;

/// The server's clock, as far as its answers tell. Clones share it.
#[derive(Clone, Default)]
pub(super) struct ServerClock {
    ahead_micros: Arc<AtomicI64>,
}

impl ServerClock {
    /// The server's time now.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_micros(local_micros().saturating_add(self.ahead_micros.load(Ordering::Relaxed)))
    }

    /// Learns from an answer that came just now.
    pub(super) fn learn(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok());
        if let Some(date) = date {
            self.ahead_micros.store(ahead(date.as_microsecond(), local_micros()), Ordering::Relaxed);
        }
    }
}

/// How far the server's clock is ahead; zero when it cannot be told from no difference.
const fn ahead(server_micros: i64, local_micros: i64) -> i64 {
    let ahead = server_micros.saturating_sub(local_micros);
    if ahead.saturating_abs() > RESOLUTION_MICROS { ahead } else { 0 }
}

fn local_micros() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_server_in_another_time_is_believed_and_a_second_is_not_a_difference() {
        assert_eq!(ahead(1_000_000, 2_500_000), 0);
        assert_eq!(ahead(60_000_000, 0), 60_000_000);
        assert_eq!(ahead(0, 60_000_000), -60_000_000);
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let clock = ServerClock::default();
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        clock.learn(&headers);
        let told: Timestamp = "1994-11-06T08:49:37Z".parse().expect("valid");
        assert!(clock.now().since(told).as_secs_f64() < 60.0, "{}", clock.now());
    }
}
