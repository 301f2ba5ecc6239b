//! `cargo xtask demo`: a real experiment on this host, from nothing to the verdict, and nothing left behind.
//!
//! Two real collectors measure this host and a workload whose processes the demo names, so that the result does not depend on what else
//! runs. Everything goes through the programs that users have: `phoenix-server` in its embedded mode, and `phoenixctl run`.

mod candidate;
pub(crate) mod guard;
mod interrupt;
mod server;
mod stage;
pub(crate) mod workload;

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::collector::Pending;
use crate::programs::Programs;
use crate::workspace;

pub(crate) use candidate::Candidate;
use interrupt::Interrupt;
use stage::Stage;

/// Flags of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which candidate is compared with the baseline.
    #[arg(long, value_enum, default_value_t)]
    candidate: Candidate,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = Programs::build()?;
    let collector = Pending::start(&programs)?.wait()?;
    show(args.candidate, &programs, &collector)
}

/// Runs one experiment, checks that everything on the way was as it should be, and clears up in any case.
pub(crate) fn show(candidate: Candidate, programs: &Programs, collector: &Path) -> Result<()> {
    let interrupt = Interrupt::watch()?;
    let mut stage = Stage::set(candidate, programs, &interrupt)?;
    let played = play(candidate, &mut stage, collector);
    if played.is_err() && !interrupt.is_raised() {
        stage.keep_log();
    }
    let cleared = stage.clear();
    match (played, cleared) {
        (Ok(()), Ok(())) => {
            println!("\ndemo {candidate}: everything was as it should be, and nothing is left behind");
            Ok(())
        }
        (Ok(()), Err(error)) => Err(error.context("the demo ran as it should, and did not end as it should")),
        (Err(error), Ok(())) => Err(error),
        (Err(error), Err(clearing)) => Err(error.context(format!("clearing up failed, too: {clearing:#}"))),
    }
}

fn play(candidate: Candidate, stage: &mut Stage<'_>, collector: &Path) -> Result<()> {
    stage.start_server(collector)?;
    stage.start_workload()?;
    let file = workspace::root().join(candidate.file());
    println!("\nthe experiment ({}):\n", candidate.file());
    let code = stage.run_experiment(&file)?;
    if !candidate.exit_codes().contains(&code) {
        bail!("phoenixctl run ended with {code}, not with {}", candidate.expectation());
    }
    let report = stage.report_after_cleanup()?;
    candidate.check(&report).context("the report does not say what it should")?;
    println!("\n{}", candidate.meaning());
    stage.end_workload()?;
    stage.stop_server()
}
