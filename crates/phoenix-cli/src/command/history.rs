//! `history`: what has happened to an experiment, and who did it.

use phoenix_core::experiment::Event;

use crate::args::Reference;
use crate::command::list::short;
use crate::exit::Outcome;
use crate::output::Printer;
use crate::output::table::{Align, Row, render};
use crate::server::Server;

const COLUMNS: [(&str, Align); 6] = [
    ("seq", Align::Right),
    ("time", Align::Left),
    ("event", Align::Left),
    ("by", Align::Left),
    ("reason", Align::Left),
    ("message", Align::Left),
];

pub(super) async fn history(args: &Reference, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let events = server.history(&args.experiment).await?;
    printer.show(&events, |paint| render(0, &COLUMNS, &events.iter().map(row).collect::<Vec<_>>(), paint))?;
    Ok(Outcome::Done)
}

fn row(event: &Event) -> Row {
    let kind = event.kind.as_str();
    Row::plain([
        event.seq.to_string(),
        short(&event.at.to_string()),
        kind.strip_prefix("experiment.").unwrap_or(kind).replace('_', " "),
        event.actor.to_string(),
        event.reason.to_string(),
        event.message.clone(),
    ])
}
