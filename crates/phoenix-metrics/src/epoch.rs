//! Since when a collector counts. A collector tells only how long it has been up, so every look gives a slightly different start; what must
//! differ after a restart, and only then, is kept here.
//!
//! Nothing is lost with this memory: without it a start is rounded to whole seconds, which two looks seldom round differently.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use phoenix_core::id::{HostName, PipelineName};
use phoenix_core::time::{Span, Timestamp};

/// Starts that lie closer together are the same one where nothing else tells processes apart.
const SAME: Span = Span::from_millis(1_500);
/// A collector that was not read for so long is forgotten.
const FORGOTTEN: Span = Span::from_mins(60);

/// What is known of the collectors that were read.
#[derive(Debug, Default)]
pub(crate) struct Epochs(Mutex<HashMap<(PipelineName, HostName), Known>>);

#[derive(Debug)]
struct Known {
    instance: Option<String>,
    epoch: Timestamp,
    read_at: Timestamp,
}

impl Epochs {
    /// The start of a process that was up for `uptime_secs` at `read_at`. `instance` is what every process makes anew, if it says so.
    pub(crate) fn of(
        &self,
        collector: (&PipelineName, &HostName),
        instance: Option<&str>,
        uptime_secs: f64,
        read_at: Timestamp,
    ) -> Timestamp {
        let estimate = rounded(before(read_at, uptime_secs));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, one| read_at.since(one.read_at) < FORGOTTEN);
        let key = (collector.0.clone(), collector.1.clone());
        let epoch = known.get(&key).filter(|one| one.is(instance, estimate)).map_or(estimate, |one| one.epoch);
        known.insert(key, Known { instance: instance.map(str::to_owned), epoch, read_at });
        epoch
    }
}

impl Known {
    /// True when it is the same process.
    fn is(&self, instance: Option<&str>, estimate: Timestamp) -> bool {
        match (self.instance.as_deref(), instance) {
            (Some(known), Some(instance)) => known == instance,
            (Some(_) | None, None) | (None, Some(_)) => {
                self.epoch.since(estimate) <= SAME && estimate.since(self.epoch) <= SAME
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float converts to the nearest whole number in range"
)]
fn before(at: Timestamp, secs: f64) -> Timestamp {
    at - Span::from_micros((secs * 1e6) as u64)
}

fn rounded(at: Timestamp) -> Timestamp {
    (at + Span::from_millis(500)).align_down(Span::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use phoenix_core::testing::build::at;

    struct World {
        epochs: Epochs,
        pipeline: PipelineName,
        host: HostName,
    }

    impl World {
        fn new() -> Self {
            Self { epochs: Epochs::default(), pipeline: "p-1".parse().unwrap(), host: "h1".parse().unwrap() }
        }

        fn look(&self, instance: Option<&str>, secs: i64, uptime_secs: f64) -> Timestamp {
            self.epochs.of((&self.pipeline, &self.host), instance, uptime_secs, at(secs))
        }
    }

    #[test]
    fn the_jitter_of_looks_does_not_move_the_start() {
        let world = World::new();
        let first = world.look(None, 100, 60.499);
        for (secs, uptime) in [(115, 75.51), (130, 90.45), (145, 105.0)] {
            assert_eq!(world.look(None, secs, uptime), first, "after {secs} s");
        }
    }

    #[test]
    fn a_process_that_started_later_is_another_one() {
        let world = World::new();
        let first = world.look(None, 100, 60.0);
        assert_eq!(first, at(40));
        assert_eq!(world.look(None, 115, 5.0), at(110));
    }

    #[test]
    fn the_instance_decides_where_it_is_told() {
        let world = World::new();
        let first = world.look(Some("a"), 100, 60.0);
        assert_eq!(world.look(Some("a"), 200, 100.0), first, "a step of the clock is no restart");
        assert_eq!(world.look(Some("b"), 201, 159.0), at(42), "a quick restart is one");
    }

    #[test]
    fn collectors_are_kept_apart_and_forgotten() {
        let world = World::new();
        let first = world.look(Some("a"), 100, 60.0);
        let other: HostName = "h2".parse().unwrap();
        assert_eq!(world.epochs.of((&world.pipeline, &other), Some("a"), 10.0, at(100)), at(90));
        assert_eq!(world.look(Some("a"), 4_000, 3_860.0), at(140), "an hour later nothing is known any more");
        assert_ne!(first, at(140));
        assert_eq!(world.epochs.0.lock().unwrap().len(), 1);
    }
}
