//! Builders of samples: collectors that report what they are told to, and runs of them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::analysis::sample::{ArmSample, Executable, HostReading, Measure, PairedSample, SampleOutcome, Value};
use crate::id::{ConfigHash, HostName};
use crate::testing::build::at;

/// One mebibyte in bytes.
const MIB: f64 = 1_048_576.0;

/// A collector on one host. Its counters grow steadily since `at(epoch)`.
#[derive(Clone, Debug)]
pub struct Collector {
    /// The host that it measures.
    pub host: &'static str,
    /// Series on its page.
    pub series: f64,
    /// Its resident memory in MiB.
    pub memory_mib: f64,
    /// Cores that it uses.
    pub cpu_cores: f64,
    /// Datapoints that it sends per second.
    pub sent_per_sec: f64,
    /// Datapoints that it loses per second.
    pub failed_per_sec: f64,
    /// Second at which its process began.
    pub epoch: i64,
    /// What it sees: executable, number of processes, their memory in MiB.
    pub executables: Vec<(&'static str, u32, f64)>,
}

/// A baseline's collector on `host-a`: 474 series, 55 MiB, 92 datapoints/s, no executables.
pub const fn collector() -> Collector {
    Collector {
        host: "host-a",
        series: 474.0,
        memory_mib: 55.0,
        cpu_cores: 0.03125,
        sent_per_sec: 92.0,
        failed_per_sec: 0.0,
        epoch: -100,
        executables: Vec::new(),
    }
}

impl Collector {
    /// The same collector on another host.
    #[must_use]
    pub fn on(self, host: &'static str) -> Self {
        Self { host, ..self }
    }

    /// The same collector with another number of series.
    #[must_use]
    pub fn with_series(self, series: f64) -> Self {
        Self { series, ..self }
    }

    /// The same collector that also sees an executable.
    #[must_use]
    pub fn seeing(mut self, name: &'static str, processes: u32, memory_mib: f64) -> Self {
        self.executables.push((name, processes, memory_mib));
        self
    }

    /// What it reports at `at(secs)`, read at that very moment.
    pub fn reading(&self, secs: i64) -> HostReading {
        let epoch = at(self.epoch);
        let age = at(secs).since(epoch).as_secs_f64();
        let counter = |per_sec: f64| Value::Counter { total: per_sec * age, epoch };
        HostReading {
            read_at: at(secs),
            config_hash: ConfigHash::of("collector"),
            values: BTreeMap::from([
                (Measure::ActiveSeries, Value::Gauge { value: self.series }),
                (Measure::MemoryBytes, Value::Gauge { value: self.memory_mib * MIB }),
                (Measure::CpuSeconds, counter(self.cpu_cores)),
                (Measure::DatapointsSent, counter(self.sent_per_sec)),
                (Measure::DatapointsFailed, counter(self.failed_per_sec)),
            ]),
            executables: self
                .executables
                .iter()
                .map(|&(name, processes, mib)| (name.to_owned(), Executable { processes, memory_bytes: mib * MIB }))
                .collect(),
        }
    }

    /// What an arm of this collector alone reports at `at(secs)`.
    pub fn sample(&self, secs: i64) -> ArmSample {
        arm(std::slice::from_ref(self), secs)
    }
}

/// What an arm of these collectors reports at `at(secs)`.
///
/// # Panics
///
/// When a host's name is not valid.
#[expect(clippy::expect_used, reason = "test support: the names are literals of the caller")]
pub fn arm(collectors: &[Collector], secs: i64) -> ArmSample {
    let host = |collector: &Collector| -> HostName { collector.host.parse().expect("a valid host name") };
    ArmSample {
        outcome: SampleOutcome::Ok,
        reason: None,
        hosts: collectors.iter().map(|collector| (host(collector), collector.reading(secs))).collect(),
    }
}

/// An arm that could not be read.
pub fn unreadable(outcome: SampleOutcome) -> ArmSample {
    ArmSample { outcome, reason: Some("could not be read".to_owned()), hosts: BTreeMap::new() }
}

/// Both arms at `at(secs)`.
pub fn paired(secs: i64, baseline: ArmSample, candidate: ArmSample) -> PairedSample {
    PairedSample { instant: at(secs), baseline: Some(baseline), candidate: Some(candidate) }
}

/// One sample per second.
pub fn run(
    seconds: Range<i64>,
    baseline: impl Fn(i64) -> ArmSample,
    candidate: impl Fn(i64) -> ArmSample,
) -> Vec<PairedSample> {
    seconds.map(|secs| paired(secs, baseline(secs), candidate(secs))).collect()
}
