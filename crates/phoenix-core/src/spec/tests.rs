//! Whole documents, from JSON to a valid experiment or to every violation at once.

pub(super) mod agreement;
mod documents;
mod property;

use serde_json::{Value, json};

use crate::spec::{Catalog, CatalogEntry, ParameterKind, ParameterSchema};
use crate::time::Span;

/// A catalog of the shape that the generator hands out.
pub(super) fn catalog() -> Catalog {
    let minute = Span::from_mins(1);
    Catalog {
        templates: vec![entry(
            "process-baseline",
            vec![
                parameter(
                    "collectionInterval",
                    ParameterKind::Duration { min: Span::from_secs(1), max: minute },
                    json!("10s"),
                ),
                parameter("memoryLimitMib", ParameterKind::Integer { min: 64, max: 4_096 }, json!(256)),
                parameter("sampleShare", ParameterKind::Number { min: 0.0, max: 1.0 }, json!(1.0)),
                parameter("perCpu", ParameterKind::Boolean, json!(false)),
            ],
        )],
        strategies: vec![
            entry("exclude-kernel-threads", Vec::new()),
            CatalogEntry {
                keeps_only: Some("patterns".to_owned()),
                ..entry(
                    "process-filter",
                    vec![parameter("patterns", ParameterKind::Patterns { min: 1, max: 100 }, Value::Null)],
                )
            },
        ],
    }
}

fn entry(name: &str, parameters: Vec<ParameterSchema>) -> CatalogEntry {
    CatalogEntry { name: name.to_owned(), description: format!("About {name}"), parameters, keeps_only: None }
}

/// A parameter; without a default (null) it is mandatory.
fn parameter(name: &str, kind: ParameterKind, default: Value) -> ParameterSchema {
    let default = Some(default).filter(|value| !value.is_null());
    ParameterSchema { name: name.to_owned(), description: format!("sets {name}"), kind, default }
}

/// The experiment file of the documentation.
pub(super) fn example() -> Value {
    json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": "cut-process-cost", "labels": {"team": "platform"}},
        "spec": {
            "description": "Roll processes up by executable",
            "target": {"nodeSelector": {"phoenix.io/pool": "canary"}},
            "baseline": {"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "10s"}},
            "candidate": {
                "baseTemplate": "process-baseline",
                "parameters": {"collectionInterval": "10s"},
                "optimizations": [
                    {"name": "exclude-kernel-threads"},
                    {"name": "process-filter", "parameters": {"patterns": ["^(postgres|nginx)$"]}}
                ]
            },
            "criticalProcesses": ["^postgres$"],
            "schedule": {
                "start": "2026-12-01T08:00:00Z", "end": null, "duration": "30m", "warmUp": "2m", "sampleInterval": "15s"
            },
            "keepPipelines": false,
            "deadlines": {"deploying": "10m"},
            "policy": {}
        }
    })
}

/// Puts a value at a JSON pointer of a document, making the keys on the way; null removes a key.
pub(super) fn put(document: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = document.pointer_mut(parent).expect("the parent exists");
    match parent {
        Value::Object(map) if value.is_null() => {
            map.shift_remove(key);
        }
        Value::Array(values) => {
            let index: usize = key.parse().expect("an index");
            values[index] = value;
        }
        _ => parent[key] = value,
    }
}
