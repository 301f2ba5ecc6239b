//! What pipelines are made of: is it there, is it configured, is it there once, is everything used.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::component::Section;
use crate::validator::model::{Model, Pipeline, Reference};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks pipelines and extensions against the configured components.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    check_presence(model.root, report);
    for pipeline in &model.pipelines {
        check_pipeline(model, pipeline, report);
    }
    check_defined(model, &model.extensions, &[Section::Extensions], report);
    check_repeated(&model.extensions, report);
    for component in &model.components {
        if is_removed(component.section, component.kind) {
            let message = "the exporter logging does not exist any more; use debug";
            report.add(Rule::RemovedComponent, component.path(), message);
        }
        if !model.is_used(component) {
            let place = if component.section == Section::Extensions { "service.extensions" } else { "any pipeline" };
            let message =
                format!("this {} is configured and not in {place}; use it or remove it", component.section.noun());
            report.add(Rule::UnusedComponent, component.path(), message);
        }
    }
}

fn check_presence(root: &Map<String, Value>, report: &mut Report) {
    // A missing service is reported as such.
    let Some(service) = root.get("service").and_then(Value::as_object) else { return };
    let is_missing = match service.get("pipelines") {
        None | Some(Value::Null) => true,
        Some(pipelines) => pipelines.as_object().is_some_and(Map::is_empty),
    };
    if is_missing {
        report.add(Rule::NoPipelines, "service.pipelines", "there is no pipeline; add one, such as metrics");
    }
}

fn check_pipeline(model: &Model<'_>, pipeline: &Pipeline<'_>, report: &mut Report) {
    if pipeline.receivers.is_empty() {
        report.add(Rule::NoReceivers, &pipeline.path, "this pipeline has no receiver; add one");
    }
    if pipeline.exporters.is_empty() {
        report.add(Rule::NoExporters, &pipeline.path, "this pipeline has no exporter; add one");
    }
    check_defined(model, &pipeline.receivers, &[Section::Receivers, Section::Connectors], report);
    check_defined(model, &pipeline.processors, &[Section::Processors], report);
    check_defined(model, &pipeline.exporters, &[Section::Exporters, Section::Connectors], report);
    check_repeated(&pipeline.receivers, report);
    check_repeated(&pipeline.exporters, report);
    for reference in repeated(&pipeline.processors) {
        let message = format!(
            "{} stands twice in this pipeline; remove it, or configure it a second time under another name",
            quote(&reference.id)
        );
        report.add(Rule::DuplicateProcessor, &reference.path, message);
    }
}

fn check_defined(model: &Model<'_>, references: &[Reference], sections: &[Section], report: &mut Report) {
    for reference in references {
        if sections.iter().all(|section| model.find(*section, &reference.id).is_none()) {
            let section = sections.first().copied().unwrap_or(Section::Extensions);
            let message = format!(
                "there is no {} {}; configure it in {section}, or remove it here",
                section.noun(),
                quote(&reference.id)
            );
            report.add(Rule::UndefinedReference, &reference.path, message);
        }
    }
}

fn check_repeated(references: &[Reference], report: &mut Report) {
    for reference in repeated(references) {
        let message = format!("{} stands twice in this list; remove one", quote(&reference.id));
        report.add(Rule::RepeatedReference, &reference.path, message);
    }
}

/// Those that stood in the list before.
fn repeated(references: &[Reference]) -> impl Iterator<Item = &Reference> {
    let mut seen = BTreeSet::new();
    references.iter().filter(move |reference| !seen.insert(reference.id.as_str()))
}

fn is_removed(section: Section, kind: &str) -> bool {
    section == Section::Exporters && kind == "logging"
}
