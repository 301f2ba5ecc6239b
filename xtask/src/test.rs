//! `cargo xtask test`: everything that the tests need, then the tests, then where the time went and what failed.

mod tally;

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};

use crate::collector::Pending;
use crate::demo::{self, Candidate};
use crate::phases::Phases;
use crate::programs::Programs;
use crate::{bench, command, coverage, go};

pub(crate) use tally::Tally;

/// How many histories the simulator lives through.
const HISTORIES: &str = "PHOENIX_SIM_HISTORIES";
/// At which of its calls the program is killed: one of each kind unless told otherwise.
const KILL_POINTS: &str = "PHOENIX_KILL_POINTS";
/// So many where time is no matter, and in CI.
const ALL_HISTORIES: &str = "100000";

/// Flags of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also what takes long: the demo in all its variants, every point at which the program can be killed, and three times as many histories in the simulator.
    #[arg(long)]
    all: bool,
    /// Also measure which lines the tests reach, in a build of its own.
    #[arg(long)]
    coverage: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut phases = Phases::new();
    let mut tally = Tally::default();
    let ended = work(args, &mut phases, &mut tally);
    println!("\n{phases}\n");
    for name in tally.failures() {
        println!("failed: {name}");
    }
    println!("{tally}");
    ended.with_context(|| match phases.failed() {
        parts if parts.is_empty() => "cannot test".to_owned(),
        parts => format!("FAILED: {}", parts.join(", ")),
    })
}

fn work(args: &Args, phases: &mut Phases, tally: &mut Tally) -> Result<()> {
    let programs = phases.run("build the programs", Programs::build)?;
    let pending = Pending::start(&programs)?;
    phases.run("build the tests (and the collector)", || {
        command::run(&mut command::cargo(&["test", "--workspace", "--all-features", "--no-run", "--locked"]))
    })?;
    let collector = phases.run("wait for the collector", || pending.wait())?;
    // A test drives the server by Python's gRPC client, which it installs by pip.
    phases.run("pip", || go::ensure_pip("install python3 with pip"))?;
    let mut failed = phases.run("tests", || tests(args, &collector, tally)).err();
    let smoked = phases.run("benchmarks, once each", || bench::smoke(&programs));
    failed = failed.or(smoked.err());
    if args.coverage {
        let measured = phases.run("coverage", || coverage::measure(&collector));
        failed = failed.or(measured.err());
    }
    if args.all {
        for candidate in Candidate::ALL {
            let shown = phases.run(&format!("demo {candidate}"), || demo::show(candidate, &programs, &collector));
            failed = failed.or(shown.err());
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Runs every test and counts; a test that does not run is a failure.
fn tests(args: &Args, collector: &Path, tally: &mut Tally) -> Result<()> {
    let arguments = ["test", "--workspace", "--all-features", "--locked", "--no-fail-fast"];
    let mut command = command::cargo(&arguments);
    command.env("PHOENIX_COLLECTOR", collector);
    for (variable, value) in [(HISTORIES, ALL_HISTORIES), (KILL_POINTS, "all")] {
        if args.all && env::var_os(variable).is_none() {
            command.env(variable, value);
        }
    }
    command::announce(&command);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (child.stdout.take().context("no output")?, child.stderr.take().context("no output")?);
    let counted = Mutex::new(std::mem::take(tally));
    std::thread::scope(|scope| {
        scope.spawn(|| relay(stderr, &counted));
        relay(stdout, &counted);
    });
    *tally = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ends with {status}", command::show(&command));
    }
    tally.check()
}

/// Shows what a stream says, line by line, and counts.
fn relay(stream: impl std::io::Read, tally: &Mutex<Tally>) {
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        tally.lock().unwrap_or_else(PoisonError::into_inner).read(&String::from_utf8_lossy(&line));
        // One lock per line keeps the two streams from cutting into each other.
        let _ = std::io::stdout().write_all(&line);
        line.clear();
    }
}
