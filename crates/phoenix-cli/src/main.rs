//! `phoenixctl`: the command line of the Phoenix experiment controller.
//!
//! Reading order: [`args`] (what it takes), [`command`] (one file per command), [`document`] and [`local`] (experiment files), [`server`]
//! (how a server is found and asked), [`follow`] (waiting for the end), [`output`] (tables, the report, progress), [`exit`] (exit codes).
//!
//! Knows no rule of experiments: files are checked by `phoenix-core`, everything else by the server.

mod args;
mod command;
mod document;
mod exit;
mod follow;
mod local;
mod output;
mod server;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::exit::Outcome;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match command::run(cli).await {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output::complain(&error);
            Outcome::of_error(&error).into()
        }
    }
}
