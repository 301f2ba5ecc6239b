//! Pages recorded from a real collector 0.159 (names, owners and paths replaced): what they mean, value by value.
//!
//! `baseline` is the plain process pipeline, `candidate` the same without kernel threads and re-aggregated at the source.

use std::sync::Arc;

use crate::support::Server;
use phoenix_core::analysis::sample::{Executable, HostReading, Measure, Value};
use phoenix_core::ports::metrics::{MetricsSource as _, ReadTarget};
use phoenix_core::testing::build::at;
use phoenix_core::testing::fake::FakeClock;
use phoenix_core::time::{Span, Timestamp};
use phoenix_metrics::DirectScrapeSource;

async fn read(pipeline: &str, metrics: &str, telemetry: &str) -> HostReading {
    let server = Server::start().await;
    server.page("/metrics", metrics);
    server.page("/telemetry", telemetry);
    let source = DirectScrapeSource::new(Arc::new(FakeClock::at(at(0)))).unwrap();
    let target = ReadTarget {
        pipeline: pipeline.parse().unwrap(),
        host: "host-a".parse().unwrap(),
        endpoints: Some(server.endpoints()),
    };
    source.read(at(0), Span::from_secs(10), &[target]).await.unwrap().remove(0).result.unwrap()
}

async fn baseline() -> HostReading {
    let metrics = include_str!("fixtures/baseline-metrics.txt");
    read("cut-baseline-0123abcd", metrics, include_str!("fixtures/baseline-telemetry.txt")).await
}

async fn candidate() -> HostReading {
    let metrics = include_str!("fixtures/candidate-metrics.txt");
    read("cut-candidate-4567cdef", metrics, include_str!("fixtures/candidate-telemetry.txt")).await
}

fn gauge(value: f64) -> Value {
    Value::Gauge { value }
}

fn counter(total: f64, epoch: Timestamp) -> Value {
    Value::Counter { total, epoch }
}

fn seen(processes: u32, memory_bytes: f64) -> Executable {
    Executable { processes, memory_bytes }
}

#[tokio::test]
async fn a_baseline_as_recorded() {
    let reading = baseline().await;
    assert_eq!(reading.config_hash.short(), "cddce130");
    // Up for 7.067 s at `at(0)`, rounded to whole seconds.
    let epoch = at(-7);
    let wanted = [
        (Measure::ActiveSeries, gauge(42.0)),
        (Measure::MemoryBytes, gauge(63_336_448.0)),
        (Measure::CpuSeconds, counter(0.24, epoch)),
        (Measure::DatapointsSent, counter(4_433.0, epoch)),
        (Measure::DatapointsFailed, counter(0.0, epoch)),
    ];
    assert_eq!(reading.values, wanted.into());
    let wanted = [
        ("kthreadd", seen(1, 0.0)),
        ("kworker/0:1-events_power_efficient", seen(1, 0.0)),
        ("python3", seen(1, 13_873_152.0)),
        ("rcu_preempt", seen(1, 0.0)),
        ("steady", seen(2, 3_698_688.0)),
    ];
    assert_eq!(reading.executables, wanted.map(|(name, executable)| (name.to_owned(), executable)).into());
}

#[tokio::test]
async fn a_candidate_without_kernel_threads_as_recorded() {
    let (baseline, candidate) = (baseline().await, candidate().await);
    assert_ne!(candidate.config_hash, baseline.config_hash);
    assert_eq!(candidate.values.get(&Measure::ActiveSeries), Some(&gauge(9.0)));
    assert_eq!(candidate.values.get(&Measure::DatapointsSent), Some(&counter(852.0, at(-7))));
    let names: Vec<&str> = candidate.executables.keys().map(String::as_str).collect();
    assert_eq!(names, ["python3", "steady"]);
    for (name, executable) in &candidate.executables {
        assert_eq!(baseline.executables.get(name), Some(executable), "{name}");
    }
}

/// What a stored sample looks like must read back as it was.
#[tokio::test]
async fn a_reading_survives_being_stored() {
    let reading = baseline().await;
    let stored = serde_json::to_string(&reading).unwrap();
    assert_eq!(serde_json::from_str::<HostReading>(&stored).unwrap(), reading);
}
