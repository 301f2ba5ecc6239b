//! What this installation allows: how many processors, and which exporters.

use serde_json::Value;

use crate::component::{Section, canonical, kind};
use crate::validator::ValidatorOptions;
use crate::validator::model::Model;
use crate::validator::place::{Place, walk};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks a document against the options.
pub(super) fn check(model: &Model<'_>, options: &ValidatorOptions, report: &mut Report) {
    for pipeline in &model.pipelines {
        let (count, most) = (pipeline.processors.len(), options.max_processors);
        if count > most {
            let message = format!(
                "this pipeline has {count} processors; allowed: {most} (pipeline_generator.validation.max_processors)"
            );
            report.add(Rule::TooManyProcessors, format!("{}.processors", pipeline.path), message);
        }
    }
    for exporter in model.section(Section::Exporters) {
        if !is_allowed(exporter.kind, options) {
            report.add(Rule::ExporterNotAllowed, exporter.path(), not_allowed(kind(&exporter.id), options));
        }
    }
    check_telemetry(model, options, report);
}

fn is_allowed(kind: &str, options: &ValidatorOptions) -> bool {
    let wanted = canonical(Section::Exporters, kind);
    options.allowed_exporters.iter().any(|allowed| canonical(Section::Exporters, allowed.trim()) == wanted)
}

fn not_allowed(kind: &str, options: &ValidatorOptions) -> String {
    let allowed =
        if options.allowed_exporters.is_empty() { "none".to_owned() } else { options.allowed_exporters.join(", ") };
    format!(
        "exporters of type {} may not be used here; allowed: {allowed} (pipeline_generator.validation.allowed_exporters)",
        quote(kind)
    )
}

/// The collector's own telemetry leaves by exporters of its own. A page that others pull from, and its own output, send nothing anywhere.
fn check_telemetry(model: &Model<'_>, options: &ValidatorOptions, report: &mut Report) {
    let Some(telemetry) = model.root.get("service").and_then(|service| service.get("telemetry")) else { return };
    let service = Place::ROOT.key("service");
    walk(telemetry, &service.key("telemetry"), &mut |place, value| {
        let is_pulled = place.parent().and_then(Place::last_key) == Some("pull");
        if place.last_key() != Some("exporter") || is_pulled {
            return;
        }
        for kind in value.as_object().into_iter().flat_map(serde_json::Map::keys) {
            if kind != "console" && !is_allowed(kind, options) {
                report.add(Rule::ExporterNotAllowed, place.key(kind), not_allowed(kind, options));
            }
        }
        if let Value::String(_) = value {
            report.add(Rule::WrongType, place, "expected a map, got a text, which cannot be checked here");
        }
    });
}
