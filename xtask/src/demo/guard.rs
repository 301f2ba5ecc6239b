//! The guard of a demo or a benchmark: a process that outlives it, whatever ends it, and then clears up.
//!
//! It learns the demo's directory from its standard input and then waits for the end of it, which the kernel brings when the demo ends:
//! in order, by a panic, or by a signal that no program can catch. It stands in a process group of its own, so that a Ctrl-C for the demo
//! does not reach it.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::processes;

/// This program's own file, also after a build has replaced it.
pub(crate) const OWN_PROGRAM: &str = "/proc/self/exe";
/// How long a process may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// The demo's end of its guard.
#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    /// Posts a guard for everything that belongs to the directory.
    pub(crate) fn post(directory: &Path) -> Result<Self> {
        let mut command = Command::new(OWN_PROGRAM);
        command.arg0("xtask").arg("guard").process_group(0);
        let mut child = command.stdin(Stdio::piped()).spawn().context("cannot start the guard")?;
        let stdin = child.stdin.as_mut().context("the guard has no input")?;
        stdin.write_all(directory.as_os_str().as_bytes())?;
        stdin.write_all(b"\n")?;
        Ok(Self(child))
    }

    /// Tells the guard that the demo is over, and waits until it has cleared up.
    pub(crate) fn dismiss(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        let status = self.0.wait().context("cannot wait for the guard")?;
        ensure!(status.success(), "the guard ended with {status}");
        Ok(())
    }
}

/// What the guard does.
pub(crate) fn stand() -> Result<()> {
    let mut input = BufReader::new(std::io::stdin());
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    ensure!(line.pop() == Some(b'\n') && !line.is_empty(), "the guard is told no directory");
    let directory = PathBuf::from(OsString::from_vec(line));
    input.read_to_end(&mut Vec::new())?;
    let gone = processes::end(|| processes::belonging_to(&directory), PATIENCE);
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    ensure!(gone, "processes of {} do not end", directory.display());
    Ok(())
}
