//! The demo's promise to leave nothing behind, whatever ends it: a guard that clears up, and a workload that does not outlive its input.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

const XTASK: &str = env!("CARGO_BIN_EXE_xtask");
const PATIENCE: Duration = Duration::from_secs(20);

fn start(program: &Path, arguments: &[&str]) -> Child {
    Command::new(program).args(arguments).stdin(Stdio::piped()).spawn().expect("starts")
}

/// Copies xtask by another process: a descriptor of ours, open for writing in a fork of a parallel test, would make the copy "busy".
fn copy(to: &Path) {
    assert!(Command::new("cp").arg(XTASK).arg(to).status().expect("starts").success());
}

/// Waits for the end of a child, but not for ever; a child that is only killed at the end of a failed test is no proof of anything.
fn end_of(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("known") {
            return status;
        }
        if begin.elapsed() > PATIENCE {
            child.kill().expect("killed");
            panic!("the process does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_guard_clears_up_when_the_demo_dies_and_only_then() {
    let directory = tempfile::tempdir().expect("a directory");
    let ours = directory.path().join("ours");
    fs::create_dir(&ours).expect("made");
    let program = ours.join("phx-test");
    copy(&program);
    let mut left = start(&program, &["workload", "--memory-mib", "1", "--busy-percent", "0"]);
    let mut other = start(Path::new(XTASK), &["workload", "--memory-mib", "1", "--busy-percent", "0"]);

    let mut guard = start(Path::new(XTASK), &["guard"]);
    let mut orders = guard.stdin.take().expect("piped");
    writeln!(orders, "{}", ours.display()).expect("told");
    assert!(left.try_wait().expect("known").is_none());
    assert!(ours.exists());

    // The kernel does this when the demo ends, also by SIGKILL.
    drop(orders);
    assert!(end_of(&mut guard).success());
    assert!(!end_of(&mut left).success(), "ended by a signal");
    assert!(!ours.exists());
    assert!(other.try_wait().expect("known").is_none(), "what does not belong to the demo goes on");
    drop(other.stdin.take());
    assert!(end_of(&mut other).success());
}

#[test]
fn a_guard_that_is_told_nothing_touches_nothing() {
    let mut guard = start(Path::new(XTASK), &["guard"]);
    drop(guard.stdin.take());
    assert!(!end_of(&mut guard).success());
}

#[test]
fn a_workload_is_called_after_its_file_and_ends_with_its_input() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("phx-test");
    copy(&program);
    let mut child = start(&program, &["workload", "--memory-mib", "8", "--busy-percent", "1"]);
    let status = format!("/proc/{}/status", child.id());
    let begin = Instant::now();
    loop {
        let text = fs::read_to_string(&status).expect("it runs");
        let resident =
            text.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
        if text.starts_with("Name:\tphx-test\n") && resident.is_some_and(|kib: u64| kib > 8 << 10) {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{text}");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(child.stdin.take());
    assert!(end_of(&mut child).success());
}
