//! How often and with which pauses something is tried again.

use std::time::Duration;

use backon::ExponentialBuilder;

/// How often something is tried again, and the pauses in between: they double, are capped, and are lengthened by chance so that many clients
/// do not come back at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first one.
    pub repetitions: usize,
    /// The first pause.
    pub first_pause: Duration,
    /// The longest pause, before chance lengthens it to at most twice its length.
    pub longest_pause: Duration,
}

impl RetryPolicy {
    /// Nothing is tried again.
    pub const fn never() -> Self {
        Self { repetitions: 0, first_pause: Duration::ZERO, longest_pause: Duration::ZERO }
    }

    /// Of calls: within three seconds.
    pub(crate) const CALLS: Self =
        Self { repetitions: 4, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(2) };

    /// Of streams, in a row: for at least two minutes, so that a restart of the controller goes by unnoticed.
    pub(crate) const STREAMS: Self =
        Self { repetitions: 30, first_pause: Duration::from_millis(100), longest_pause: Duration::from_secs(5) };

    pub(crate) fn backoff(&self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.repetitions)
            .with_jitter()
    }
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder as _;

    use super::*;

    #[test]
    fn pauses_grow_up_to_their_cap_and_end() {
        let policy = RetryPolicy {
            repetitions: 6,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(1),
        };
        let pauses: Vec<Duration> = policy.backoff().build().collect();
        assert_eq!(pauses.len(), 6);
        for (pause, least) in pauses.iter().zip([100, 200, 400, 800, 1_000, 1_000].map(Duration::from_millis)) {
            assert!((least..=least * 2).contains(pause), "{pauses:?}");
        }
        assert_eq!(RetryPolicy::never().backoff().build().count(), 0);
    }
}
