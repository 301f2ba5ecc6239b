//! Earlier pairs of a run, for values that are differences of two instants. Only as many are kept as a later instant may ask for, and
//! without their executables, so this stays small however long the run is.

use std::collections::{BTreeMap, VecDeque};

use crate::analysis::sample::{ArmSample, HostReading};
use crate::analysis::window::UsablePair;
use crate::time::{Span, Timestamp};

/// A pair as far as differences need it.
#[derive(Debug)]
pub(super) struct Earlier {
    instant: Timestamp,
    pub(super) baseline: ArmSample,
    pub(super) candidate: ArmSample,
}

/// The latest pairs.
#[derive(Debug)]
pub(super) struct History {
    /// The longest step that anybody asks for.
    longest: Span,
    pairs: VecDeque<Earlier>,
}

impl History {
    /// A history for steps up to `longest`.
    pub(super) const fn reaching(longest: Span) -> Self {
        Self { longest, pairs: VecDeque::new() }
    }

    /// The latest pair that is at least `least` older than the instant.
    pub(super) fn before(&self, instant: Timestamp, least: Span) -> Option<&Earlier> {
        let old_enough = self.pairs.partition_point(|pair| instant.since(pair.instant) >= least);
        self.pairs.get(old_enough.checked_sub(1)?)
    }

    /// Lets all pairs go.
    pub(super) fn forget(&mut self) {
        self.pairs.clear();
    }

    /// Takes a pair in, and lets go those that no later instant can ask for.
    pub(super) fn keep(&mut self, pair: &UsablePair<'_>) {
        let is_old = |earlier: &Earlier| pair.instant.since(earlier.instant) >= self.longest;
        while self.pairs.get(1).is_some_and(is_old) {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Earlier {
            instant: pair.instant,
            baseline: without_executables(pair.baseline),
            candidate: without_executables(pair.candidate),
        });
    }
}

/// The arm as far as differences need it.
pub(super) fn without_executables(arm: &ArmSample) -> ArmSample {
    let hosts = arm.hosts.iter().map(|(host, reading)| {
        let reading = HostReading {
            read_at: reading.read_at,
            config_hash: reading.config_hash.clone(),
            values: reading.values.clone(),
            executables: BTreeMap::new(),
        };
        (host.clone(), reading)
    });
    ArmSample { outcome: arm.outcome, reason: None, hosts: hosts.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::build::at;
    use crate::testing::build_samples::collector;

    fn instant_before(history: &History, secs: i64, least: u64) -> Option<Timestamp> {
        history.before(at(secs), Span::from_secs(least)).map(|pair| pair.instant)
    }

    #[test]
    fn only_what_may_still_be_asked_for_is_kept() {
        let mut history = History::reaching(Span::from_secs(15));
        let sample = collector().seeing("db", 1, 1.0).sample(0);
        for secs in 0..1_000 {
            let pair = UsablePair { instant: at(secs), judged: true, baseline: &sample, candidate: &sample };
            history.keep(&pair);
            assert!(history.pairs.len() <= 17, "{} pairs at {secs}", history.pairs.len());
        }
        assert_eq!(instant_before(&history, 1_000, 0), Some(at(999)));
        assert_eq!(instant_before(&history, 1_000, 15), Some(at(985)));
        assert_eq!(instant_before(&history, 1_005, 15), Some(at(990)), "instants may be missing in between");
        assert!(history.pairs.iter().all(|pair| pair.baseline.hosts.values().all(|one| one.executables.is_empty())));
    }

    #[test]
    fn without_an_older_pair_there_is_none() {
        let mut history = History::reaching(Span::from_secs(15));
        assert_eq!(instant_before(&history, 0, 0), None);
        let sample = collector().sample(0);
        history.keep(&UsablePair { instant: at(0), judged: false, baseline: &sample, candidate: &sample });
        assert_eq!((instant_before(&history, 14, 15), instant_before(&history, 15, 15)), (None, Some(at(0))));
    }
}
