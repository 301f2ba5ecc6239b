//! The server of the demo: started in its embedded mode on free ports, and stopped in order.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::demo::interrupt::Interrupt;

const START: Duration = Duration::from_secs(30);
const STOP: Duration = Duration::from_secs(20);
/// How many lines of its log a failure shows.
const LINES: usize = 15;

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    log: PathBuf,
}

/// A command that sees nothing of the user's settings: only where programs, caches and the terminal are.
pub(super) fn plain(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null()).process_group(0);
    for name in ["PATH", "HOME", "XDG_CACHE_HOME", "TERM", "COLUMNS", "LANG", "NO_COLOR", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

impl Server {
    /// Starts it and waits until it has said where it listens.
    pub(super) fn start(program: &Path, data: &Path, collector: &Path, interrupt: &Interrupt) -> Result<Self> {
        let log = data.with_extension("log");
        let file = File::create(&log)?;
        let mut command = plain(program);
        command.arg("--data-dir").arg(data).args(["--http-port", "0", "--grpc-port", "0"]);
        command.arg("--collector").arg(collector).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().context("cannot start phoenix-server")?;
        let mut server = Self { child, log };
        let endpoint = data.join("endpoint.json");
        let listening = interrupt.wait_until(START, || {
            if let Some(status) = server.child.try_wait()? {
                bail!("phoenix-server ended with {status}\n{}", server.last_lines());
            }
            Ok(fs::read(&endpoint).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok()))
        });
        let listening = listening.with_context(|| format!("phoenix-server does not start\n{}", server.last_lines()))?;
        let Some(listening) = listening else { bail!("interrupted") };
        ensure!(listening["pid"] == server.child.id(), "{} is of another server", endpoint.display());
        println!("server: REST on {}, gRPC on {}", text(&listening["http"]), text(&listening["grpc"]));
        Ok(server)
    }

    /// Stops it; it must end well.
    pub(super) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process id")?;
        ensure!(self.child.try_wait()?.is_none(), "phoenix-server has ended by itself\n{}", self.last_lines());
        kill_process(pid, Signal::TERM)?;
        let begin = std::time::Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "phoenix-server ended with {status}\n{}", self.last_lines());
                return Ok(());
            }
            if begin.elapsed() > STOP {
                bail!("phoenix-server does not stop\n{}", self.last_lines());
            }
            std::thread::sleep(super::interrupt::PAUSE);
        }
    }

    /// Its log.
    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    fn last_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines
            .iter()
            .skip(lines.len().saturating_sub(LINES))
            .map(|line| format!("  {line}"))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an orderly stop there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
