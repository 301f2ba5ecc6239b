//! How a collector's process comes to be.
//!
//! The order is what makes a crash harmless at every point: configuration, record of the intent, process, record of the process. Before all
//! that comes a look for processes of this pipeline that no record knows.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use phoenix_core::id::{ConfigHash, PipelineName};
use phoenix_core::ports::failure::Failure;
use rustix::process::Signal;
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::collector::Collector;
use crate::disk::{PipelineDir, failure, write_durably};
use crate::environment::variables;
use crate::log;
use crate::process::{Exit, ProcessId, config_argument, find_collectors, find_followers, watch_child};
use crate::record::Record;
use crate::shared::{Shared, blocking, procfs_failure};

/// A process that was just started.
pub(crate) struct Launched {
    pub(crate) exit: oneshot::Receiver<Exit>,
    /// Where the lines of this start begin in the log.
    pub(crate) log_begin: u64,
}

/// What an attempt to start came to.
pub(crate) enum Attempt {
    /// It runs.
    Started(Launched),
    /// Not tried: these processes of the same pipeline must be gone first.
    Occupied(Vec<ProcessId>),
}

/// Starts a collector for this record. On success the record has its process; one that it had before makes this a restart.
pub(crate) async fn launch(
    shared: &Arc<Shared>,
    name: &PipelineName,
    record: &mut Record,
    config: Option<String>,
) -> Result<Attempt, Failure> {
    let collector = shared.collector()?;
    let former = record.process;
    let occupants = remaining(shared, name, former.into_iter().collect()).await?;
    if !occupants.is_empty() {
        return Ok(Attempt::Occupied(occupants));
    }
    let dir = shared.layout.pipeline(name);
    let restarts = record.restarts.saturating_add(u32::from(former.is_some()));
    let intent = Record { process: None, restarts, ..record.clone() };
    let log = {
        let (dir, intent, limit) = (dir.clone(), intent.clone(), shared.options.log_limit);
        blocking(move || prepare(&dir, &intent, config, limit)).await?
    };
    *record = intent;
    let (process, exit) = spawn(shared, name, record, &dir, &collector, log.file)?;
    record.process = Some(process);
    let written = {
        let (dir, record) = (dir.clone(), record.clone());
        blocking(move || record.write(&dir)).await
    };
    if let Err(error) = written {
        // It runs all the same, and is found by its command line if need be.
        tracing::warn!(pipeline.name = %name, process.pid = process.pid, %error, "a running collector is not recorded");
    }
    tracing::info!(pipeline.name = %name, process.pid = process.pid, restarts = record.restarts, "collector started");
    Ok(Attempt::Started(Launched { exit, log_begin: log.begin }))
}

/// What of a pipeline still runs: collectors found by their command line, those known before, and what is left in their groups.
pub(crate) async fn remaining(
    shared: &Arc<Shared>,
    name: &PipelineName,
    known: Vec<ProcessId>,
) -> Result<Vec<ProcessId>, Failure> {
    let (pipelines, name) = (shared.layout.pipelines(), name.clone());
    blocking(move || find_remaining(&pipelines, &name, &known)).await
}

fn find_remaining(pipelines: &Path, name: &PipelineName, known: &[ProcessId]) -> Result<Vec<ProcessId>, Failure> {
    let found = find_collectors(pipelines).map_err(procfs_failure)?;
    let mut all: Vec<ProcessId> = found.into_iter().filter(|one| one.pipeline == *name).map(|one| one.id).collect();
    let leaders: Vec<ProcessId> = all.iter().copied().chain(known.iter().copied()).collect();
    all.extend(known.iter().filter(|process| process.is_alive()));
    for leader in leaders {
        all.extend(find_followers(leader, name).map_err(procfs_failure)?);
    }
    all.sort_by_key(|process| process.pid);
    all.dedup();
    Ok(all)
}

/// Signals processes beside the async runtime.
pub(crate) async fn signal(processes: Vec<ProcessId>, signal: Signal) {
    let sent = tokio::task::spawn_blocking(move || processes.into_iter().for_each(|process| process.signal(signal)));
    if sent.await.is_err() {
        tracing::warn!("a signal may not have been sent");
    }
}

fn prepare(dir: &PipelineDir, intent: &Record, config: Option<String>, log_limit: u64) -> Result<log::Log, Failure> {
    dir.make()?;
    dir.unmark_removal()?;
    match config {
        Some(config) => write_durably(&dir.config(), config.as_bytes())?,
        None => check_config(dir, &intent.config_hash)?,
    }
    intent.write(dir)?;
    log::open(dir, log_limit)
}

/// The configuration that an earlier server wrote must still be the one that it deployed.
fn check_config(dir: &PipelineDir, hash: &ConfigHash) -> Result<(), Failure> {
    let path = dir.config();
    let text = std::fs::read_to_string(&path).map_err(|error| failure("read", &path, error))?;
    if ConfigHash::of(&text) == *hash {
        return Ok(());
    }
    let message = format!("{} was changed by somebody; it is not started before it is deployed again", path.display());
    Err(Failure::transient("ConfigChanged", message))
}

fn spawn(
    shared: &Shared,
    name: &PipelineName,
    record: &Record,
    dir: &PipelineDir,
    collector: &Collector,
    log: File,
) -> Result<(ProcessId, oneshot::Receiver<Exit>), Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot start {}: {error}", collector.path().display());
        Failure::transient("CollectorSpawn", message).with_source(error)
    };
    let errors = log.try_clone().map_err(failed)?;
    let child = Command::new(collector.path())
        .arg("--config")
        .arg(config_argument(&dir.config()))
        .env_clear()
        .envs(variables(&shared.options, &shared.host, name, record))
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // Of its own, so that Ctrl-C at the server's terminal does not reach it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let process = child.id().and_then(|pid| ProcessId::of(pid.try_into().ok()?));
    // A child that nobody has waited for stays in procfs, even when it has ended already.
    let process = process.ok_or_else(|| failed(std::io::Error::other("its process is not in /proc")))?;
    Ok((process, watch_child(child)))
}
