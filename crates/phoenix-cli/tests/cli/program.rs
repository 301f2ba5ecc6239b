//! Runs the program.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, timeout, timeout_at};

/// Longest time that anything may take; nothing waits that long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// How the program ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The document on the standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The program with these arguments, in an environment without settings of its own. `home` is where it looks for a data directory.
pub(crate) fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phoenixctl"));
    command.args(args).env_clear().env("HOME", home).current_dir(home).kill_on_drop(true);
    command
}

/// Runs the program to its end.
pub(crate) async fn run(home: &Path, args: &[&str]) -> Ended {
    run_with_input(home, args, "").await
}

/// Runs the program to its end, with this on its standard input.
pub(crate) async fn run_with_input(home: &Path, args: &[&str], input: &str) -> Ended {
    let mut command = command(home, args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    // A program that does not read its input may have ended already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.unwrap_or_else(|_| panic!("it never ends: {args:?}")).expect("it ran");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A program that is still running.
pub(crate) struct Running {
    child: Child,
    stdout: ChildStdout,
    stderr: Lines<BufReader<ChildStderr>>,
    said: Vec<String>,
}

impl Running {
    /// Starts the program.
    pub(crate) fn start(home: &Path, args: &[&str]) -> Self {
        let mut command = command(home, args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stdout = child.stdout.take().expect("piped");
        let stderr = BufReader::new(child.stderr.take().expect("piped")).lines();
        Self { child, stdout, stderr, said: Vec::new() }
    }

    /// Waits until it says something with this text on its standard error.
    pub(crate) async fn says(&mut self, text: &str) {
        // For all lines together: a line of progress that comes every second must not hide that this one never does.
        let deadline = Instant::now() + PATIENCE;
        loop {
            let line = timeout_at(deadline, self.stderr.next_line()).await;
            let line = line.unwrap_or_else(|_| panic!("it never says {text:?}: {:?}", self.said)).expect("readable");
            let line = line.unwrap_or_else(|| panic!("it ended without saying {text:?}: {:?}", self.said));
            self.said.push(line);
            if self.said.last().is_some_and(|line| line.contains(text)) {
                return;
            }
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.try_into().expect("a pid"))).expect("it runs");
        kill_process(pid, Signal::INT).expect("it runs");
    }

    /// Waits for its end.
    pub(crate) async fn ends(mut self) -> Ended {
        let mut stdout = String::new();
        let Self { child, stdout: printed, stderr, said } = &mut self;
        let end = async {
            // Both at once: a full pipe would hold up the program.
            let all = printed.read_to_string(&mut stdout);
            let lines = async {
                while let Some(line) = stderr.next_line().await.expect("text") {
                    said.push(line);
                }
            };
            let (all, ()) = tokio::join!(all, lines);
            all.expect("text");
            child.wait().await.expect("it ran")
        };
        let status = timeout(PATIENCE, end).await;
        let status: ExitStatus = status.unwrap_or_else(|_| panic!("it never ends: {:?}", self.said));
        Ended { code: status.code(), stdout, stderr: self.said.join("\n") }
    }
}
