//! What a deployer sees of a pipeline, as data. It is stored, and its endpoints are handed to the metrics source.

use serde::{Deserialize, Serialize};

use crate::experiment::PipelinePhase;
use crate::id::{ConfigHash, HostName, PipelineName};

/// A pipeline as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PipelineObservation {
    /// The pipeline.
    pub name: PipelineName,
    /// Where it is.
    pub phase: PipelinePhase,
    /// What it waits for or died of, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Every targeted host.
    #[serde(default)]
    pub hosts: Vec<HostObservation>,
}

/// One collector of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostObservation {
    /// The host.
    pub host: HostName,
    /// True when the collector says it is healthy *and* its telemetry carries the wanted configuration.
    pub ready: bool,
    /// The configuration that its telemetry carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_hash: Option<ConfigHash>,
    /// How often it was started again.
    #[serde(default)]
    pub restarts: u32,
    /// Why it is not ready, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Where it can be scraped, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Endpoints>,
}

/// Where a collector can be scraped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    /// URL of the exporter's page: the series of the measured host.
    pub metrics: String,
    /// URL of the collector's own telemetry.
    pub telemetry: String,
}

impl PipelineObservation {
    /// A pipeline of which nothing is there.
    pub const fn absent(name: PipelineName) -> Self {
        Self { name, phase: PipelinePhase::Removed, message: String::new(), hosts: Vec::new() }
    }

    /// Number of hosts that are ready.
    pub fn ready_hosts(&self) -> usize {
        self.hosts.iter().filter(|host| host.ready).count()
    }

    /// True when every targeted host is ready, and there is one.
    pub fn is_ready(&self) -> bool {
        self.phase == PipelinePhase::Ready && !self.hosts.is_empty() && self.hosts.iter().all(|host| host.ready)
    }
}
