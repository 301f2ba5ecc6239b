//! What tests of the program need besides a program: documents, processes, signals, patience.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use procfs::process::{Process, all_processes};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{PATIENCE, PAUSE, Program};

pub(crate) fn is_terminal(state: &str) -> bool {
    matches!(state, "completed" | "failed" | "cancelled")
}

/// An experiment that is over in about twelve seconds: too short for a verdict other than inconclusive.
pub(crate) fn short(name: &str) -> Value {
    json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": name, "labels": {"team": "tests"}},
        "spec": {
            "baseline": {"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "1s"}},
            "candidate": {
                "baseTemplate": "process-baseline",
                "parameters": {"collectionInterval": "1s"},
                "optimizations": [{"name": "exclude-kernel-threads"}],
            },
            "schedule": {"duration": "10s", "warmUp": "2s", "sampleInterval": "1s"},
        },
    })
}

pub(crate) fn processes_of(directory: &Path) -> Vec<i32> {
    let belongs = |process: &Process| {
        let stat = process.stat().ok()?;
        let text = directory.to_str()?;
        let names_it = process.cmdline().is_ok_and(|words| words.iter().any(|word| word.contains(text)));
        (stat.state != 'Z' && names_it).then_some(stat.pid)
    };
    all_processes().unwrap().flatten().filter_map(|process| belongs(&process)).collect()
}

pub(crate) fn signal(pid: i32, signal: Signal) {
    let _ = kill_process(Pid::from_raw(pid).unwrap(), signal);
}

pub(crate) async fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes a program by another process: a descriptor of ours, open for writing in a fork of a parallel test, would make it "busy".
pub(crate) fn write_program(path: &Path, text: &str) {
    let mut child = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Both collectors of the experiment were started once, or again only when the former one had ended by itself.
pub(crate) fn check_starts(program: &Program, experiment: &str) {
    let (mut all, log) = (program.starts(), program.log());
    let types = [format!("{experiment}-baseline-"), format!("{experiment}-candidate-")];
    all.retain(|pipeline| types.iter().any(|prefix| pipeline.starts_with(prefix)));
    let pipelines: BTreeSet<&String> = all.iter().collect();
    assert_eq!(pipelines.len(), 2, "both pipelines and no other: {all:?}\n{log}");
    for pipeline in pipelines {
        let starts = all.iter().filter(|started| *started == pipeline).count();
        let most = 1 + ended_by_themselves(&log, pipeline);
        assert!(starts <= most, "{pipeline} was started {starts} times, and {most} are explained: {all:?}\n{log}");
    }
}

/// How many collectors of a pipeline ended by themselves: the ports that were found for them were taken before they listened, by another
/// program of these tests for instance. The server says so, or counts a restart of one that ended while there was no server.
fn ended_by_themselves(log: &str, pipeline: &str) -> usize {
    let of_it: Vec<&str> = log.lines().filter(|line| line.contains(&format!("pipeline.name={pipeline}"))).collect();
    let taken = of_it.iter().filter(|line| line.contains("a port was taken in the meantime")).count();
    let restarts = of_it.iter().filter_map(|line| line.split("restarts=").nth(1)?.trim().parse::<usize>().ok()).max();
    taken + restarts.unwrap_or(0)
}
