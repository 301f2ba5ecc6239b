//! Which processes of other users this user can read: a collector that is started here sees as much and no more, and says nothing about
//! the rest, because templates mute errors of single processes.
//!
//! Two things hide them. Linux lets nobody but the owner read `/proc/PID/io`, so the disk series of other users' processes are missing. And
//! `/proc` may be mounted with `hidepid`: then the processes themselves are.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::validator::{Finding, Severity};
use rustix::process::geteuid;

use crate::shared::procfs_failure;

/// The rule under which it is found.
pub(crate) const RULE: &str = "ProcessesHidden";

/// What this user sees of the processes of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visibility {
    /// The mount option `hidepid` of `/proc`, unless it hides nothing.
    pub hidepid: Option<String>,
    /// Processes of other users that are listed.
    pub others: usize,
    /// Of these, the ones of which nothing can be read, so that a collector leaves them out.
    pub unreadable: usize,
    /// Of these, the ones whose disk traffic cannot be read.
    pub without_io: usize,
    /// True for the superuser and for a collector with capabilities of its own, from whom nothing is hidden.
    pub is_privileged: bool,
}

impl Visibility {
    /// Looks at the processes of this host, as this user sees them; a collector that its owner gave capabilities (`setcap`) is taken to
    /// see all.
    ///
    /// # Errors
    ///
    /// There is no `/proc`.
    pub fn look(collector: Option<&Path>) -> Result<Self, Failure> {
        let seen = look_in(Path::new("/proc"), geteuid().as_raw(), &|path| File::open(path).is_ok());
        let seen = seen.map_err(procfs_failure)?;
        Ok(if collector.is_some_and(has_capabilities) { seen.privileged() } else { seen })
    }

    /// The same for somebody who sees all.
    fn privileged(self) -> Self {
        Self { is_privileged: true, unreadable: 0, without_io: 0, ..self }
    }

    /// True when whole processes are missing.
    pub const fn hides_processes(&self) -> bool {
        self.unreadable > 0 || self.hidepid.is_some() && !self.is_privileged
    }

    /// True when a collector sees everything.
    pub const fn is_complete(&self) -> bool {
        !self.hides_processes() && self.without_io == 0
    }

    /// What is not seen and what that costs; `None` when a collector sees everything.
    pub fn problem(&self) -> Option<String> {
        let Self { others, unreadable, without_io, .. } = self;
        if let (Some(option), true) = (&self.hidepid, self.hides_processes()) {
            return Some(format!(
                "/proc is mounted with hidepid={option}: of the processes of other users {others} are listed and {unreadable} of these \
                 cannot be read, so the metrics of both pipelines leave out processes that run here"
            ));
        }
        if *unreadable > 0 {
            return Some(format!(
                "{unreadable} of {others} processes of other users cannot be read, so the metrics of both pipelines leave them out"
            ));
        }
        (*without_io > 0).then(|| {
            format!(
                "the disk traffic of {without_io} of {others} processes of other users cannot be read, so both pipelines lack these \
                 series (process.disk.io)"
            )
        })
    }

    /// What to do about it.
    pub const fn remedy(&self) -> &'static str {
        if self.hidepid.is_some() && !self.is_privileged {
            "run phoenix-server as root, or have /proc mounted with hidepid=0 or with gid= of a group of the server's user"
        } else {
            "run phoenix-server as root, or give the collector the rights: setcap cap_sys_ptrace,cap_dac_read_search=ep COLLECTOR"
        }
    }

    /// The same for the history of an experiment.
    pub(crate) fn finding(&self) -> Option<Finding> {
        self.problem().map(|problem| Finding {
            severity: Severity::Warning,
            rule: RULE.to_owned(),
            path: "host.processes".to_owned(),
            message: format!("{problem}; {}", self.remedy()),
        })
    }
}

/// Whether the file carries capabilities. Which ones is between its owner and the collector, whose version decides what it needs.
fn has_capabilities(file: &Path) -> bool {
    rustix::fs::getxattr(file, "security.capability", &mut [0_u8; 64]).is_ok()
}

/// `may_read` answers whether a file of procfs can be opened.
fn look_in(root: &Path, user: u32, may_read: &dyn Fn(&Path) -> bool) -> io::Result<Visibility> {
    let mut seen = Visibility { hidepid: hidepid(root), is_privileged: user == 0, ..Visibility::default() };
    for entry in fs::read_dir(root)?.flatten() {
        let name = entry.file_name();
        if !name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let path = entry.path();
        let status = if may_read(&path.join("status")) { fs::read_to_string(path.join("status")) } else { denied() };
        let owner = match status {
            Ok(status) => real_user(&status),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
            // It ended in the meantime.
            Err(_) => continue,
        };
        if owner == Some(user) {
            continue;
        }
        seen.others += 1;
        if owner.is_none() {
            seen.unreadable += 1;
        } else if !may_read(&path.join("io")) && path.exists() {
            seen.without_io += 1;
        }
    }
    Ok(seen)
}

fn denied() -> io::Result<String> {
    Err(io::ErrorKind::PermissionDenied.into())
}

/// The first number behind `Uid:`.
fn real_user(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().next()?.parse().ok()
}

/// The mount option, if it hides anything. Its values are numbers, and words since Linux 5.8.
fn hidepid(root: &Path) -> Option<String> {
    let mounts = fs::read_to_string(root.join("self/mountinfo")).ok()?;
    // The last mount at a place is the one that is seen.
    let of_proc = mounts.lines().rev().find(|line| line.split(' ').nth(4) == Some("/proc"))?;
    let options = of_proc.rsplit(' ').next()?;
    let value = options.split(',').find_map(|option| option.strip_prefix("hidepid="))?;
    (!matches!(value, "0" | "off")).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISIBLE: &str = "22 27 0:21 / /sys rw - sysfs sysfs rw\n23 27 0:22 / /proc rw,relatime - proc proc rw\n";

    /// A procfs with these processes: id, user, and the files that cannot be read.
    fn procfs(mounts: &str, processes: &[(u32, u32, &[&str])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().expect("a directory");
        let write = |path: String, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            fs::write(path, text).expect("written");
        };
        write("self/mountinfo".to_owned(), mounts);
        write("meminfo".to_owned(), "MemTotal: 1 kB\n");
        for (pid, user, locked) in processes {
            write(format!("{pid}/status"), &format!("Name:\tx\nUid:\t{user}\t0\t0\t0\n"));
            write(format!("{pid}/io"), "read_bytes: 0\n");
            for file in *locked {
                write(format!("{pid}/{file}.locked"), "");
            }
        }
        root
    }

    fn look(root: &tempfile::TempDir, user: u32) -> Visibility {
        let may_read = |path: &Path| !path.with_extension("locked").exists() && path.exists();
        look_in(root.path(), user, &may_read).expect("a directory")
    }

    #[test]
    fn own_processes_do_not_count_and_locked_ones_do() {
        let processes: [(u32, u32, &[&str]); 4] = [(1, 0, &["io"]), (2, 7, &["io"]), (3, 0, &[]), (4, 8, &["status"])];
        let seen = look(&procfs(VISIBLE, &processes), 7);
        let expected = Visibility { others: 3, unreadable: 1, without_io: 1, ..Visibility::default() };
        assert_eq!(seen, expected);
        assert!(seen.hides_processes());
        assert!(seen.problem().is_some_and(|problem| problem.starts_with("1 of 3 processes of other users")));
    }

    #[test]
    fn disk_traffic_that_cannot_be_read_costs_series_and_no_processes() {
        let seen = look(&procfs(VISIBLE, &[(1, 0, &["io"]), (2, 0, &[])]), 7);
        assert!(!seen.hides_processes() && !seen.is_complete());
        let finding = seen.finding().expect("a warning");
        assert_eq!((finding.rule.as_str(), finding.severity), (RULE, Severity::Warning));
        assert!(finding.message.contains("1 of 2") && finding.message.contains("setcap"), "{finding}");
        assert!(seen.privileged().is_complete());
        assert!(!has_capabilities(Path::new("/proc/self/exe")));
        let complete = look(&procfs(VISIBLE, &[(1, 0, &[]), (2, 0, &[])]), 0);
        assert_eq!((complete.is_complete(), complete.finding()), (true, None));
    }

    #[test]
    fn a_mount_option_hides_processes_from_everybody_but_the_superuser() {
        for (option, hides) in
            [("hidepid=2", true), ("gid=5,hidepid=invisible", true), ("hidepid=0", false), ("rw", false)]
        {
            let mounts = format!("{VISIBLE}30 27 0:22 / /proc rw - proc proc rw,{option}\n");
            let root = procfs(&mounts, &[(2, 7, &[])]);
            let seen = look(&root, 7);
            assert_eq!(seen.hides_processes(), hides, "{option}");
            assert_eq!(seen.problem().is_some_and(|problem| problem.contains("hidepid=")), hides, "{option}");
            assert!(!look(&root, 0).hides_processes(), "{option}: root");
        }
    }

    #[test]
    fn this_host_can_be_looked_at() {
        let seen = Visibility::look(None).expect("a Linux host");
        assert!(seen.unreadable <= seen.others && seen.without_io <= seen.others, "{seen:?}");
    }
}
