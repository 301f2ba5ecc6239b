//! Processes of this host, as procfs shows them: found by what they belong to, and ended without ever hitting another one.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

const PAUSE: Duration = Duration::from_millis(50);

/// A process that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Its name, as the kernel has it: at most 15 bytes.
    pub(crate) name: String,
    command_line: Vec<u8>,
    executable: Option<std::path::PathBuf>,
    directory: Option<std::path::PathBuf>,
}

impl Process {
    /// Reads one; none when there is none, or only a dead one that nobody has waited for.
    fn read(pid: i32) -> Option<Self> {
        let at = Path::new("/proc").join(pid.to_string());
        let stat = fs::read_to_string(at.join("stat")).ok()?;
        // `pid (name) state parent ...`, and the name may hold anything.
        let (before, rest) = stat.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let mut rest = rest.split_whitespace();
        let state = rest.next()?;
        let parent = rest.next()?.parse().ok()?;
        if matches!(state, "Z" | "X") {
            return None;
        }
        let command_line = fs::read(at.join("cmdline")).unwrap_or_default();
        let executable = fs::read_link(at.join("exe")).ok();
        let directory = fs::read_link(at.join("cwd")).ok();
        Some(Self { pid, parent, name, command_line, executable, directory })
    }

    /// True when it runs from the directory, works in it, or has it on its command line.
    fn belongs_to(&self, directory: &Path) -> bool {
        let inside = |path: &Option<std::path::PathBuf>| path.as_ref().is_some_and(|path| path.starts_with(directory));
        let text = directory.as_os_str().as_encoded_bytes();
        let named = self.command_line.windows(text.len()).any(|window| window == text);
        inside(&self.executable) || inside(&self.directory) || named
    }
}

/// Every process except this one.
fn all() -> impl Iterator<Item = Process> {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(move |pid: &i32| *pid != own).filter_map(Process::read)
}

/// The processes that belong to a directory.
pub(crate) fn belonging_to(directory: &Path) -> Vec<Process> {
    all().filter(|process| process.belongs_to(directory)).collect()
}

/// The processes that this one started, and theirs.
pub(crate) fn descendants() -> Vec<Process> {
    let all: Vec<Process> = all().collect();
    let mut known = vec![i32::try_from(std::process::id()).unwrap_or_default()];
    let mut found = Vec::new();
    while let Some(parent) = known.pop() {
        for process in all.iter().filter(|process| process.parent == parent) {
            known.push(process.pid);
            found.push(process.clone());
        }
    }
    found
}

/// Sends a signal to a process unless it has ended meanwhile and another one has its number.
fn signal(process: &Process, signal: Signal) {
    let Some(pid) = Pid::from_raw(process.pid) else { return };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    let same = Process::read(process.pid).is_some_and(|now| now.executable == process.executable);
    if same {
        // It may end at any moment; then there is nothing left to do.
        let _ = pidfd_send_signal(handle, signal);
    }
}

/// Ends what `find` finds: asks, insists after `patience`, and looks again until nothing is found. False when something stays.
pub(crate) fn end(find: impl Fn() -> Vec<Process>, patience: Duration) -> bool {
    let begin = Instant::now();
    loop {
        let found = find();
        if found.is_empty() {
            return true;
        }
        let waited = begin.elapsed();
        if waited > patience * 2 {
            return false;
        }
        for process in &found {
            signal(process, if waited < patience { Signal::TERM } else { Signal::KILL });
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn what_belongs_to_a_directory_is_found_and_ended_whatever_it_does_about_signals() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path();
        let mut deaf = Command::new("sh")
            .args(["-c", "trap '' TERM; echo; while :; do sleep 0.1; done"])
            .current_dir(path)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut named =
            Command::new("sh").args(["-c", "read line", "sh"]).arg(path).stdin(Stdio::piped()).spawn().expect("starts");
        let mut other = Command::new("cat").stdin(Stdio::piped()).spawn().expect("starts");
        // It has set its trap when it says a line.
        let mut said = String::new();
        let stdout = deaf.stdout.take().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut said).expect("a line");

        let pids: Vec<i32> = descendants().iter().map(|process| process.pid).collect();
        for child in [&deaf, &named, &other] {
            assert!(pids.contains(&child.id().cast_signed()));
        }
        assert!(belonging_to(path).iter().any(|process| process.pid == deaf.id().cast_signed()));
        assert!(end(|| belonging_to(path), Duration::from_millis(300)), "{:?}", belonging_to(path));
        assert!(!deaf.wait().expect("ended").success());
        drop(named.stdin.take());
        named.wait().expect("ended");
        assert!(other.try_wait().expect("known").is_none(), "another process was hit");
        other.kill().expect("killed");
        other.wait().expect("ended");
    }
}
