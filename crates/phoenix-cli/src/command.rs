//! One file per command.

mod create;
mod delete;
mod get;
mod history;
mod list;
mod preview;
mod report;
mod run;
mod transition;
mod validate;
mod watch;

use crate::args::{Cli, Command};
use crate::exit::Outcome;
use crate::output::Printer;
use crate::server::Server;

/// Carries out what the command line asks for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let printer = Printer::new(cli.output);
    let server = || Server::find(&cli.connection);
    match &cli.command {
        Command::Validate(file) => validate::validate(file, printer).await,
        Command::Preview(file) => preview::preview(file, printer).await,
        Command::Run(args) => run::run(args, server()?, printer).await,
        Command::Create(file) => create::create(file, &server()?, printer).await,
        Command::List(args) => list::list(args, &server()?, printer).await,
        Command::Get(reference) => get::get(reference, &server()?, printer).await,
        Command::Watch(args) => watch::watch(args, server()?, printer).await,
        Command::Start(reference) => transition::start(reference, &server()?, printer).await,
        Command::Stop(args) => transition::stop(args, &server()?, printer).await,
        Command::Cancel(args) => transition::cancel(args, &server()?, printer).await,
        Command::Delete(reference) => delete::delete(reference, &server()?, printer).await,
        Command::History(reference) => history::history(reference, &server()?, printer).await,
        Command::Report(args) => report::report(args, &server()?, printer).await,
    }
}
