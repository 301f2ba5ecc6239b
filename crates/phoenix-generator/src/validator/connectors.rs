//! Connectors: each ends at least one pipeline and begins at least one, no two ends are alike by name, and nothing goes round in circles.

use std::collections::{BTreeMap, BTreeSet};

use crate::component::Section;
use crate::validator::model::{Component, Model, Pipeline};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks connectors.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for connector in model.section(Section::Connectors) {
        check_ambiguity(model, connector, report);
        check_ends(model, connector, report);
    }
    if let Some(circle) = circle(model) {
        let names: Vec<&str> = circle.iter().map(|pipeline| pipeline.id.as_str()).collect();
        let path = circle.first().map_or("service.pipelines", |pipeline| pipeline.path.as_str());
        let message =
            format!("connectors lead from this pipeline back to it: {}; break the circle", names.join(" -> "));
        report.add(Rule::PipelineCycle, path, message);
    }
}

fn check_ambiguity(model: &Model<'_>, connector: &Component<'_>, report: &mut Report) {
    for section in [Section::Receivers, Section::Exporters] {
        if model.find(section, &connector.id).is_some() {
            let message = format!("there is a {} {} too; rename the connector", section.noun(), quote(&connector.id));
            report.add(Rule::AmbiguousConnector, connector.path(), message);
        }
    }
}

/// Every use at one end needs a use at the other whose signals the connector can join.
fn check_ends(model: &Model<'_>, connector: &Component<'_>, report: &mut Report) {
    let (ended, begun) = (ends_with(model, connector), begins_with(model, connector));
    for pipeline in &ended {
        if !begun.iter().any(|other| joins(connector.kind, pipeline.signal, other.signal)) {
            let message =
                format!("it ends {} and begins no pipeline that it could feed from there", quote(&pipeline.id));
            report.add(Rule::ConnectorUnconnected, connector.path(), format!("{message}; use it as a receiver too"));
        }
    }
    for pipeline in &begun {
        if !ended.iter().any(|other| joins(connector.kind, other.signal, pipeline.signal)) {
            let message = format!("it begins {} and ends no pipeline that could feed it", quote(&pipeline.id));
            report.add(Rule::ConnectorUnconnected, connector.path(), format!("{message}; use it as an exporter too"));
        }
    }
}

fn ends_with<'m>(model: &'m Model<'_>, connector: &Component<'_>) -> Vec<&'m Pipeline<'m>> {
    model.pipelines.iter().filter(|pipeline| pipeline.exporters.iter().any(|one| one.id == connector.id)).collect()
}

fn begins_with<'m>(model: &'m Model<'_>, connector: &Component<'_>) -> Vec<&'m Pipeline<'m>> {
    model.pipelines.iter().filter(|pipeline| pipeline.receivers.iter().any(|one| one.id == connector.id)).collect()
}

/// Whether a connector takes one signal in and gives another out. One that is not known here may join anything.
fn joins(kind: &str, from: &str, to: &str) -> bool {
    match kind {
        "forward" | "routing" | "failover" | "round_robin" => from == to,
        "count" | "sum" | "signal_to_metrics" => to == "metrics",
        "span_metrics" | "service_graph" | "servicegraph" => from == "traces" && to == "metrics",
        "exceptions" => from == "traces" && to != "traces",
        _ => true,
    }
}

/// The pipelines of one circle, the first one again at the end.
fn circle<'m>(model: &'m Model<'_>) -> Option<Vec<&'m Pipeline<'m>>> {
    let mut next: BTreeMap<&str, Vec<&Pipeline<'_>>> = BTreeMap::new();
    for connector in model.section(Section::Connectors) {
        let begun = begins_with(model, connector);
        for pipeline in ends_with(model, connector) {
            let fed = begun.iter().filter(|other| joins(connector.kind, pipeline.signal, other.signal));
            next.entry(&pipeline.id).or_default().extend(fed.copied());
        }
    }
    // What leads nowhere is taken away until everything left leads to something that is left.
    let mut left: BTreeSet<&str> = next.keys().copied().collect();
    let leads_on =
        |id: &str, left: &BTreeSet<&str>| next.get(id)?.iter().copied().find(|other| left.contains(other.id.as_str()));
    loop {
        let ended: Vec<&str> = left.iter().copied().filter(|id| leads_on(id, &left).is_none()).collect();
        if ended.is_empty() {
            break;
        }
        left.retain(|id| !ended.contains(id));
    }
    let mut path: Vec<&Pipeline<'_>> =
        vec![model.pipelines.iter().find(|pipeline| left.contains(pipeline.id.as_str()))?];
    loop {
        let following = leads_on(&path.last()?.id, &left)?;
        if let Some(start) = path.iter().position(|earlier| earlier.id == following.id) {
            path.push(following);
            return Some(path.split_off(start));
        }
        path.push(following);
    }
}
