//! The clock of this host, in microseconds, as far as it may be trusted: it never goes back.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use phoenix_core::ports::clock::Clock;
use phoenix_core::time::Timestamp;

/// The clock of this host. In the embedded mode it is the store's clock, too: there is one process.
///
/// It follows the monotonic clock, and the wall clock only forward: when the host was suspended, or was behind and is corrected. Leases and
/// due instants are stored, so with a wall clock that is set back by an hour nothing would happen for that hour.
///
/// All clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct SystemClock {
    anchor: Arc<Anchor>,
}

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

impl SystemClock {
    /// From now on it shows no earlier time than this one: what was stored is in the past, whatever the wall clock says since.
    pub(crate) fn not_before(&self, instant: Timestamp) {
        self.anchor.now(instant.as_micros(), micros(BEGAN.elapsed()));
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let began = *BEGAN;
        // The wall clock first: a thread that is interrupted between the two must not take the pause for a step forward.
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let elapsed = began.elapsed();
        Timestamp::from_micros(self.anchor.now(micros(wall), micros(elapsed)))
    }
}

fn micros(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// How far the wall clock was ahead of the monotonic one, at the most so far. All in microseconds.
#[derive(Debug)]
struct Anchor(AtomicI64);

impl Default for Anchor {
    fn default() -> Self {
        Self(AtomicI64::new(i64::MIN))
    }
}

impl Anchor {
    fn now(&self, wall: i64, elapsed: i64) -> i64 {
        let ahead = wall.saturating_sub(elapsed);
        let ahead = self.0.fetch_max(ahead, Ordering::Relaxed).max(ahead);
        elapsed.saturating_add(ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_does_not_stop_time() {
        let anchor = Anchor::default();
        assert_eq!(anchor.now(1_000_000, 0), 1_000_000);
        assert_eq!(anchor.now(1_000_500, 500), 1_000_500);
        assert_eq!(anchor.now(400_600, 600), 1_000_600, "set back, and time goes on");
        assert_eq!(anchor.now(401_000, 1_000), 1_001_000);
    }

    #[test]
    fn a_wall_clock_that_goes_forward_is_followed() {
        let anchor = Anchor::default();
        assert_eq!(anchor.now(1_000_000, 0), 1_000_000);
        assert_eq!(anchor.now(9_000_010, 10), 9_000_010, "the host was suspended");
        assert_eq!(anchor.now(9_000_015, 20), 9_000_020, "slowed down a little: on by the monotonic clock");
    }

    #[test]
    fn the_clock_shows_the_time_of_this_host_and_never_goes_back() {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
        let clock = SystemClock::default();
        let mut before = clock.now();
        assert!(before.as_micros().unsigned_abs().abs_diff(u64::try_from(wall).expect("this century")) < 60_000_000);
        for _ in 0..10_000 {
            let now = clock.now();
            assert!(now >= before);
            before = now;
        }
    }

    #[test]
    fn a_clock_that_was_told_of_a_later_time_goes_on_from_there() {
        let (clock, other) = (SystemClock::default(), SystemClock::default());
        let tomorrow = clock.now() + phoenix_core::time::Span::from_mins(24 * 60);
        clock.not_before(tomorrow);
        let now = clock.clone().now();
        assert!(now >= tomorrow && clock.now() >= now);
        assert!(other.now() < tomorrow, "each has its own");
        clock.not_before(tomorrow - phoenix_core::time::Span::from_mins(48 * 60));
        assert!(clock.now() >= now, "never back");
    }
}
