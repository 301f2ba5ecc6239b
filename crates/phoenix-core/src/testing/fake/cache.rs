//! A cache in memory, without a bound.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::experiment::State;
use crate::id::ExperimentId;
use crate::ports::cache::{Cache, CacheKey};
use crate::ports::clock::Clock;
use crate::ports::failure::Failure;
use crate::time::Timestamp;

/// A cache in memory, without a bound.
pub struct FakeCache {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<CacheKey, (String, Timestamp)>>,
}

impl FakeCache {
    /// An empty cache that tells the time by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    fn put_one(&self, entries: &mut HashMap<CacheKey, (String, Timestamp)>, key: CacheKey, value: String) {
        let until = self.clock.now() + key.ttl();
        entries.insert(key, (value, until));
    }

    fn get_one(&self, entries: &HashMap<CacheKey, (String, Timestamp)>, key: &CacheKey) -> Option<String> {
        entries.get(key).filter(|(_, until)| self.clock.now() < *until).map(|(value, _)| value.clone())
    }
}

#[async_trait]
impl Cache for FakeCache {
    async fn get(&self, key: &CacheKey) -> Result<Option<String>, Failure> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.get_one(&entries, key))
    }

    async fn put(&self, new: Vec<(CacheKey, String)>) -> Result<(), Failure> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in new {
            self.put_one(&mut entries, key, value);
        }
        Ok(())
    }

    async fn advance_state(&self, id: &ExperimentId, state: State) -> Result<(), Failure> {
        let key = CacheKey::ExperimentState(id.clone());
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let cached: Option<State> = self.get_one(&entries, &key).and_then(|word| word.parse().ok());
        if cached.is_none_or(|cached| cached < state) {
            self.put_one(&mut entries, key, state.as_str().to_owned());
        }
        Ok(())
    }

    async fn forget(&self, keys: Vec<CacheKey>) -> Result<(), Failure> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            entries.remove(&key);
        }
        Ok(())
    }
}
