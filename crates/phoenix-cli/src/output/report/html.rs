//! A report as one page of HTML that needs nothing else: no script, no font, no other file. It reads well on paper, too.
//!
//! `maud` escapes every text that is put in; nothing of others is put in unescaped. A policy in the page itself forbids scripts and
//! requests, should that ever fail.

mod chart;
mod scale;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use phoenix_core::app::Report;

use crate::output::report::document::{Change, Document, EVENT_TITLES, LOST_TITLES, PIPELINE_TITLES};
use crate::output::report::indicators;
use crate::output::{Tone, plain};

const STYLE: &str = include_str!("html/page.css");
/// The page asks for nothing, runs nothing, and sends nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
/// Lost executables that are shown unfolded.
const MOST_SHOWN: usize = 15;

/// The whole page.
pub(super) fn write(document: &Document, report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (document.name) ": " (document.badge) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(document))
                main {
                    (section("why", "Why", &why(document)))
                    (section("indicators", "Indicators", &indicator_table(document)))
                    (section("savings", "Savings", &savings(document)))
                    (section("charts", "Over time", &charts(report)))
                    (section("lost", "Lost executables", &lost(document)))
                    (section("configurations", "Configurations", &configurations(document)))
                    (section("evidence", "Evidence", &evidence(document)))
                    (section("events", "Events", &events(document)))
                }
                footer { p { (text(&document.colophon)) } }
            }
        }
    };
    page.into_string()
}

/// The result, for whoever reads nothing else.
fn head(document: &Document) -> Markup {
    html! {
        header {
            p.kind { "Phoenix experiment report" }
            h1 { (text(&document.name)) " " span class={ "badge " (class(document.tone)) } { (document.badge) } }
            p.lead { (text(&document.lead)) }
            @if let Some(waits_for) = &document.waits_for { p { "Now: " (text(waits_for)) } }
            @if !document.description.is_empty() { p.muted { (text(&document.description)) } }
            @if !document.figures.is_empty() {
                dl.figures {
                    @for figure in &document.figures {
                        div { dd { (text(&figure.value)) } dt { (text(&figure.label)) } dd.muted { (text(&figure.note)) } }
                    }
                }
            }
        }
    }
}

/// A section, unless there is nothing in it.
fn section(id: &str, title: &str, body: &Markup) -> Markup {
    html! {
        @if !body.0.is_empty() {
            section id=(id) { h2 { (title) } (body) }
        }
    }
}

fn why(document: &Document) -> Markup {
    html! {
        @if !document.reasons.is_empty() { ul { @for reason in &document.reasons { li { (text(reason)) } } } }
    }
}

fn indicator_table(document: &Document) -> Markup {
    let rows = document.indicators.iter().map(|line| {
        html! {
            tr {
                @for (index, cell) in line.cells.iter().enumerate() {
                    @if index == 0 {
                        th scope="row" { (text(cell)) }
                    } @else if index + 1 == line.cells.len() {
                        td { span class={ "badge " (class(line.tone)) } { (text(cell)) } }
                    } @else {
                        td.number { (text(cell)) }
                    }
                }
                td.why { (text(&line.reason)) }
            }
        }
    });
    let titles: Vec<&str> = indicators::titles().into_iter().chain(["why"]).collect();
    if document.indicators.is_empty() {
        html! {}
    } else {
        table(&titles, rows)
    }
}

fn savings(document: &Document) -> Markup {
    html! {
        @if !document.savings.is_empty() { ul { @for sentence in &document.savings { li { (text(sentence)) } } } }
    }
}

fn charts(report: &Report) -> Markup {
    let Some(run) = report.series.as_ref().filter(|run| !run.curves.is_empty()) else { return html! {} };
    let interval = report.experiment.spec.schedule.sample_interval;
    html! {
        p.muted { "Time runs from the instant at which both pipelines were ready. Values are summed over the hosts." }
        (chart::legend(run))
        div.charts { @for curve in &run.curves { (chart::figure(curve, run, interval)) } }
    }
}

fn lost(document: &Document) -> Markup {
    let rows = document.lost.iter().map(|lost| {
        html! {
            tr class=[lost.critical.then_some("bad")] {
                @for (index, cell) in lost.cells.iter().enumerate() {
                    @if index == 0 { th scope="row" { code { (text(cell)) } } } @else { td { (text(cell)) } }
                }
            }
        }
    });
    html! {
        p { (text(&document.lost_summary)) }
        @if document.lost.len() > MOST_SHOWN {
            details { summary { "All of them" } (table(&LOST_TITLES, rows)) }
        } @else if !document.lost.is_empty() {
            (table(&LOST_TITLES, rows))
        }
    }
}

fn configurations(document: &Document) -> Markup {
    let pipelines = document.pipelines.iter().map(|[kind, specification, name, hash]| {
        html! {
            tr {
                th scope="row" { (text(kind)) }
                td { (text(specification)) }
                td { code { (text(name)) } }
                td { code.hash { (text(hash)) } }
            }
        }
    });
    html! {
        (table(&PIPELINE_TITLES, pipelines))
        @if !document.configurations.is_empty() {
            p { (text(&document.difference.summary())) }
            @if !document.difference.lines.is_empty() {
                pre.diff tabindex="0" aria-label="difference of the configurations" {
                    @for (change, line) in &document.difference.lines {
                        span class=[changed(*change)] { (text(line)) "\n" }
                    }
                }
            }
            @for one in &document.configurations {
                details {
                    summary { (one.pipeline_type.to_string()) ", " (one.config.lines().count()) " lines" }
                    pre tabindex="0" { (text(one.config.trim_end())) }
                }
            }
        }
    }
}

const fn changed(change: Change) -> Option<&'static str> {
    match change {
        Change::Place => Some("place"),
        Change::Same => None,
        Change::Added => Some("added"),
        Change::Removed => Some("removed"),
    }
}

fn evidence(document: &Document) -> Markup {
    let rows = document.evidence.iter().map(|(label, value)| {
        html! { tr { th scope="row" { (label) } td { (text(value)) } } }
    });
    table(&["what", "how much"], rows)
}

fn events(document: &Document) -> Markup {
    let rows = document.events.iter().map(|cells| html! { tr { @for cell in cells { td { (text(cell)) } } } });
    if document.events.is_empty() {
        html! {}
    } else {
        table(&EVENT_TITLES, rows)
    }
}

/// A table that scrolls by itself where the page is narrow.
fn table(titles: &[&str], rows: impl Iterator<Item = Markup>) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { @for title in titles { th scope="col" { (title) } } } }
                tbody { @for row in rows { (row) } }
            }
        }
    }
}

/// A text of others: without control characters, which a browser would drop and a reader could not see.
fn text(text: &str) -> String {
    plain(text)
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Open => "open",
        Tone::Faint | Tone::Plain => "faint",
    }
}
