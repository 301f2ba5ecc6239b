//! Which keys there may be at the top, in `service` and in a pipeline, and which there must be.

use serde_json::{Map, Value};

use crate::component::Section;
use crate::validator::place::Place;
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

const SERVICE: &str = "service";
const SERVICE_KEYS: [&str; 3] = ["extensions", "pipelines", "telemetry"];
const PIPELINE_KEYS: [&str; 3] = ["receivers", "processors", "exporters"];

/// Checks the keys of the document.
pub(super) fn check(root: &Map<String, Value>, report: &mut Report) {
    let top = Section::ALL.map(Section::key);
    let known: Vec<&str> = top.into_iter().chain([SERVICE]).collect();
    check_keys(root, &Place::ROOT, &known, report);
    check_sections(root, report);
    let place = Place::ROOT.key(SERVICE);
    match root.get(SERVICE) {
        None | Some(Value::Null) => {
            report.add(Rule::MissingSection, SERVICE, "there is no service; add one with pipelines");
        }
        Some(Value::Object(service)) => check_service(service, &place, report),
        Some(other) => wrong_type(other, "a map", &place, report),
    }
}

fn check_sections(root: &Map<String, Value>, report: &mut Report) {
    let mut is_empty = true;
    for section in Section::ALL {
        let place = Place::ROOT.key(section.key());
        match root.get(section.key()) {
            None | Some(Value::Null) => {}
            Some(Value::Object(components)) => {
                is_empty &= components.is_empty();
                for (id, settings) in components {
                    if !settings.is_null() && !settings.is_object() {
                        wrong_type(settings, "a map", &place.key(id), report);
                    }
                }
            }
            Some(other) => {
                is_empty = false;
                wrong_type(other, "a map", &place, report);
            }
        }
    }
    if is_empty {
        report.add(Rule::EmptyConfiguration, "document", "the configuration holds no component");
        return;
    }
    for section in [Section::Receivers, Section::Exporters] {
        let is_missing = match root.get(section.key()) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_object().is_some_and(Map::is_empty),
        };
        if is_missing {
            let message = format!("no {} is configured; add one", section.noun());
            report.add(Rule::MissingSection, section.key(), message);
        }
    }
}

fn check_service(service: &Map<String, Value>, place: &Place<'_>, report: &mut Report) {
    check_keys(service, place, &SERVICE_KEYS, report);
    let place = place.key("pipelines");
    match service.get("pipelines") {
        None | Some(Value::Null) => {}
        Some(Value::Object(pipelines)) => {
            for (id, pipeline) in pipelines {
                let place = place.key(id);
                match pipeline {
                    Value::Null => {}
                    Value::Object(pipeline) => check_keys(pipeline, &place, &PIPELINE_KEYS, report),
                    other => wrong_type(other, "a map", &place, report),
                }
            }
        }
        Some(other) => wrong_type(other, "a map", &place, report),
    }
}

fn check_keys(map: &Map<String, Value>, place: &Place<'_>, known: &[&str], report: &mut Report) {
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        let message = format!("there is no such key; use one of: {}", known.join(", "));
        report.add(Rule::UnknownKey, place.key(key), message);
    }
}

/// Says that something else stands where `expected` should.
pub(super) fn wrong_type(value: &Value, expected: &str, place: &Place<'_>, report: &mut Report) {
    let found = match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) if text.contains("${") => {
            "a reference to the environment, which cannot be checked here".to_owned()
        }
        Value::String(text) => quote(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    };
    report.add(Rule::WrongType, place, format!("expected {expected}, got {found}"));
}
