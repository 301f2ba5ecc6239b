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
/// The configuration in a pipeline's directory.
const CONFIG_FILE: &str = "config.yaml";

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

/// True while this process goes from one program to the next: it shows no command line until the new one has begun.
pub(crate) fn is_between_programs(id: ProcessId) -> bool {
    let Ok(process) = Process::new(id.pid) else { return false };
    let is_it = process.stat().is_ok_and(|stat| stat.starttime == id.start_time && lives(&stat));
    is_it && is_ours(&process) && process.cmdline().is_ok_and(|arguments| arguments.is_empty())
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
    let pipeline = pipeline_of(&process.cmdline().ok()?, process.cwd().ok().as_deref(), pipelines)?;
    let stat = process.stat().ok()?;
    if !lives(&stat) || !is_ours(process) {
        return None;
    }
    let environment = process.environ().unwrap_or_default();
    Some(Collector { id: ProcessId { pid: stat.pid, start_time: stat.starttime }, pipeline, environment })
}

/// The pipeline that a process was started for. Its command line says so for good, also when the directory was moved since, and another one,
/// a copy for instance, has taken its place; but a collector works in the directory of its pipeline, and that goes along.
fn pipeline_of(arguments: &[String], works_in: Option<&Path>, pipelines: &Path) -> Option<PipelineName> {
    let directory = configured_directory(arguments)?;
    let name: PipelineName = directory.file_name()?.to_str()?.parse().ok()?;
    // One that is deleted, or not shown, tells nothing, and neither does one where a wrapper went.
    let moved = works_in.filter(|path| path.file_name() == directory.file_name() && path.join(CONFIG_FILE).is_file());
    (moved.unwrap_or(directory).parent() == Some(pipelines)).then_some(name)
}

/// The directory whose `config.yaml` is the argument of `--config`.
fn configured_directory(arguments: &[String]) -> Option<&Path> {
    let separate = arguments.windows(2).filter(|pair| pair[0] == "--config").map(|pair| pair[1].as_str());
    let joined = arguments.iter().filter_map(|argument| argument.strip_prefix("--config="));
    separate.chain(joined).find_map(|config| {
        let path = Path::new(config.strip_prefix(CONFIG_SCHEME).unwrap_or(config));
        path.parent().filter(|_| path.file_name().is_some_and(|name| name == CONFIG_FILE))
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

    /// A program without a name is as silent as one that is being exchanged.
    #[test]
    fn a_process_without_a_command_line_is_told_from_others_and_from_those_that_are_gone() {
        use std::io::{Read as _, Write as _};
        use std::os::unix::process::CommandExt as _;

        let mut child =
            Command::new("cat").arg0("").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("spawns");
        // It runs once it answers.
        child.stdin.as_mut().expect("an input").write_all(b"x").expect("writes");
        child.stdout.as_mut().expect("an output").read_exact(&mut [0]).expect("answers");
        let silent = id(&child);
        assert!(is_between_programs(silent));
        assert!(!is_between_programs(ProcessId { start_time: silent.start_time + 1, ..silent }));
        silent.signal(Signal::KILL);
        child.wait().expect("waits");
        assert!(!is_between_programs(silent));
        let mut named = sleeper();
        wait_until_named(&named);
        assert!(!is_between_programs(id(&named)));
        named.kill().expect("kills");
        named.wait().expect("waits");
    }

    /// A process that was made just now may not show its command line yet.
    fn wait_until_named(child: &std::process::Child) {
        let begin = Instant::now();
        while is_between_programs(id(child)) {
            assert!(begin.elapsed() < PATIENCE, "it never shows its command line");
            std::thread::yield_now();
        }
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
            pipeline_of(&arguments, None, root).map(String::from)
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
    fn a_collector_belongs_to_the_directory_that_it_works_in() {
        let temporary = tempfile::tempdir().expect("a directory");
        let (old, moved) = (temporary.path().join("old/pipelines"), temporary.path().join("moved/pipelines"));
        let arguments =
            ["c".to_owned(), "--config".to_owned(), old.join("a-1/config.yaml").to_str().expect("text").to_owned()];
        let named = |works_in: Option<&Path>, root: &Path| pipeline_of(&arguments, works_in, root).map(String::from);
        let works_in = moved.join("a-1");
        assert_eq!(named(Some(&works_in), &old).as_deref(), Some("a-1"), "deleted: the command line counts");
        std::fs::create_dir_all(&works_in).expect("makes");
        std::fs::write(works_in.join(CONFIG_FILE), "").expect("writes");
        assert_eq!(named(Some(&works_in), &old), None, "a copy has taken the place of the one that was moved");
        assert_eq!(named(Some(&works_in), &moved).as_deref(), Some("a-1"));
        assert_eq!(named(Some(Path::new("/")), &old).as_deref(), Some("a-1"), "a wrapper went elsewhere");
        assert_eq!(named(None, &moved), None);
    }

    #[test]
    fn an_exit_is_described_by_status_or_signal() {
        let described = |raw| Exit(Some(ExitStatus::from_raw(raw))).describe();
        assert_eq!(described(1 << 8), "exited with status 1");
        assert!(described(9).contains("SIGKILL"));
        assert!(described(11).contains("SIGSEGV"));
    }
}
