//! The binary `phoenix-server`: reads the command line and hands over.

use std::process::ExitCode;

use clap::Parser as _;
use phoenix_server::cli::Cli;
use phoenix_server::run;

fn main() -> ExitCode {
    run::main(Cli::parse())
}
