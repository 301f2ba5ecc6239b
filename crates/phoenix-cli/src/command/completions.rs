//! `phoenixctl completions`: what a shell completes, from the definition of the command line.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::exit::Outcome;
use crate::output;

/// Prints the completions of a shell.
pub(crate) fn completions(args: &Completions) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    output::print(&String::from_utf8(script)?)?;
    Ok(Outcome::Done)
}
