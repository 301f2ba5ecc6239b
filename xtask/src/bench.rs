//! `cargo xtask bench`: every figure that this project promises, measured, beside its limit.
//!
//! Code is measured by Criterion, the store by ratios within one run, the program from outside: started, asked over REST, looked at through
//! procfs. A missed limit is told and fails nothing: benchmarks report, tests assert.

mod build;
mod criterion;
pub(crate) mod fake;
mod figure;
mod load;
mod page;
mod ratios;
mod server;
mod stage;
mod start;

use std::path::Path;

use anyhow::{Result, bail};

use crate::collector::Pending;
use crate::command;
use crate::programs::Programs;
use figure::Figure;
use load::Load;
use server::Server;
use stage::Stage;

/// Flags of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only these parts; without it, all of them.
    #[arg(value_enum, conflicts_with = "once")]
    parts: Vec<Part>,
    /// Also build everything anew, which takes minutes.
    #[arg(long, conflicts_with = "once")]
    cold_build: bool,
    /// Write the figures into docs/performance.md.
    #[arg(long, conflicts_with = "once")]
    write: bool,
    /// Run each benchmark once in a small size and time nothing, as `cargo xtask test` does.
    #[arg(long)]
    once: bool,
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Generation and decisions.
    Code,
    /// The SQLite store.
    Store,
    /// The server: start, commands, memory.
    Program,
    /// The sizes of the programs, and with `--cold-build` the time of their build.
    Build,
}

/// How often a server is started, in each place.
const STARTS: usize = 20;
/// How often over running collectors, which takes longer.
const ADOPTIONS: usize = 5;

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.once {
        return smoke(&Programs::build()?);
    }
    if args.write && !args.parts.is_empty() {
        bail!("--write needs every figure: leave the parts out");
    }
    let is_wanted = |part| args.parts.is_empty() || args.parts.contains(&part);
    let mut figures = Vec::new();
    if is_wanted(Part::Code) {
        figures.extend(criterion::measure()?);
    }
    if is_wanted(Part::Store) {
        figures.extend(ratios::measure()?);
    }
    if is_wanted(Part::Program) {
        let programs = Programs::build_release()?;
        let collector = Pending::start(&programs)?.wait()?;
        figures.extend(program(&programs, Some(&collector), STARTS, ADOPTIONS, load::MEASURED)?);
    }
    if is_wanted(Part::Build) {
        figures.extend(build::sizes(&Programs::build_release()?)?);
    }
    if args.cold_build && is_wanted(Part::Build) {
        figures.push(build::cold()?);
    }
    println!("\n{}", figure::table(&figures));
    for missed in figures.iter().filter(|figure| figure.is_met() == Some(false)) {
        println!("limit missed: {}", missed.name);
    }
    if args.write { page::write(&figures) } else { Ok(()) }
}

/// Runs every benchmark once in a small size, so that none of them falls behind what it measures. Nothing is timed.
pub(crate) fn smoke(programs: &Programs) -> Result<()> {
    let mut command = command::cargo(&["test", "--workspace", "--all-features", "--locked"]);
    for target in criterion::TARGETS.iter().chain([&ratios::TARGET]) {
        command.args(["--bench", target]);
    }
    command::announce(&command);
    command::capture(&mut command)?;
    let figures = program(programs, None, 1, 1, load::SMALL)?;
    println!("{} figures of the program can be measured", figures.len());
    Ok(())
}

/// The figures of the program. Started with the given collector, if there is one, and loaded with stand-ins for collectors.
fn program(
    programs: &Programs,
    collector: Option<&Path>,
    starts: usize,
    adoptions: usize,
    load: Load,
) -> Result<Vec<Figure>> {
    let stage = Stage::set()?;
    let figures = play(&stage, programs.path("phoenix-server")?, collector, starts, adoptions, load);
    let cleared = stage.clear();
    let figures = figures?;
    cleared.map(|()| figures)
}

fn play(
    stage: &Stage,
    program: &Path,
    collector: Option<&Path>,
    starts: usize,
    adoptions: usize,
    load: Load,
) -> Result<Vec<Figure>> {
    println!("measuring: starts, {} stored and {} running experiments", load.stored, load.running);
    let fake = stage.fake_collector()?;
    let collector = collector.unwrap_or(&fake);
    let data = stage.path("data");
    let mut figures = vec![start::measure("no data directory", program, collector, starts, |number| {
        stage.path(&format!("{number}"))
    })?];
    let (server, _) = Server::start(program, &data, &fake)?;
    let ids = load::store(&server, load)?;
    server.stop()?;
    let name = format!("{} experiments stored", load.stored);
    figures.push(start::measure(&name, program, collector, starts, |_| data.clone())?);
    let (server, _) = Server::start(program, &data, &fake)?;
    let loaded = load::measure(&server, &data, &ids, load)?;
    server.stop()?;
    let name = format!("{} experiments running", load.running);
    figures.push(start::measure(&name, program, &fake, adoptions, |_| data.clone())?);
    figures.extend(loaded);
    Ok(figures)
}
