//! One file per command.

mod completions;
mod create;
mod delete;
mod doctor;
mod explain;
mod freeze;
mod get;
mod history;
mod list;
mod man;
mod preview;
mod report;
mod run;
mod transition;
mod validate;
mod wait;
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
        Command::Wait(args) => wait::wait(args, server()?, printer).await,
        Command::Start(reference) => transition::start(reference, &server()?, printer).await,
        Command::Pause(args) => transition::pause(args, &server()?, printer).await,
        Command::Resume(args) => transition::resume(args, &server()?, printer).await,
        Command::Stop(args) => transition::stop(args, &server()?, printer).await,
        Command::Cancel(args) => transition::cancel(args, &server()?, printer).await,
        Command::Abort(args) => transition::abort(args, &server()?, printer).await,
        Command::Delete(reference) => delete::delete(reference, &server()?, printer).await,
        Command::History(reference) => history::history(reference, &server()?, printer).await,
        Command::Report(args) => report::report(args, &server()?, printer).await,
        Command::Completions(args) => completions::completions(args),
        Command::Man(args) => man::man(args),
        Command::Freeze(args) => freeze::freeze(args, &server()?, printer).await,
        Command::Thaw => freeze::thaw(&server()?, printer).await,
        Command::Explain(args) => explain::explain(args, printer),
        Command::Doctor => doctor::doctor(&cli.connection, printer).await,
    }
}
