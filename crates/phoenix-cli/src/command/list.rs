//! `list`: the newest experiments.

use std::collections::BTreeSet;

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Experiment, State};

use crate::args::{List, MOST_SHOWN};
use crate::exit::{InvalidInput, Outcome};
use crate::output::table::{Align, Row, render};
use crate::output::units::NOTHING;
use crate::output::{Printer, Tone, note};
use crate::server::{Filter, Server};

const COLUMNS: [(&str, Align); 6] = [
    ("name", Align::Left),
    ("state", Align::Left),
    ("reason", Align::Left),
    ("created", Align::Left),
    ("id", Align::Left),
    ("verdict", Align::Left),
];

pub(super) async fn list(args: &List, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let filter = filter(args)?;
    let listed = server.list(&filter, (!args.all).then_some(args.limit)).await?;
    let experiments = &listed.experiments;
    printer.show(experiments, |paint| match experiments.as_slice() {
        [] => nothing(&filter),
        some => render(0, &COLUMNS, &some.iter().map(row).collect::<Vec<_>>(), paint),
    })?;
    // Programs are told, too: a list that was cut must not be taken for all there is.
    if listed.has_more {
        note(&format!("{} shown, there are more: {}", experiments.len(), more(args.limit)));
    }
    Ok(Outcome::Done)
}

fn filter(args: &List) -> Result<Filter<'_>, InvalidInput> {
    let labels: Vec<(&str, &str)> = args.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut keys = BTreeSet::new();
    match labels.iter().find(|(key, _)| !keys.insert(*key)) {
        None => Ok(Filter { states: args.state.iter().map(|state| state.as_str()).collect(), labels }),
        Some((key, _)) => Err(InvalidInput(format!(
            "--label: {key:?} stands twice, and an experiment has one value of it\n  ask for one value at a time"
        ))),
    }
}

/// How to see the rest.
fn more(limit: u32) -> String {
    match limit.saturating_mul(4) {
        next if next <= MOST_SHOWN => format!("--limit {next}, or --all"),
        _ => "--all".to_owned(),
    }
}

fn nothing(filter: &Filter<'_>) -> String {
    if filter.states.is_empty() && filter.labels.is_empty() {
        return "no experiments yet; create one with: phoenixctl run -f FILE".to_owned();
    }
    let mut text = "no experiments".to_owned();
    if !filter.states.is_empty() {
        text = format!("{text} that are {}", filter.states.join(" or "));
    }
    if !filter.labels.is_empty() {
        let labels: Vec<String> = filter.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        text = format!("{text} with {}", labels.join(" and "));
    }
    text
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
        state(experiment),
        reason,
        // Whole seconds: a list is read, not sorted by it.
        short(&experiment.created_at.to_string()),
        experiment.id.to_string(),
        verdict.to_owned(),
    ];
    Row { cells: cells.into(), tone }
}

/// The state, and that the run is paused: it is `running` all the same.
pub(super) fn state(experiment: &Experiment) -> String {
    let is_paused = experiment.status.clock.is_some_and(|clock| clock.paused_since.is_some());
    let remark = if is_paused && experiment.state == State::Running { " (paused)" } else { "" };
    format!("{}{remark}", experiment.state)
}

/// A time without fractions of a second.
pub(super) fn short(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}
