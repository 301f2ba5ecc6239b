//! SQLite, cache and lock keep the contracts of their ports, with real files.
#![expect(clippy::expect_used, clippy::unused_async, reason = "tests fail by panicking; fixtures are async functions")]

use std::sync::Arc;

use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::cache::CacheFixture;
use phoenix_core::testing::contract::lock::LockFixture;
use phoenix_core::testing::contract::store::StoreFixture;
use phoenix_core::testing::fake::FakeClock;
use phoenix_core::time::Span;
use phoenix_store::memory::{MemoryCache, MemoryLock};
use phoenix_store::{DataDir, SqliteStore};
use tempfile::TempDir;

struct Store {
    store: SqliteStore,
    _directory: TempDir,
}

impl StoreFixture for Store {
    type Store = SqliteStore;

    fn store(&self) -> &SqliteStore {
        &self.store
    }
}

async fn empty_store() -> Store {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let data = DataDir::open(directory.path().join("phoenix")).expect("the directory is free");
    let store = SqliteStore::open(&data, "local").await.expect("the database opens");
    Store { store, _directory: directory }
}

struct Timed<T> {
    clock: Arc<FakeClock>,
    port: T,
}

impl CacheFixture for Timed<MemoryCache> {
    type Cache = MemoryCache;

    fn cache(&self) -> &MemoryCache {
        &self.port
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

impl LockFixture for Timed<MemoryLock> {
    type Lock = MemoryLock;

    fn lock(&self) -> &MemoryLock {
        &self.port
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

async fn empty_cache() -> Timed<MemoryCache> {
    let clock = Arc::new(FakeClock::at(at(0)));
    Timed { port: MemoryCache::new(clock.clone(), 1_000), clock }
}

async fn no_locks() -> Timed<MemoryLock> {
    let clock = Arc::new(FakeClock::at(at(0)));
    Timed { port: MemoryLock::new(clock.clone()), clock }
}

mod sqlite {
    phoenix_core::experiment_store_contract!(super::empty_store);
}

mod cache {
    phoenix_core::cache_contract!(super::empty_cache);
}

mod lock {
    phoenix_core::lock_contract!(super::no_locks);
}
