//! What is measured at one instant, raw: gauges, and counters with the epoch they count from. Differences are taken later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ConfigHash, HostName};
use crate::time::Timestamp;

/// Both pipelines at one instant; an arm without a row at that instant is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedSample {
    /// The due instant.
    pub instant: Timestamp,
    /// The baseline's sample.
    pub baseline: Option<ArmSample>,
    /// The candidate's sample.
    pub candidate: Option<ArmSample>,
}

/// One pipeline at one instant. This is the JSON in `experiment_metrics.metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmSample {
    /// Whether the arm could be read.
    pub outcome: SampleOutcome,
    /// Why not, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What each host reported.
    #[serde(default)]
    pub hosts: BTreeMap<HostName, HostReading>,
}

/// Whether an arm could be read at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleOutcome {
    /// Every targeted host was read and carries the current configuration.
    Ok,
    /// The collector is down, not scraped, or still has an older configuration: evidence about the arm.
    NoData,
    /// The metrics source or the controller itself failed: no evidence about the arm.
    ProviderError,
    /// Nobody looked: the controller was late by a moment. No evidence about the arm either, but the clock of the run went on.
    NotTaken,
    /// The run was paused by request from this instant on; nothing was expected before it was resumed.
    Paused,
}

/// What one collector reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostReading {
    /// When it was read; differs from the due instant by the scrape's own delay.
    pub read_at: Timestamp,
    /// The configuration whose telemetry this is.
    pub config_hash: ConfigHash,
    /// The raw measurements.
    pub values: BTreeMap<Measure, Value>,
    /// Distinct executables with their summed values.
    #[serde(default)]
    pub executables: BTreeMap<String, Executable>,
}

/// One raw measurement of a collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Gauge: series on the exporter's page that stem from the measured host.
    ActiveSeries,
    /// Gauge: resident memory of the collector in bytes.
    MemoryBytes,
    /// Counter: CPU seconds of the collector.
    CpuSeconds,
    /// Counter: datapoints handed to the exporters.
    DatapointsSent,
    /// Counter: datapoints that failed, were refused, or could not be scraped.
    DatapointsFailed,
}

/// A raw value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Value {
    /// An instantaneous value.
    Gauge {
        /// The value.
        value: f64,
    },
    /// A total since an epoch; a different epoch means that the counter began anew.
    Counter {
        /// The total.
        total: f64,
        /// Start of the process that counts.
        epoch: Timestamp,
    },
}

/// All processes of one executable on one host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Executable {
    /// How many processes.
    pub processes: u32,
    /// Sum of their resident memory in bytes.
    pub memory_bytes: f64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::build::at;
    use crate::testing::build_samples::{collector, unreadable};

    #[test]
    fn a_sample_is_stored_like_this() {
        let sample = collector().seeing("db", 2, 1.5).sample(0);
        let counter = |total: f64| json!({"kind": "counter", "total": total, "epoch": at(-100)});
        let stored = json!({
            "outcome": "ok",
            "hosts": {"host-a": {
                "readAt": at(0),
                "configHash": ConfigHash::of("collector"),
                "values": {
                    "active_series": {"kind": "gauge", "value": 474.0},
                    "memory_bytes": {"kind": "gauge", "value": 57_671_680.0},
                    "cpu_seconds": counter(3.125),
                    "datapoints_sent": counter(9_200.0),
                    "datapoints_failed": counter(0.0),
                },
                "executables": {"db": {"processes": 2, "memoryBytes": 1_572_864.0}},
            }},
        });
        assert_eq!(serde_json::to_value(&sample).expect("serialises"), stored);
        assert_eq!(serde_json::from_value::<ArmSample>(stored).expect("and back"), sample);
    }

    #[test]
    fn a_missing_sample_is_a_row_with_its_reason() {
        let missing = unreadable(SampleOutcome::ProviderError);
        let stored = json!({"outcome": "provider_error", "reason": "could not be read", "hosts": {}});
        assert_eq!(serde_json::to_value(&missing).expect("serialises"), stored);
        let short = json!({"outcome": "no_data"});
        assert_eq!(serde_json::from_value::<ArmSample>(short).expect("readable").hosts.len(), 0);
    }
}
