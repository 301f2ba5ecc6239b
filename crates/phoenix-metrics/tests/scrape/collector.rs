//! The source reads a real collector that runs a configuration of the generator's (`fixtures/process-baseline.yaml`, as it was generated).

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use phoenix_core::analysis::sample::{HostReading, Measure, Value};
use phoenix_core::experiment::Endpoints;
use phoenix_core::id::ConfigHash;
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::metrics::{MetricsSource as _, ReadTarget, Unreadable};
use phoenix_core::time::{Span, Timestamp};
use phoenix_metrics::DirectScrapeSource;
use tokio::process::{Child, Command};
use tokio::time::Instant;

const CONFIG: &str = include_str!("fixtures/process-baseline.yaml");
const PIPELINE: &str = "cut-baseline-0123abcd";
/// How long the test waits for the collector.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(100);

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_micros(since.as_micros().try_into().unwrap())
    }
}

fn real_collector() -> PathBuf {
    match std::env::var_os("PHOENIX_COLLECTOR") {
        Some(path) => path.into(),
        None => panic!("these tests need a real collector in PHOENIX_COLLECTOR: run cargo xtask test"),
    }
}

/// Three ports that are free, below those that the kernel hands out: no parallel test gets one of them before the collector does.
fn free_ports() -> [u16; 3] {
    let mut held = Vec::new();
    loop {
        let port = 20_000 + u16::try_from(RandomState::new().build_hasher().finish() % 12_000).unwrap();
        held.extend(TcpListener::bind(("127.0.0.1", port)));
        if let [a, b, c] = &held[..] {
            return [a, b, c].map(|listener| listener.local_addr().unwrap().port());
        }
    }
}

fn start(directory: &Path, ports: [u16; 3]) -> Child {
    let config = directory.join("collector.yaml");
    std::fs::write(&config, CONFIG).unwrap();
    let log = std::fs::File::create(directory.join("collector.log")).unwrap();
    let [metrics, telemetry, health] = ports.map(|port| port.to_string());
    Command::new(real_collector())
        .arg("--config")
        .arg(config)
        .env_clear()
        .envs([
            ("PHOENIX_BIND_ADDRESS", "127.0.0.1"),
            ("PHOENIX_METRICS_PORT", metrics.as_str()),
            ("PHOENIX_TELEMETRY_PORT", &telemetry),
            ("PHOENIX_HEALTH_PORT", &health),
            ("PHOENIX_PIPELINE", PIPELINE),
            ("PHOENIX_EXPERIMENT_ID", "e1"),
            ("PHOENIX_VARIANT", "baseline"),
            ("PHOENIX_HOST_NAME", "host-a"),
            ("PHOENIX_INSTALLATION", "test"),
            ("PHOENIX_ROOT_PATH", "/"),
            ("PHOENIX_CONFIG_HASH", ConfigHash::of(CONFIG).as_str()),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn read(source: &DirectScrapeSource, target: &ReadTarget) -> Result<HostReading, Unreadable> {
    source.read(SystemClock.now(), Span::from_secs(10), std::slice::from_ref(target)).await.unwrap().remove(0).result
}

/// Reads until a reading is as wanted. The log says why none is.
async fn until(
    source: &DirectScrapeSource,
    target: &ReadTarget,
    log: &Path,
    what: &str,
    is_so: impl Fn(&Result<HostReading, Unreadable>) -> bool,
) -> Result<HostReading, Unreadable> {
    let patience = Instant::now() + PATIENCE;
    loop {
        let result = read(source, target).await;
        if is_so(&result) {
            return result;
        }
        let said = || std::fs::read_to_string(log).unwrap_or_default();
        assert!(Instant::now() < patience, "waited in vain for {what}: {result:?}\n{}", said());
        tokio::time::sleep(PAUSE).await;
    }
}

fn counter(reading: &HostReading, measure: Measure) -> (f64, Timestamp) {
    match reading.values.get(&measure) {
        Some(Value::Counter { total, epoch }) => (*total, *epoch),
        other => panic!("{measure:?}: {other:?}"),
    }
}

fn series(reading: &HostReading) -> f64 {
    match reading.values.get(&Measure::ActiveSeries) {
        Some(Value::Gauge { value }) => *value,
        other => panic!("{other:?}"),
    }
}

fn has_measured(result: &Result<HostReading, Unreadable>) -> bool {
    matches!(result, Ok(reading) if series(reading) > 0.0 && reading.values.contains_key(&Measure::DatapointsSent))
}

#[tokio::test]
async fn a_real_collector_is_read_through_start_restart_and_end() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("collector.log");
    let ports = free_ports();
    let target = ReadTarget {
        pipeline: PIPELINE.parse().unwrap(),
        host: "host-a".parse().unwrap(),
        endpoints: Some(Endpoints {
            metrics: format!("http://127.0.0.1:{}/metrics", ports[0]),
            telemetry: format!("http://127.0.0.1:{}/metrics", ports[1]),
        }),
    };
    let source = DirectScrapeSource::new(Arc::new(SystemClock)).unwrap();
    let began = SystemClock.now();
    let mut collector = start(directory.path(), ports);
    let first = until(&source, &target, &log, "a measurement", has_measured).await.unwrap();

    assert_eq!(first.config_hash, ConfigHash::of(CONFIG));
    assert_eq!(first.values.len(), 5, "{:?}", first.values);
    assert_eq!(counter(&first, Measure::DatapointsFailed).0.to_string(), "0");
    let (sent, epoch) = counter(&first, Measure::DatapointsSent);
    let slack = phoenix_core::time::Span::from_secs(2);
    assert!(began - slack <= epoch && epoch <= first.read_at, "{began} {epoch} {}", first.read_at);
    // The collector measures the processes of this host, itself among them.
    let own = real_collector().file_name().unwrap().to_string_lossy().chars().take(15).collect::<String>();
    let itself = first.executables.iter().find(|(name, _)| name.starts_with(&own)).map(|(_, executable)| *executable);
    let itself = itself.unwrap_or_else(|| panic!("{own} is not among {:?}", first.executables.keys()));
    assert!(itself.processes >= 1 && itself.memory_bytes > 1e6, "{itself:?}");

    let grown = |result: &Result<HostReading, Unreadable>| matches!(result, Ok(reading) if counter(reading, Measure::DatapointsSent).0 > sent);
    let second = until(&source, &target, &log, "more datapoints", grown).await.unwrap();
    assert_eq!(counter(&second, Measure::CpuSeconds).1, epoch, "the same process");

    collector.kill().await.unwrap();
    assert!(matches!(read(&source, &target).await, Err(Unreadable::NoData(_))));

    let mut collector = start(directory.path(), ports);
    let third = until(&source, &target, &log, "a measurement after the restart", has_measured).await.unwrap();
    assert!(counter(&third, Measure::CpuSeconds).1 > epoch, "another process");
    collector.kill().await.unwrap();
}
