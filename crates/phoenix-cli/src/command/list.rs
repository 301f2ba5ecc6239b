//! `list`: the newest experiments.

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Experiment, State};

use crate::args::List;
use crate::exit::Outcome;
use crate::output::table::{Align, Row, render};
use crate::output::units::NOTHING;
use crate::output::{Printer, Tone};
use crate::server::Server;

const COLUMNS: [(&str, Align); 6] = [
    ("name", Align::Left),
    ("state", Align::Left),
    ("reason", Align::Left),
    ("created", Align::Left),
    ("id", Align::Left),
    ("verdict", Align::Left),
];

pub(super) async fn list(args: &List, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let states: Vec<&str> = args.state.iter().map(|state| state.as_str()).collect();
    let experiments = server.list(&states, args.limit).await?;
    printer.show(&experiments, |paint| match experiments.as_slice() {
        [] if states.is_empty() => "no experiments yet; create one with: phoenixctl run -f FILE".to_owned(),
        [] => format!("no experiments that are {}", states.join(" or ")),
        some => render(0, &COLUMNS, &some.iter().map(row).collect::<Vec<_>>(), paint),
    })?;
    Ok(Outcome::Done)
}

fn row(experiment: &Experiment) -> Row {
    let status = &experiment.status;
    let (verdict, tone) = match (status.verdict, experiment.state) {
        (Some(verdict @ Verdict::Promote), _) => (verdict.as_str(), Tone::Good),
        (Some(verdict @ Verdict::Reject), _) => (verdict.as_str(), Tone::Bad),
        (Some(verdict @ Verdict::Inconclusive), _) => (verdict.as_str(), Tone::Open),
        (None, State::Failed) => (NOTHING, Tone::Bad),
        (None, _) => (NOTHING, Tone::Plain),
    };
    let reason = status.reason.map_or_else(|| NOTHING.to_owned(), |reason| reason.to_string());
    let cells = [
        experiment.name.to_string(),
        experiment.state.to_string(),
        reason,
        // Whole seconds: a list is read, not sorted by it.
        short(&experiment.created_at.to_string()),
        experiment.id.to_string(),
        verdict.to_owned(),
    ];
    Row { cells: cells.into(), tone }
}

/// A time without fractions of a second.
pub(super) fn short(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}
