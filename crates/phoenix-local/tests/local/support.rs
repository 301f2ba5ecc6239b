//! A host of its own for each test: a data directory, options that are quick, and nothing left running at the end.

use std::fs;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use phoenix_core::experiment::PipelineObservation;
use phoenix_core::id::{ExperimentId, PipelineName};
use phoenix_core::ports::deployer::{Deployer, DesiredPipeline, PipelineKey, PipelineSink, Removal};
use phoenix_local::collector::{Collector, Search};
use phoenix_local::{LocalDeployer, Options, Timing};
use procfs::process::{Process, all_processes};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::Notify;

/// How long the tests wait for anything; nothing takes that long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(20);
/// How often a host that goes is looked over for processes that are left, at most.
const LAST_LOOKS: u32 = 250;

/// The real collector.
pub(crate) fn real_collector() -> PathBuf {
    match std::env::var_os("PHOENIX_COLLECTOR") {
        Some(path) => path.into(),
        None => panic!("these tests need a real collector in PHOENIX_COLLECTOR: run cargo xtask test"),
    }
}

/// A configuration for the real collector: the process scraper, a page of series, health and telemetry as generated ones have them.
pub(crate) fn config(variation: u32) -> String {
    format!(
        r#"# variation {variation}
receivers:
  hostmetrics:
    collection_interval: 1s
    root_path: ${{env:PHOENIX_ROOT_PATH}}
    scrapers:
      process: {{mute_process_all_errors: true}}
exporters:
  prometheus:
    endpoint: ${{env:PHOENIX_BIND_ADDRESS}}:${{env:PHOENIX_METRICS_PORT}}
    const_labels: {{pipeline: "${{env:PHOENIX_PIPELINE}}", experiment_id: "${{env:PHOENIX_EXPERIMENT_ID}}"}}
    resource_to_telemetry_conversion: {{enabled: true}}
extensions:
  health_check: {{endpoint: "${{env:PHOENIX_BIND_ADDRESS}}:${{env:PHOENIX_HEALTH_PORT}}"}}
service:
  extensions: [health_check]
  pipelines:
    metrics: {{receivers: [hostmetrics], exporters: [prometheus]}}
  telemetry:
    resource:
      attributes:
        - {{name: pipeline, value: "${{env:PHOENIX_PIPELINE}}"}}
        - {{name: config_hash, value: "sha256:${{env:PHOENIX_CONFIG_HASH}}"}}
    metrics:
      level: normal
      readers:
        - pull:
            exporter:
              prometheus:
                host: ${{env:PHOENIX_BIND_ADDRESS}}
                port: ${{env:PHOENIX_TELEMETRY_PORT}}
                without_type_suffix: true
                without_units: true
                without_scope_info: true
                with_resource_constant_labels: {{included: [pipeline, config_hash]}}
"#
    )
}

/// Pauses are short; what ends in a verdict about a collector is long, so that no healthy one is given up on a busy host.
pub(crate) fn quick() -> Timing {
    Timing {
        start_timeout: Duration::from_mins(1),
        hang_timeout: Duration::from_secs(5),
        probe_unsettled: Duration::from_millis(30),
        probe_settled: Duration::from_millis(100),
        probe_timeout: Duration::from_secs(10),
        first_pause: Duration::from_millis(300),
        longest_pause: Duration::from_millis(500),
        crash_limit: 3,
        stop_grace: Duration::from_secs(2),
        check_timeout: Duration::from_mins(1),
        ..Timing::default()
    }
}

/// A data directory and the deployer over it.
pub(crate) struct Host {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) options: Options,
    pub(crate) collector: Collector,
    deployer: Mutex<Option<Arc<LocalDeployer>>>,
    changes: Arc<Changes>,
}

/// Wakes whoever waits for a change, so that states are seen that pass quickly.
#[derive(Default)]
struct Changes(Notify);

impl PipelineSink for Changes {
    fn pipeline_changed(&self, _: &ExperimentId) {
        self.0.notify_one();
    }
}

impl Host {
    /// With the real collector.
    pub(crate) async fn real() -> Self {
        Self::with(real_collector(), |_| {}).await
    }

    /// With a program that is a collector when asked what it is, and runs `body` when started. `$REAL` is the real one, `$STATE` a directory.
    pub(crate) async fn scripted(body: &str, adjust: impl FnOnce(&mut Options)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("script");
        let real = real_collector();
        let text = format!(
            "#!/bin/sh\nREAL={}\nSTATE={}\ncase \"$1\" in --version|components|validate) exec $REAL \"$@\";; esac\n{body}\n",
            real.display(),
            directory.path().display()
        );
        write_program(&script, &text);
        Self::over(directory, script, adjust).await
    }

    pub(crate) async fn with(collector: PathBuf, adjust: impl FnOnce(&mut Options)) -> Self {
        Self::over(tempfile::tempdir().unwrap(), collector, adjust).await
    }

    async fn over(directory: tempfile::TempDir, collector: PathBuf, adjust: impl FnOnce(&mut Options)) -> Self {
        let search = Search { explicit: Some(collector), ..Search::default() };
        let collector = Collector::locate(&search).await.expect("locates").expect("a collector");
        let mut options = Options::new(directory.path().join("data"));
        options.timing = quick();
        adjust(&mut options);
        let host = Self { directory, options, collector, deployer: Mutex::default(), changes: Arc::default() };
        host.start().await;
        host
    }

    /// Starts a deployer; one that runs is dropped first, as by a crash of the server.
    pub(crate) async fn start(&self) {
        self.crash();
        let started = LocalDeployer::start(self.options.clone(), self.collector.clone()).await.expect("starts");
        started.watch(self.changes.clone());
        *self.deployer.lock().unwrap() = Some(Arc::new(started));
    }

    /// The server dies.
    pub(crate) fn crash(&self) {
        self.deployer.lock().unwrap().take();
    }

    pub(crate) fn deployer(&self) -> Arc<LocalDeployer> {
        self.deployer.lock().unwrap().clone().expect("started")
    }

    pub(crate) fn dir(&self, name: &PipelineName) -> PathBuf {
        self.options.data_dir.join("pipelines").join(name.as_str())
    }

    /// The process that the record names.
    pub(crate) fn recorded_pid(&self, name: &PipelineName) -> i32 {
        let text = fs::read(self.dir(name).join("instance.json")).expect("a record");
        let record: serde_json::Value = serde_json::from_slice(&text).expect("json");
        record["process"]["pid"].as_i64().and_then(|pid| pid.try_into().ok()).expect("a pid")
    }

    pub(crate) async fn ensure(&self, desired: &DesiredPipeline) {
        self.deployer().ensure(desired).await.expect("ensures");
    }

    pub(crate) async fn observe(&self, key: &PipelineKey) -> PipelineObservation {
        self.deployer().observe(std::slice::from_ref(key)).await.expect("observes").remove(0)
    }

    pub(crate) async fn until(
        &self,
        key: &PipelineKey,
        what: &str,
        is_so: impl Fn(&PipelineObservation) -> bool,
    ) -> PipelineObservation {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.observe(key).await;
            if is_so(&seen) {
                return seen;
            }
            let log = fs::read_to_string(self.dir(&key.name).join("collector.log")).unwrap_or_default();
            assert!(tokio::time::Instant::now() < deadline, "waited in vain for {what}: {seen:#?}\n{log}");
            // Not every change is told: whoever adopts says nothing.
            let _ = tokio::time::timeout(PAUSE, self.changes.0.notified()).await;
        }
    }

    pub(crate) async fn ready(&self, desired: &DesiredPipeline) -> PipelineObservation {
        self.until(&desired.key, "a ready pipeline", PipelineObservation::is_ready).await
    }

    pub(crate) async fn remove(&self, name: &PipelineName) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while self.deployer().remove(name).await.expect("removes") == Removal::Pending {
            assert!(tokio::time::Instant::now() < deadline, "the removal of {name} never ends");
            tokio::time::sleep(PAUSE).await;
        }
        assert_eq!(self.processes(), [0; 0], "gone, and something still runs");
        assert!(!self.dir(name).exists());
    }

    /// Starts a collector as the deployer would have, as an orphan of another process, and records nothing.
    pub(crate) async fn plant(&self, desired: &DesiredPipeline) -> i32 {
        let dir = self.dir(&desired.key.name);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("config.yaml"), &desired.config).unwrap();
        let ports: Vec<String> = free_ports().iter().map(ToString::to_string).collect();
        let status = Command::new("/bin/sh")
            .args(["-c", "\"$0\" --config \"$1\" </dev/null >\"$2\" 2>&1 & echo $! >\"$3\""])
            .arg(self.collector.path())
            .arg(dir.join("config.yaml"))
            .arg(dir.join("collector.log"))
            .arg(self.directory.path().join("planted"))
            .env_clear()
            .env("PHOENIX_PIPELINE", desired.key.name.as_str())
            .env("PHOENIX_EXPERIMENT_ID", desired.key.experiment_id.as_str())
            .env("PHOENIX_VARIANT", desired.key.pipeline_type.as_str())
            .env("PHOENIX_CONFIG_HASH", desired.hash.as_str())
            .env("PHOENIX_BIND_ADDRESS", "127.0.0.1")
            .env("PHOENIX_ROOT_PATH", "/")
            .env("PHOENIX_METRICS_PORT", &ports[0])
            .env("PHOENIX_TELEMETRY_PORT", &ports[1])
            .env("PHOENIX_HEALTH_PORT", &ports[2])
            .current_dir(&dir)
            .process_group(0)
            .status()
            .unwrap();
        assert!(status.success());
        let pid = fs::read_to_string(self.directory.path().join("planted")).unwrap().trim().parse().unwrap();
        // From fork to exec it looks like the shell.
        wait_until("the planted collector runs", || command_line(pid).iter().any(|word| word == "--config")).await;
        pid
    }

    /// Live processes that work in a directory of this host, or have it on their command line.
    pub(crate) fn processes(&self) -> Vec<i32> {
        processes_of(self.directory.path())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.crash();
        // A supervisor that is just starting something may be a moment behind: only what stays quiet is over.
        let mut quiet = 0;
        for _ in 0..LAST_LOOKS {
            let left = self.processes();
            quiet = if left.is_empty() { quiet + 1 } else { 0 };
            if quiet == 3 {
                break;
            }
            for pid in left {
                signal(pid, Signal::KILL);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

pub(crate) fn processes_of(directory: &Path) -> Vec<i32> {
    let belongs = |process: &Process| {
        let stat = process.stat().ok()?;
        let works_there = process.cwd().is_ok_and(|cwd| cwd.starts_with(directory));
        let text = directory.to_str()?;
        let names_it = process.cmdline().is_ok_and(|words| words.iter().any(|word| word.contains(text)));
        (stat.state != 'Z' && (works_there || names_it)).then_some(stat.pid)
    };
    all_processes().unwrap().flatten().filter_map(|process| belongs(&process)).collect()
}

pub(crate) fn command_line(pid: i32) -> Vec<String> {
    Process::new(pid).and_then(|process| process.cmdline()).unwrap_or_default()
}

pub(crate) fn is_alive(pid: i32) -> bool {
    Process::new(pid).and_then(|process| process.stat()).is_ok_and(|stat| stat.state != 'Z')
}

pub(crate) fn signal(pid: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

pub(crate) async fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !is_so() {
        assert!(tokio::time::Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes a program by another process: a descriptor of ours, open for writing in a fork of a parallel test, would make it "busy".
pub(crate) fn write_program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut child = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
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
