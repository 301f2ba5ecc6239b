//! `phoenix-server` that can be told to kill itself at a point of its work. For the tests of crashes, and never delivered.

use std::process::ExitCode;

use clap::Parser as _;
use phoenix_server::cli::Cli;
use phoenix_server::{killpoint, run};

fn main() -> ExitCode {
    killpoint::enable();
    run::main(Cli::parse())
}
