//! Whether a collector that ended is started again, and when.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::options::Timing;

/// The exits of one pipeline within the window.
#[derive(Debug, Default)]
pub(super) struct Crashes(VecDeque<Instant>);

/// What follows from an exit. Both carry how many there were within the window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is started again after a pause.
    Again(u32, Duration),
    /// It is a crash loop.
    Never(u32),
}

impl Crashes {
    /// Counts an exit.
    pub(super) fn count(&mut self, now: Instant, timing: &Timing) -> Verdict {
        self.0.push_back(now);
        while self.0.front().is_some_and(|first| now.duration_since(*first) > timing.crash_window) {
            self.0.pop_front();
        }
        let count = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        if count >= timing.crash_limit {
            return Verdict::Never(count);
        }
        let factor = 1_u32.checked_shl(count - 1).unwrap_or(u32::MAX);
        Verdict::Again(count, timing.first_pause.saturating_mul(factor).min(timing.longest_pause))
    }

    /// Forgets all of them.
    pub(super) fn forgive(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn timing() -> Timing {
        Timing {
            first_pause: seconds(1),
            longest_pause: seconds(3),
            crash_limit: 5,
            crash_window: seconds(100),
            ..Timing::default()
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_then_it_is_a_loop() {
        let (mut crashes, now) = (Crashes::default(), Instant::now());
        for (count, pause) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            assert_eq!(crashes.count(now, &timing()), Verdict::Again(count, seconds(pause)));
        }
        assert_eq!(crashes.count(now, &timing()), Verdict::Never(5));
    }

    #[test]
    fn exits_outside_the_window_and_forgiven_ones_do_not_count() {
        let (mut crashes, now) = (Crashes::default(), Instant::now());
        for minute in 0..10 {
            assert_eq!(crashes.count(now + seconds(101 * minute), &timing()), Verdict::Again(1, seconds(1)));
        }
        crashes.forgive();
        assert_eq!(crashes.count(now + seconds(1_000), &timing()), Verdict::Again(1, seconds(1)));
    }
}
