//! Pipelines of process metrics: whether every process stays a series of its own, and what the series give away.

use serde_json::Value;

use crate::component::Section;
use crate::validator::model::{Component, Model, Pipeline};
use crate::validator::report::Report;
use crate::validator::rule::Rule;

/// Checks filters, transformations, and everything that process metrics go through.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for processor in model.section(Section::Processors).filter(|one| ["filter", "transform"].contains(&one.kind)) {
        if processor.setting("error_mode").is_none() {
            let message = "without error_mode an error drops the whole batch before collector 0.153 and does nothing since; write ignore";
            report.add(Rule::ErrorModeMissing, processor.path(), message);
        }
    }
    for receiver in model.section(Section::Receivers).filter(|receiver| receiver.kind == "host_metrics") {
        if let Some(process) = receiver.setting("scrapers").and_then(|scrapers| scrapers.get("process")) {
            check_scraper(model, receiver, process, report);
        }
    }
}

fn check_scraper(model: &Model<'_>, receiver: &Component<'_>, process: &Value, report: &mut Report) {
    let pipelines = model.pipelines.iter().filter(|pipeline| {
        pipeline.signal == "metrics" && pipeline.receivers.iter().any(|reference| reference.id == receiver.id)
    });
    for pipeline in pipelines {
        let mut is_exported = false;
        for page in pages(model, pipeline) {
            is_exported = true;
            if !converts_resources(page) {
                let message = "what tells processes apart is no label here, so all of them share one series and the last value wins; enable \
                               resource_to_telemetry_conversion";
                report.add(Rule::IndistinctProcesses, page.path(), message);
            }
        }
        if is_exported && !reports(process, "process.pid") && !adds_up(model, pipeline) {
            let message = "process.pid is off and no groupbyattrs adds the processes up, so those of one name overwrite each other; keep \
                           process.pid, or add them up";
            report.add(Rule::ProcessesOverwritten, &pipeline.path, message);
        }
    }
    if reports(process, "process.command_line") {
        let message = "every series carries the process' command line, which may hold secrets; disable process.command_line unless you need it";
        report.add(Rule::CommandLineExported, format!("{}.scrapers.process", receiver.path()), message);
    }
}

/// The Prometheus pages that a pipeline writes to.
fn pages<'m>(model: &'m Model<'_>, pipeline: &'m Pipeline<'_>) -> impl Iterator<Item = &'m Component<'m>> {
    let exporters = pipeline.exporters.iter().filter_map(|reference| model.find(Section::Exporters, &reference.id));
    exporters.filter(|exporter| ["prometheus", "prometheus_remote_write"].contains(&exporter.kind))
}

fn converts_resources(exporter: &Component<'_>) -> bool {
    let is_enabled = |settings: &Value| settings.get("enabled").is_some_and(|enabled| enabled != &Value::Bool(false));
    exporter.setting("resource_to_telemetry_conversion").is_some_and(is_enabled)
        || exporter.setting("resource_constant_labels").is_some()
}

/// Whether a resource attribute, on unless told otherwise, is reported.
fn reports(process: &Value, attribute: &str) -> bool {
    let settings = process.get("resource_attributes").and_then(|attributes| attributes.get(attribute));
    settings.and_then(|settings| settings.get("enabled")) != Some(&Value::Bool(false))
}

fn adds_up(model: &Model<'_>, pipeline: &Pipeline<'_>) -> bool {
    pipeline.processors.iter().any(|reference| {
        model.find(Section::Processors, &reference.id).is_some_and(|processor| processor.kind == "groupbyattrs")
    })
}
