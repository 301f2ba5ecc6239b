//! Processes: who they are, whether they live, how they end.
//!
//! A process id alone says nothing, because the kernel hands it out again; with its start time it names one process for ever.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use phoenix_core::id::PipelineName;
use procfs::process::{Process, Stat, all_processes};
use rustix::process::{Pid, PidfdFlags, Signal, getuid, kill_process, kill_process_group, pidfd_open};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;

/// How often procfs is looked at where the kernel has no pidfd for us.
const POLL: Duration = Duration::from_millis(250);

/// The collector takes `--config` for a URI as soon as there is a colon in it, so paths say what they are.
const CONFIG_SCHEME: &str = "file:";

/// One process, never to be mistaken for another one of this boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProcessId {
    pub(crate) pid: i32,
    /// Clock ticks after boot, field 22 of `/proc/PID/stat`.
    pub(crate) start_time: u64,
}

/// A live process of this user whose command line names a configuration of ours.
#[derive(Clone, Debug)]
pub(crate) struct Collector {
    pub(crate) id: ProcessId,
    pub(crate) pipeline: PipelineName,
    /// Empty when the kernel does not show it, as for a binary with file capabilities.
    pub(crate) environment: HashMap<OsString, OsString>,
}

/// How a process ended; the status of one that is not our child cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(pub(crate) Option<ExitStatus>);

impl ProcessId {
    /// The process that has this id now.
    pub(crate) fn of(pid: i32) -> Option<Self> {
        let stat = Process::new(pid).and_then(|process| process.stat()).ok()?;
        Some(Self { pid, start_time: stat.starttime })
    }

    /// True while it runs. A zombie has ended, whoever forgets to wait for it.
    pub(crate) fn is_alive(self) -> bool {
        self.stat().is_some()
    }

    /// Signals it, and its process group when it leads one.
    pub(crate) fn signal(self, signal: Signal) {
        let (Some(stat), Some(pid)) = (self.stat(), Pid::from_raw(self.pid)) else {
            return;
        };
        let sent = if stat.pgrp == self.pid { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        if let Err(error) = sent {
            tracing::debug!(process.pid = self.pid, %error, "a signal was not delivered");
        }
    }

    fn stat(self) -> Option<Stat> {
        let stat = Process::new(self.pid).and_then(|process| process.stat()).ok()?;
        (stat.starttime == self.start_time && lives(&stat)).then_some(stat)
    }
}

impl Exit {
    /// What is to be said about it.
    pub(crate) fn describe(self) -> String {
        let Some(status) = self.0 else {
            return "ended (its status is unknown, an earlier server started it)".to_owned();
        };
        match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited with status {code}"),
            (None, Some(9)) => "was killed by SIGKILL, perhaps because memory ran out".to_owned(),
            (None, Some(signal)) => format!("was killed by {}", signal_name(signal)),
            (None, None) => "ended".to_owned(),
        }
    }
}

fn signal_name(signal: i32) -> String {
    match Signal::from_named_raw(signal) {
        Some(Signal::TERM) => "SIGTERM".to_owned(),
        Some(Signal::INT) => "SIGINT".to_owned(),
        Some(Signal::SEGV) => "SIGSEGV".to_owned(),
        Some(Signal::ABORT) => "SIGABRT".to_owned(),
        Some(_) | None => format!("signal {signal}"),
    }
}

/// A configuration as an argument of `--config`, whatever its path looks like.
pub(crate) fn config_argument(path: &Path) -> OsString {
    let mut argument = OsString::from(CONFIG_SCHEME);
    argument.push(path);
    argument
}

/// Tells one boot of this host from another: start times count from it. Empty where the kernel does not say.
pub(crate) fn boot_id() -> String {
    procfs::sys::kernel::random::boot_id().unwrap_or_default()
}

/// Every collector that runs from below `pipelines`, found by its command line.
pub(crate) fn find_collectors(pipelines: &Path) -> io::Result<Vec<Collector>> {
    let processes = all_processes().map_err(io::Error::other)?;
    // One that ends while it is looked at is skipped like one that was never there.
    Ok(processes.flatten().filter_map(|process| as_collector(&process, pipelines)).collect())
}

/// What lives on in the process group of a collector that led it: helpers of a wrapper, for instance.
pub(crate) fn find_followers(leader: ProcessId, pipeline: &PipelineName) -> io::Result<Vec<ProcessId>> {
    let processes = all_processes().map_err(io::Error::other)?;
    let follows = |process: &Process| {
        let stat = process.stat().ok()?;
        let is_in_group = stat.pgrp == leader.pid && stat.pid != leader.pid && lives(&stat) && is_ours(process);
        // The number of an empty group may be handed out again, so its members must carry the pipeline's name.
        let name = process.environ().ok()?.remove(&OsString::from("PHOENIX_PIPELINE"))?;
        (is_in_group && name == pipeline.as_str()).then_some(ProcessId { pid: stat.pid, start_time: stat.starttime })
    };
    Ok(processes.flatten().filter_map(|process| follows(&process)).collect())
}

fn as_collector(process: &Process, pipelines: &Path) -> Option<Collector> {
    let pipeline = configured_pipeline(&process.cmdline().ok()?, pipelines)?;
    let stat = process.stat().ok()?;
    if !lives(&stat) || !is_ours(process) {
        return None;
    }
    let environment = process.environ().unwrap_or_default();
    Some(Collector { id: ProcessId { pid: stat.pid, start_time: stat.starttime }, pipeline, environment })
}

/// The pipeline whose `config.yaml` is the argument of `--config`.
fn configured_pipeline(arguments: &[String], pipelines: &Path) -> Option<PipelineName> {
    let separate = arguments.windows(2).filter(|pair| pair[0] == "--config").map(|pair| pair[1].as_str());
    let joined = arguments.iter().filter_map(|argument| argument.strip_prefix("--config="));
    separate.chain(joined).find_map(|config| {
        let path = config.strip_prefix(CONFIG_SCHEME).unwrap_or(config);
        let mut rest = Path::new(path).strip_prefix(pipelines).ok()?.components();
        let name = rest.next()?.as_os_str().to_str()?;
        (rest.as_path() == Path::new("config.yaml")).then(|| name.parse().ok())?
    })
}

/// Owned by the user we run as. Asked of the status file: the directory in procfs belongs to root for some binaries.
fn is_ours(process: &Process) -> bool {
    process.status().is_ok_and(|status| status.ruid == getuid().as_raw())
}

fn lives(stat: &Stat) -> bool {
    !matches!(stat.state, 'Z' | 'X' | 'x')
}

/// Waits for a child. The wait goes on when nobody listens any more, so that no zombie is left.
pub(crate) fn watch_child(mut child: tokio::process::Child) -> oneshot::Receiver<Exit> {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        let _ = sender.send(Exit(child.wait().await.ok()));
    });
    receiver
}

/// Waits for a process that is not our child.
pub(crate) fn watch_adopted(id: ProcessId) -> oneshot::Receiver<Exit> {
    let (mut sender, receiver) = oneshot::channel();
    tokio::spawn(async move {
        tokio::select! {
            () = ended(id) => {
                let _ = sender.send(Exit(None));
            }
            () = sender.closed() => {}
        }
    });
    receiver
}

async fn ended(id: ProcessId) {
    if let Some(descriptor) = open_pidfd(id) {
        // Readable once the process has ended, whether or not somebody has waited for it.
        if descriptor.readable().await.is_ok() {
            return;
        }
    }
    while id.is_alive() {
        tokio::time::sleep(POLL).await;
    }
}

#[expect(
    deprecated,
    reason = "sound, because an owned descriptor stays what it is; the successor is unsafe, which we forbid"
)]
fn open_pidfd(id: ProcessId) -> Option<AsyncFd<std::os::fd::OwnedFd>> {
    let descriptor = pidfd_open(Pid::from_raw(id.pid)?, PidfdFlags::empty()).ok()?;
    // Opened by number: only now is it certain whose it is.
    if !id.is_alive() {
        return None;
    }
    AsyncFd::with_interest(descriptor, Interest::READABLE).ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::*;

    /// How long the tests wait for anything.
    const PATIENCE: Duration = Duration::from_mins(1);

    fn sleeper() -> std::process::Child {
        Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("spawns")
    }

    fn id(child: &std::process::Child) -> ProcessId {
        ProcessId::of(i32::try_from(child.id()).expect("a pid")).expect("lives")
    }

    #[test]
    fn a_process_is_its_pid_and_its_start_time() {
        let mut child = sleeper();
        let id = id(&child);
        let other = ProcessId { start_time: id.start_time + 1, ..id };
        assert!(id.is_alive() && !other.is_alive());
        other.signal(Signal::KILL);
        assert!(id.is_alive(), "a signal to another process with this pid reaches nobody");
        id.signal(Signal::KILL);
        child.wait().expect("waits");
        assert!(!id.is_alive());
    }

    #[test]
    fn a_zombie_is_not_alive() {
        let mut child = sleeper();
        let id = id(&child);
        id.signal(Signal::KILL);
        let is_zombie = || Process::new(id.pid).and_then(|process| process.stat()).is_ok_and(|stat| stat.state == 'Z');
        let deadline = Instant::now() + PATIENCE;
        while !is_zombie() {
            assert!(Instant::now() < deadline, "the killed process never became a zombie");
            std::thread::yield_now();
        }
        assert!(!id.is_alive());
        child.wait().expect("waits");
    }

    #[tokio::test]
    async fn the_end_of_a_process_that_is_no_child_of_the_runtime_is_noticed() {
        let mut child = sleeper();
        let exit = watch_adopted(id(&child));
        child.kill().expect("kills");
        // Not waited for: an adopted process may stay a zombie for ever.
        let exit = tokio::time::timeout(PATIENCE, exit).await.expect("in time").expect("told");
        assert!(exit.describe().contains("unknown"));
        child.wait().expect("waits");
    }

    #[test]
    fn only_a_configuration_of_ours_makes_a_collector() {
        let root = Path::new("/data/pipelines");
        let named = |arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            configured_pipeline(&arguments, root).map(String::from)
        };
        let own = "/data/pipelines/a-baseline-1/config.yaml";
        assert_eq!(named(&["/bin/sh", "x.sh", "--config", own]).as_deref(), Some("a-baseline-1"));
        assert_eq!(named(&["c", &format!("--config={own}")]).as_deref(), Some("a-baseline-1"));
        assert_eq!(named(&["c", "--config", &format!("file:{own}")]).as_deref(), Some("a-baseline-1"));
        assert_eq!(named(&["vi", own]), None);
        assert_eq!(named(&["c", "--config", "/data/pipelines/a/b/config.yaml"]), None);
        assert_eq!(named(&["c", "--config", "/data/checks/1.yaml"]), None);
        assert_eq!(named(&["c", "--config"]), None);
    }

    #[test]
    fn an_exit_is_described_by_status_or_signal() {
        let described = |raw| Exit(Some(ExitStatus::from_raw(raw))).describe();
        assert_eq!(described(1 << 8), "exited with status 1");
        assert!(described(9).contains("SIGKILL"));
        assert!(described(11).contains("SIGSEGV"));
    }
}
