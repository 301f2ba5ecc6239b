//! A cache of bounded size: what ends its life first leaves first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use phoenix_core::experiment::State;
use phoenix_core::id::ExperimentId;
use phoenix_core::ports::cache::{Cache, CacheKey};
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::time::Timestamp;

/// A cache in this process.
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    entries: Mutex<Entries>,
}

struct Entries {
    capacity: usize,
    values: HashMap<CacheKey, Entry>,
    /// The same entries by the end of their lives; the number keeps those apart that end together.
    ends: BTreeMap<(Timestamp, u64), CacheKey>,
    written: u64,
}

struct Entry {
    value: String,
    end: (Timestamp, u64),
}

impl MemoryCache {
    /// An empty cache for at most `capacity` entries (at least one).
    pub fn new(clock: Arc<dyn Clock>, capacity: usize) -> Self {
        let entries = Entries { capacity: capacity.max(1), values: HashMap::new(), ends: BTreeMap::new(), written: 0 };
        Self { clock, entries: Mutex::new(entries) }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Every change below leaves the two maps in step before anything could panic.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn get(&self, key: &CacheKey, now: Timestamp) -> Option<&str> {
        self.values.get(key).filter(|entry| now < entry.end.0).map(|entry| entry.value.as_str())
    }

    fn remove(&mut self, key: &CacheKey) {
        if let Some(entry) = self.values.remove(key) {
            self.ends.remove(&entry.end);
        }
    }

    fn put(&mut self, key: CacheKey, value: String, now: Timestamp) {
        self.remove(&key);
        self.drop_ended(now);
        while self.values.len() >= self.capacity && self.drop_first() {}
        self.written = self.written.wrapping_add(1);
        let end = (now + key.ttl(), self.written);
        self.ends.insert(end, key.clone());
        self.values.insert(key, Entry { value, end });
    }

    fn drop_ended(&mut self, now: Timestamp) {
        while self.ends.first_key_value().is_some_and(|((end, _), _)| *end <= now) && self.drop_first() {}
    }

    fn drop_first(&mut self) -> bool {
        self.ends.pop_first().is_some_and(|(_, key)| self.values.remove(&key).is_some())
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &CacheKey) -> Result<Option<String>, Failure> {
        Ok(self.lock().get(key, self.clock.now()).map(str::to_owned))
    }

    async fn put(&self, entries: Vec<(CacheKey, String)>) -> Result<(), Failure> {
        let now = self.clock.now();
        let mut cache = self.lock();
        for (key, value) in entries {
            cache.put(key, value, now);
        }
        Ok(())
    }

    async fn advance_state(&self, id: &ExperimentId, state: State) -> Result<(), Failure> {
        let now = self.clock.now();
        let key = CacheKey::ExperimentState(id.clone());
        let mut cache = self.lock();
        let cached: Option<State> = cache.get(&key, now).and_then(|word| word.parse().ok());
        if cached.is_none_or(|cached| cached < state) {
            cache.put(key, state.as_str().to_owned(), now);
        }
        Ok(())
    }

    async fn forget(&self, keys: Vec<CacheKey>) -> Result<(), Failure> {
        let mut cache = self.lock();
        for key in keys {
            cache.remove(&key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use phoenix_core::testing::build::{at, experiment_id};
    use phoenix_core::testing::fake::FakeClock;
    use phoenix_core::time::Span;

    use super::*;

    fn state(number: u32) -> CacheKey {
        CacheKey::ExperimentState(experiment_id(&format!("e{number}")))
    }

    fn status(number: u32) -> CacheKey {
        CacheKey::PipelineStatus(format!("p{number}").parse().expect("a valid name"))
    }

    #[tokio::test]
    async fn a_full_cache_drops_what_ends_first() {
        let clock = Arc::new(FakeClock::at(at(0)));
        let cache = MemoryCache::new(clock, 3);
        let put = async |key: &CacheKey| cache.put(vec![(key.clone(), "value".to_owned())]).await.expect("writes");
        for key in [state(1), status(1), state(2), state(3)] {
            put(&key).await;
        }
        assert_eq!(cache.get(&status(1)).await.expect("reads"), None, "its life is the shortest");
        for key in [state(1), state(2), state(3)] {
            assert!(cache.get(&key).await.expect("reads").is_some(), "{key}");
        }
    }

    #[tokio::test]
    async fn entries_that_have_ended_take_no_room() {
        let clock = Arc::new(FakeClock::at(at(0)));
        let cache = MemoryCache::new(clock.clone(), 1_000);
        for number in 0..5_000 {
            cache.put(vec![(status(number), "value".to_owned())]).await.expect("writes");
            clock.advance(Span::from_secs(1));
        }
        let (values, ends) = {
            let entries = cache.lock();
            (entries.values.len(), entries.ends.len())
        };
        assert!(values <= 61, "{values} entries");
        assert_eq!(values, ends);
    }
}
