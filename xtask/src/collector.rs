//! A real collector for the tests and the demo: what `phoenix-server collector` finds or builds.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::programs::Programs;
use crate::{go, processes};

/// How often a step of the build that goes on is told.
const PERIOD: Duration = Duration::from_secs(20);
/// How long a build that is not wanted any more may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// A collector that is being obtained while other things go on.
#[derive(Debug)]
pub(crate) struct Pending(Option<JoinHandle<Result<PathBuf>>>);

impl Pending {
    /// Begins to look for a collector, and to build one when there is none.
    pub(crate) fn start(programs: &Programs) -> Result<Self> {
        let server = programs.path("phoenix-server")?.to_owned();
        Ok(Self(Some(std::thread::spawn(move || obtain(&server)))))
    }

    /// Waits for it.
    pub(crate) fn wait(mut self) -> Result<PathBuf> {
        let path =
            self.0.take().context("already waited for")?.join().map_err(|_| anyhow!("the thread panicked"))??;
        println!("collector: {}", path.display());
        Ok(path)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.0.take().is_some_and(|thread| !thread.is_finished()) {
            processes::end(processes::descendants, PATIENCE);
        }
    }
}

/// Finds a collector or builds one, with a Go of our own when the machine has none.
fn obtain(server: &Path) -> Result<PathBuf> {
    let first = ask(server, None);
    if first.is_ok() || std::env::var_os("PHOENIX_COLLECTOR").is_some() || go::is_on_path() {
        return first;
    }
    let mut path = go::install()?.into_os_string();
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(":");
        path.push(rest);
    }
    ask(server, Some(path))
}

fn ask(server: &Path, path: Option<OsString>) -> Result<PathBuf> {
    let mut command = Command::new(server);
    command.arg("collector").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.spawn().with_context(|| format!("cannot run {}", server.display()))?;
    let (mut stdout, stderr) = (child.stdout.take().context("no output")?, child.stderr.take().context("no output")?);
    let mut relay = Relay::default();
    for line in BufReader::new(stderr).lines() {
        if let Some(line) = relay.tell(line?, Instant::now()) {
            println!("  {line}");
        }
    }
    let mut answer = String::new();
    stdout.read_to_string(&mut answer)?;
    if !child.wait()?.success() {
        bail!("there is no collector\n{}", relay.rest.join("\n"));
    }
    Ok(answer.trim().into())
}

/// Lets through what is new of a progress that says a line every second, and keeps what is no progress: the error, when it is one.
#[derive(Debug, Default)]
struct Relay {
    step: String,
    told: Option<Instant>,
    rest: Vec<String>,
}

impl Relay {
    fn tell(&mut self, line: String, now: Instant) -> Option<String> {
        let Some(step) = step_of(&line) else {
            self.rest.push(line);
            return None;
        };
        let is_due = self.told.is_none_or(|told| now.duration_since(told) >= PERIOD);
        if self.step == step && !is_due {
            return None;
        }
        step.clone_into(&mut self.step);
        self.told = Some(now);
        Some(line)
    }
}

/// The step of a line like `compiling the collector: 3m10s, 812 of at most 1100 packages`.
fn step_of(line: &str) -> Option<&str> {
    let (step, elapsed) = line.split_once(": ")?;
    elapsed.starts_with(|c: char| c.is_ascii_digit()).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_when_it_begins_and_now_and_then() {
        let begin = Instant::now();
        let mut relay = Relay::default();
        let mut told = |text: &str, second| relay.tell(text.to_owned(), begin + Duration::from_secs(second)).is_some();
        assert!(told("compiling: 1s", 1));
        assert!(!told("compiling: 2s", 2));
        assert!(!told("compiling: 20s", 20));
        assert!(told("compiling: 21s", 21));
        assert!(told("linking: 22s", 22));
        assert!(!told("phoenix-server: no Go", 60));
        assert_eq!(relay.rest, ["phoenix-server: no Go"]);
    }
}
