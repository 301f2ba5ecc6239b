//! `service.telemetry`: what the collector says about itself. It must say who it is, so its labels have to arrive as they were meant.

use serde_json::{Map, Value};

use crate::validator::place::Place;
use crate::validator::references::{Piece, pieces};
use crate::validator::report::Report;
use crate::validator::rule::Rule;
use crate::validator::structure::wrong_type;

const KEYS: [&str; 4] = ["logs", "metrics", "resource", "traces"];
const METRICS_KEYS: [&str; 3] = ["level", "readers", "views"];

/// Keys of a resource in its declarative form; any other key is an attribute in the short form.
const RESOURCE_KEYS: [&str; 5] = ["attributes", "attributes_list", "detectors", "detection/development", "schema_url"];

/// Checks the telemetry of the collector itself.
pub(super) fn check(root: &Map<String, Value>, report: &mut Report) {
    let service = Place::ROOT.key("service");
    let place = service.key("telemetry");
    match root.get("service").and_then(|service| service.get("telemetry")) {
        None | Some(Value::Null) => {}
        Some(Value::Object(telemetry)) => {
            unknown_keys(telemetry, &KEYS, &place, report);
            if let Some(metrics) = telemetry.get("metrics").and_then(Value::as_object) {
                check_metrics(metrics, &place.key("metrics"), report);
            }
            if let Some(resource) = telemetry.get("resource").and_then(Value::as_object) {
                check_resource(resource, &place.key("resource"), report);
            }
        }
        Some(other) => wrong_type(other, "a map", &place, report),
    }
}

fn unknown_keys(map: &Map<String, Value>, known: &[&str], place: &Place<'_>, report: &mut Report) {
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        let message = if key == "address" {
            "address was removed in 0.123; use readers with a pull exporter, host and port".to_owned()
        } else {
            format!("there is no such key; use one of: {}", known.join(", "))
        };
        report.add(Rule::UnknownKey, place.key(key), message);
    }
}

fn check_metrics(metrics: &Map<String, Value>, place: &Place<'_>, report: &mut Report) {
    unknown_keys(metrics, &METRICS_KEYS, place, report);
    let level = metrics.get("level").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let level = level.as_deref().unwrap_or("normal");
    let is_empty = metrics.get("readers").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if level != "none" && is_empty {
        let message = "readers is empty; add a reader, or set level to none";
        report.add(Rule::TelemetrySettings, place.key("readers"), message);
    }
    let has_views = metrics.get("views").is_some_and(|views| !views.is_null());
    if has_views && level != "detailed" {
        report.add(Rule::TelemetrySettings, place.key("views"), "views need level: detailed; set it, or remove them");
    }
}

fn check_resource(resource: &Map<String, Value>, place: &Place<'_>, report: &mut Report) {
    for (key, value) in resource.iter().filter(|(key, _)| !RESOURCE_KEYS.contains(&key.as_str())) {
        let place = place.key(key);
        if value.is_string() || value.is_null() {
            check_untyped(value, &place, report);
        } else {
            report.add(Rule::TelemetrySettings, place, "the value of an attribute is a text here; put it in quotes");
        }
    }
    let place = place.key("attributes");
    for (index, attribute) in resource.get("attributes").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let place = place.index(index);
        if let Some(value) = attribute.get("value") {
            check_untyped(value, &place.key("value"), report);
        }
    }
}

/// The field takes any type, so what a variable holds is read as YAML when nothing stands beside it.
fn check_untyped(value: &Value, place: &Place<'_>, report: &mut Report) {
    let Some(text) = value.as_str() else { return };
    if let [(0, Piece::Reference { inner })] = pieces(text).as_slice()
        && inner.len() + 3 == text.len()
    {
        let message = "any type fits here, so 1e5 or true in the variable would become a number or a boolean; put something beside the \
                       reference that keeps it a text, such as an unset variable with an empty default";
        report.add(Rule::UntypedReference, place, message);
    }
}
