//! The contract of the cache.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::future::Future;

use crate::analysis::Indicator;
use crate::experiment::{PipelineType, State};
use crate::ports::cache::{Cache, CacheKey};
use crate::testing::build::experiment_id;
use crate::time::Span;

/// An empty cache whose time a test can let pass.
pub trait CacheFixture: Send + Sync {
    /// The cache under test.
    type Cache: Cache;

    /// The cache under test.
    fn cache(&self) -> &Self::Cache;

    /// Lets `span` pass for the cache.
    fn pass(&self, span: Span) -> impl Future<Output = ()> + Send;
}

/// Runs the contract of the cache against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! cache_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; cache {
            what_was_put_is_found,
            a_newer_value_replaces_an_older_one,
            a_value_lives_as_long_as_its_key_says,
            what_is_forgotten_is_gone,
            a_state_only_moves_on,
            a_state_that_was_forgotten_begins_anew,
        } }
    };
}

fn keys() -> [CacheKey; 3] {
    let id = experiment_id("e1");
    [
        CacheKey::ExperimentState(id.clone()),
        CacheKey::PipelineStatus("p-1".parse().expect("a valid name")),
        CacheKey::ExperimentMetric(id, PipelineType::Candidate, Indicator::ActiveSeries),
    ]
}

async fn get(cache: &impl Cache, key: &CacheKey) -> Option<String> {
    cache.get(key).await.expect("reads")
}

async fn put(cache: &impl Cache, key: &CacheKey, value: &str) {
    cache.put(vec![(key.clone(), value.to_owned())]).await.expect("writes");
}

/// Every kind of key has its own value.
pub async fn what_was_put_is_found<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    let entries = keys().map(|key| (key.clone(), format!("value of {key}")));
    for (key, _) in &entries {
        assert_eq!(get(cache, key).await, None);
    }
    cache.put(entries.to_vec()).await.expect("writes");
    for (key, value) in entries {
        assert_eq!(get(cache, &key).await, Some(value));
    }
}

/// The latest value counts, and its life begins anew.
pub async fn a_newer_value_replaces_an_older_one<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    for key in keys() {
        put(cache, &key, "old").await;
        fixture.pass(key.ttl().saturating_sub(Span::from_secs(5))).await;
        put(cache, &key, "new").await;
        fixture.pass(Span::from_secs(10)).await;
        assert_eq!(get(cache, &key).await.as_deref(), Some("new"), "{key}");
    }
}

/// Nobody is told what was true long ago.
pub async fn a_value_lives_as_long_as_its_key_says<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    for key in keys() {
        put(cache, &key, "value").await;
        fixture.pass(key.ttl().saturating_sub(Span::from_secs(5))).await;
        assert_eq!(get(cache, &key).await.as_deref(), Some("value"), "{key}");
        fixture.pass(Span::from_secs(6)).await;
        assert_eq!(get(cache, &key).await, None, "{key}");
    }
}

/// Forgetting may be repeated and leaves the others alone.
pub async fn what_is_forgotten_is_gone<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    let [first, second, third] = keys();
    for key in [&first, &second, &third] {
        put(cache, key, "value").await;
    }
    for _ in 0..2 {
        cache.forget(vec![first.clone(), third.clone()]).await.expect("forgets");
    }
    assert_eq!(get(cache, &first).await, None);
    assert_eq!(get(cache, &second).await.as_deref(), Some("value"));
    assert_eq!(get(cache, &third).await, None);
}

/// A slow writer cannot turn a state back.
pub async fn a_state_only_moves_on<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    let id = experiment_id("e1");
    let [key, ..] = keys();
    let steps = [
        (State::Initializing, State::Initializing),
        (State::Pending, State::Initializing),
        (State::Running, State::Running),
        (State::Deploying, State::Running),
        (State::Running, State::Running),
        (State::Completed, State::Completed),
        (State::Analyzing, State::Completed),
    ];
    for (written, expected) in steps {
        cache.advance_state(&id, written).await.expect("writes");
        assert_eq!(get(cache, &key).await.as_deref(), Some(expected.as_str()), "after {written}");
    }
}

/// What is not cached any more is before every state.
pub async fn a_state_that_was_forgotten_begins_anew<F: CacheFixture>(fixture: &F) {
    let cache = fixture.cache();
    let id = experiment_id("e1");
    let [key, ..] = keys();
    cache.advance_state(&id, State::Running).await.expect("writes");
    fixture.pass(key.ttl() + Span::from_secs(1)).await;
    cache.advance_state(&id, State::Pending).await.expect("writes");
    assert_eq!(get(cache, &key).await.as_deref(), Some("pending"));
    cache.forget(vec![key.clone()]).await.expect("forgets");
    cache.advance_state(&id, State::Initializing).await.expect("writes");
    assert_eq!(get(cache, &key).await.as_deref(), Some("initializing"));
}
