//! What all supervisors of one deployer share.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use phoenix_core::id::{ExperimentId, HostName, PipelineName};
use phoenix_core::ports::deployer::PipelineSink;
use phoenix_core::ports::failure::Failure;

use crate::collector::Collector;
use crate::disk::{Layout, failure};
use crate::options::Options;
use crate::ports::Ports;
use crate::probe::Prober;

/// The collector binary, as far as there is one.
#[derive(Clone, Debug)]
pub enum Supply {
    /// Here it is.
    Ready(Collector),
    /// It is being built or looked for; what asks for it is told this and tries again.
    Pending(String),
    /// There is none; what asks for it is told this and fails.
    Unavailable(String),
}

impl From<Collector> for Supply {
    fn from(collector: Collector) -> Self {
        Self::Ready(collector)
    }
}

/// What all supervisors share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) host: HostName,
    pub(crate) layout: Layout,
    pub(crate) prober: Prober,
    supply: RwLock<Supply>,
    promised: Mutex<HashMap<PipelineName, Ports>>,
    sinks: RwLock<Vec<Arc<dyn PipelineSink>>>,
}

impl Shared {
    pub(crate) fn new(options: Options, layout: Layout, supply: Supply) -> Result<Self, Failure> {
        Ok(Self {
            host: options.host()?,
            prober: Prober::new(options.timing.probe_timeout)?,
            options,
            layout,
            supply: RwLock::new(supply),
            promised: Mutex::default(),
            sinks: RwLock::default(),
        })
    }

    pub(crate) fn set_supply(&self, supply: Supply) {
        *self.supply.write().unwrap_or_else(PoisonError::into_inner) = supply;
    }

    pub(crate) fn supply(&self) -> Supply {
        self.supply.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn collector(&self) -> Result<Collector, Failure> {
        match self.supply() {
            Supply::Ready(collector) => Ok(collector),
            Supply::Pending(message) => Err(Failure::transient("CollectorPending", message)),
            Supply::Unavailable(message) => Err(Failure::permanent("CollectorUnavailable", message)),
        }
    }

    /// Finds ports for a pipeline and keeps them from the others until [`Self::release_ports`].
    pub(crate) fn find_ports(&self, name: &PipelineName) -> Result<Ports, Failure> {
        let mut promised = self.promised.lock().unwrap_or_else(PoisonError::into_inner);
        let taken: HashSet<u16> = promised.values().flat_map(|ports| ports.all()).collect();
        let ports = Ports::find(&taken)
            .map_err(|error| Failure::transient("NoPorts", "cannot find free ports on 127.0.0.1").with_source(error))?;
        promised.insert(name.clone(), ports);
        Ok(ports)
    }

    /// Remembers the ports of a pipeline that runs already.
    pub(crate) fn promise_ports(&self, name: &PipelineName, ports: Ports) {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), ports);
    }

    pub(crate) fn release_ports(&self, name: &PipelineName) {
        self.promised.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(crate) fn add_sink(&self, sink: Arc<dyn PipelineSink>) {
        self.sinks.write().unwrap_or_else(PoisonError::into_inner).push(sink);
    }

    pub(crate) fn tell(&self, id: &ExperimentId) {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner).clone();
        for sink in sinks {
            sink.pipeline_changed(id);
        }
    }
}

/// Runs what waits for a disk or for procfs beside the async runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Failure::transient("LocalTask", "a task was ended before its time").with_source(error)),
    }
}

/// Procfs could not be read.
pub(crate) fn procfs_failure(error: std::io::Error) -> Failure {
    failure("read", &PathBuf::from("/proc"), error)
}
