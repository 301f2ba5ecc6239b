//! The measured quantities of a pipeline, with their default roles and margins.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spec::Role;
use crate::time::Span;

/// One measured quantity of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// Series on the exporter's page; cost, lower is better.
    ActiveSeries,
    /// Datapoints sent per second; cost, lower is better.
    DatapointsRate,
    /// Resident memory of the collector in bytes; cost, lower is better.
    MemoryUsage,
    /// Cores used by the collector; cost, lower is better.
    CpuUsage,
    /// Share of datapoints that failed, were refused or could not be scraped.
    ErrorRate,
    /// Share of critical executables of the baseline that the candidate has, too; higher is better.
    CriticalRetention,
    /// Share of executables reported by both arms whose values agree.
    ValueAgreement,
    /// Distinct executables seen.
    ProcessCount,
}

impl Indicator {
    /// Every indicator, in the order in which people read them.
    pub const ALL: [Self; 8] = [
        Self::ActiveSeries,
        Self::DatapointsRate,
        Self::MemoryUsage,
        Self::CpuUsage,
        Self::ErrorRate,
        Self::CriticalRetention,
        Self::ValueAgreement,
        Self::ProcessCount,
    ];

    /// The indicator's word in files, URLs and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActiveSeries => "active_series",
            Self::DatapointsRate => "datapoints_rate",
            Self::MemoryUsage => "memory_usage",
            Self::CpuUsage => "cpu_usage",
            Self::ErrorRate => "error_rate",
            Self::CriticalRetention => "critical_retention",
            Self::ValueAgreement => "value_agreement",
            Self::ProcessCount => "process_count",
        }
    }

    /// True for quantities that are paid for, compared by their ratio; false for shares and counts of executables.
    pub const fn is_cost(self) -> bool {
        match self {
            Self::ActiveSeries | Self::DatapointsRate | Self::MemoryUsage | Self::CpuUsage => true,
            Self::ErrorRate | Self::CriticalRetention | Self::ValueAgreement | Self::ProcessCount => false,
        }
    }

    /// True when this version has a rule for it; the values of the others are shown, and nothing is claimed of them.
    pub const fn is_judged(self) -> bool {
        match self {
            Self::ActiveSeries | Self::ErrorRate | Self::CriticalRetention | Self::ValueAgreement => true,
            Self::DatapointsRate | Self::MemoryUsage | Self::CpuUsage | Self::ProcessCount => false,
        }
    }

    /// What the indicator counts for unless the policy says otherwise.
    pub const fn default_role(self) -> Role {
        match self {
            Self::ActiveSeries | Self::DatapointsRate => Role::Saving,
            Self::MemoryUsage | Self::CpuUsage | Self::ErrorRate | Self::CriticalRetention | Self::ValueAgreement => {
                Role::Gate
            }
            Self::ProcessCount => Role::Info,
        }
    }

    /// Saving sought or loss tolerated unless the policy says otherwise, as a share.
    pub const fn default_margin(self) -> f64 {
        match self {
            Self::ActiveSeries | Self::DatapointsRate | Self::MemoryUsage | Self::CpuUsage => 0.10,
            Self::ErrorRate | Self::CriticalRetention | Self::ValueAgreement | Self::ProcessCount => 0.0,
        }
    }

    /// Longest time constant to be expected: one collection interval for counts, 45 s for memory and CPU.
    pub const fn default_tau(self, collection_interval: Span) -> Span {
        match self {
            Self::MemoryUsage | Self::CpuUsage => Span::from_secs(45),
            Self::ActiveSeries
            | Self::DatapointsRate
            | Self::ErrorRate
            | Self::CriticalRetention
            | Self::ValueAgreement
            | Self::ProcessCount => collection_interval,
        }
    }
}

impl fmt::Display for Indicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
