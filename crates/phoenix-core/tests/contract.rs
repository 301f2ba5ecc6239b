//! The in-memory fakes keep the contracts of their ports.
#![expect(clippy::unused_async, reason = "fixtures are async functions")]
#![expect(clippy::expect_used, reason = "the lint spares test functions only, and these are helpers of theirs")]

use std::sync::{Arc, Mutex};

use phoenix_core::experiment::{Endpoints, PipelineType};
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline};
use phoenix_core::ports::generator::Generator;
use phoenix_core::ports::metrics::MetricsSource;
use phoenix_core::ports::validator::{ConfigValidator, Severity};
use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::cache::CacheFixture;
use phoenix_core::testing::contract::deployer::DeployerFixture;
use phoenix_core::testing::contract::generator::GeneratorFixture;
use phoenix_core::testing::contract::lock::LockFixture;
use phoenix_core::testing::contract::metrics::{MetricsFixture, Report};
use phoenix_core::testing::contract::store::StoreFixture;
use phoenix_core::testing::contract::validator::ValidatorFixture;
use phoenix_core::testing::fake::{
    Behaviour, FakeCache, FakeClock, FakeDeployer, FakeGenerator, FakeLock, FakeMetrics, FakeStore, FakeValidator,
};
use phoenix_core::time::Span;

struct Store(FakeStore);

impl StoreFixture for Store {
    type Store = FakeStore;

    fn store(&self) -> &FakeStore {
        &self.0
    }
}

async fn empty_store() -> Store {
    Store(FakeStore::new())
}

struct Timed<T> {
    clock: Arc<FakeClock>,
    port: T,
}

impl CacheFixture for Timed<FakeCache> {
    type Cache = FakeCache;

    fn cache(&self) -> &FakeCache {
        &self.port
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

impl LockFixture for Timed<FakeLock> {
    type Lock = FakeLock;

    fn lock(&self) -> &FakeLock {
        &self.port
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

async fn empty_cache() -> Timed<FakeCache> {
    let clock = Arc::new(FakeClock::at(at(0)));
    Timed { port: FakeCache::new(clock.clone()), clock }
}

async fn no_locks() -> Timed<FakeLock> {
    let clock = Arc::new(FakeClock::at(at(0)));
    Timed { port: FakeLock::new(clock.clone()), clock }
}

/// A world in which the candidate takes a while.
struct Deployed(Mutex<Arc<FakeDeployer>>);

impl Deployed {
    fn fake(&self) -> Arc<FakeDeployer> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl DeployerFixture for Deployed {
    fn deployer(&self) -> Arc<dyn Deployer> {
        self.fake()
    }

    fn config(&self, variation: u32) -> String {
        format!("# {variation}\nreceivers: {{}}\n")
    }

    fn unrunnable_config(&self) -> String {
        "receivers: {nosuchreceiver: {}}\n".to_owned()
    }

    async fn pause(&self) {}

    async fn plant(&self, desired: &DesiredPipeline) {
        self.fake().plant(desired);
    }

    async fn restart(&self) {
        let next = self.fake().restarted();
        *self.0.lock().expect("not poisoned") = Arc::new(next);
    }
}

async fn nothing_deployed() -> Deployed {
    let deployer = FakeDeployer::new();
    deployer.lacks("nosuchreceiver");
    deployer.behave(PipelineType::Candidate, Behaviour::Ready { at_look: 3 });
    Deployed(Mutex::new(Arc::new(deployer)))
}

struct Generating(FakeGenerator);

impl GeneratorFixture for Generating {
    fn generator(&self) -> &dyn Generator {
        &self.0
    }
}

async fn generating() -> Generating {
    Generating(FakeGenerator::new())
}

impl MetricsFixture for Timed<FakeMetrics> {
    fn source(&self) -> &dyn MetricsSource {
        &self.port
    }

    async fn start(&self, report: &Report) -> Endpoints {
        let place = format!("http://{}/{}", report.host, report.pipeline);
        let endpoints = Endpoints { metrics: format!("{place}/metrics"), telemetry: format!("{place}/telemetry") };
        self.port.place(&endpoints, Some(report));
        endpoints
    }

    async fn replace(&self, endpoints: &Endpoints, report: Option<&Report>) {
        self.port.place(endpoints, report);
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

async fn nothing_to_read() -> Timed<FakeMetrics> {
    let clock = Arc::new(FakeClock::at(at(0)));
    Timed { port: FakeMetrics::new(clock.clone()), clock }
}

struct Validating(FakeValidator);

impl ValidatorFixture for Validating {
    fn validator(&self) -> &dyn ConfigValidator {
        &self.0
    }

    fn good(&self) -> Vec<String> {
        vec!["receivers: {}\n".to_owned(), "receivers: {} # odd\n".to_owned()]
    }

    fn bad(&self) -> Vec<(String, &'static str)> {
        vec![("receivers: {} # odd and wrong\n".to_owned(), "wrong"), ("exporters: {}\n".to_owned(), "receivers")]
    }
}

async fn validating() -> Validating {
    let validator = FakeValidator::new();
    validator.find(Severity::Warning, "odd");
    validator.find(Severity::Error, "wrong");
    Validating(validator)
}

mod store {
    phoenix_core::experiment_store_contract!(super::empty_store);
}

mod cache {
    phoenix_core::cache_contract!(super::empty_cache);
}

mod lock {
    phoenix_core::lock_contract!(super::no_locks);
}

mod generator {
    phoenix_core::generator_contract!(super::generating);
}

mod metrics {
    phoenix_core::metrics_contract!(super::nothing_to_read);
}

mod validator {
    phoenix_core::validator_contract!(super::validating);
}

mod deployer {
    phoenix_core::deployer_contract!(super::nothing_deployed);
}
