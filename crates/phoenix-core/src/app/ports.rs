//! The ports that the use-cases share, as the composition root wires them.

use std::sync::Arc;

use crate::error::{Code, Error, Retry};
use crate::ports::cache::Cache;
use crate::ports::clock::Clock;
use crate::ports::control::ControlStore;
use crate::ports::deployer::Deployer;
use crate::ports::failure::Failure;
use crate::ports::generator::Generator;
use crate::ports::identity::IdentitySource;
use crate::ports::instruments::Instruments;
use crate::ports::lock::ExperimentLock;
use crate::ports::metrics::MetricsSource;
use crate::ports::samples::SampleStore;
use crate::ports::signal::CommitSignal;
use crate::ports::store::{DeploymentStore, EventLog, ExperimentStore, Outbox, ReportStore, Schedule};
use crate::ports::validator::ConfigValidator;

/// Everything that use-cases need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Experiments and their decisions.
    pub experiments: Arc<dyn ExperimentStore>,
    /// Who drives which experiment, and when.
    pub schedule: Arc<dyn Schedule>,
    /// One-shot effects.
    pub outbox: Arc<dyn Outbox>,
    /// Configurations and their deployments.
    pub deployments: Arc<dyn DeploymentStore>,
    /// The history.
    pub events: Arc<dyn EventLog>,
    /// Comparisons.
    pub reports: Arc<dyn ReportStore>,
    /// Samples.
    pub samples: Arc<dyn SampleStore>,
    /// Settings of the whole controller.
    pub control: Arc<dyn ControlStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// New identifiers.
    pub identity: Arc<dyn IdentitySource>,
    /// Configurations.
    pub generator: Arc<dyn Generator>,
    /// Their check.
    pub validator: Arc<dyn ConfigValidator>,
    /// Collectors.
    pub deployer: Arc<dyn Deployer>,
    /// Their values.
    pub metrics: Arc<dyn MetricsSource>,
    /// What is read often.
    pub cache: Arc<dyn Cache>,
    /// Saves needless attempts.
    pub lock: Arc<dyn ExperimentLock>,
    /// Wakes this replica's loops.
    pub signal: Arc<dyn CommitSignal>,
    /// What operators measure.
    pub instruments: Arc<dyn Instruments>,
}

/// A failure of an adapter as the answer to a client: what may pass is `UNAVAILABLE`, anything else the code that fits the port.
pub(super) fn answer(code: Code) -> impl FnOnce(Failure) -> Error {
    move |failure| {
        let code = match failure.retry() {
            Retry::Backoff | Retry::Reload => Code::Unavailable,
            Retry::Never => code,
        };
        Error::new(code, failure.message()).with_detail("reason", failure.reason()).with_source(failure)
    }
}
