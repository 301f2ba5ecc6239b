//! The project's own commands: `cargo xtask COMMAND`. One file per command.
//!
//! Knows how to build, test, check and show the project on a machine with nothing but a Rust toolchain and package registries. Nothing
//! that is shipped depends on it, and it depends on no crate of the project, so that it is quick to build: what it needs of them it gets
//! by running their programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that talks to its user")]

mod bench;
mod codegen;
mod collector;
mod command;
mod coverage;
mod demo;
mod go;
mod lint;
mod phases;
mod processes;
mod programs;
mod structure;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run every test, with a real collector; fetches and builds what is missing.
    Test(test::Args),
    /// Run a real experiment on this host: two collectors, a workload of its own, a verdict.
    Demo(demo::Args),
    /// Run the benchmarks and print a table of figures and their limits.
    Bench(bench::Args),
    /// Write what is generated and committed.
    Codegen(codegen::Args),
    /// Check formatting, lints and the documentation's links.
    Lint,
    /// Check the architecture: who may depend on whom, which files there are, how large they are.
    ValidateStructure,
    /// One process of the demo's workload.
    #[command(hide = true)]
    Workload(demo::workload::Args),
    /// Cleans up behind a demo or a benchmark that was killed.
    #[command(hide = true)]
    Guard,
    /// Stands in for a collector in the benchmarks.
    #[command(hide = true)]
    FakeCollector(bench::fake::Args),
}

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Test(args) => test::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Codegen(args) => codegen::run(&args),
        Command::Lint => lint::run(),
        Command::ValidateStructure => structure::run(),
        Command::Workload(args) => demo::workload::work(&args),
        Command::Guard => demo::guard::stand(),
        Command::FakeCollector(args) => bench::fake::run(&args),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
