//! `phoenixctl man`: the manual pages, one for the program and one for each command, from the definition of the command line.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Cli, Man};
use crate::exit::Outcome;

/// Writes the manual pages.
pub(crate) fn man(args: &Man) -> anyhow::Result<Outcome> {
    clap_mangen::generate_to(Cli::command(), &args.directory).with_context(|| {
        format!("the manual pages cannot be written\n  name an existing directory: {}", args.directory.display())
    })?;
    Ok(Outcome::Done)
}
