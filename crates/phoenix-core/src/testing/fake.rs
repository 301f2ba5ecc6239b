//! In-memory adapters of the ports. They pass the same contract suites as the real ones.

mod cache;
mod clock;
mod deployer;
mod faulty;
mod generator;
mod identity;
mod instruments;
mod lock;
mod metrics;
mod store;
mod validator;

pub use cache::FakeCache;
pub use clock::FakeClock;
pub use deployer::{Behaviour, FakeDeployer, Operation};
pub use faulty::{Fault, Faults, Faulty, Point};
pub use generator::FakeGenerator;
pub use identity::SequentialIds;
pub use instruments::{Measured, RecordingInstruments};
pub use lock::FakeLock;
pub use metrics::{FakeMetrics, Readable};
pub use store::FakeStore;
pub use validator::FakeValidator;
