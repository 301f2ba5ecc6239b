//! The JSON Schema against the validator: what each says of the same document.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use super::catalog;
use crate::spec::{Limits, Violation, schema};

/// What only the validator can know: fields that depend on each other, ranges of durations, regular expressions, texts of a certain meaning.
const BEYOND_A_SCHEMA: [&str; 16] = [
    "is too short",
    "is too long",
    "is not after the start",
    "leaves nothing of a run",
    "is not a valid RE2 expression",
    "is not supported",
    "the collector would expand",
    "it holds a line break",
    "it holds a control character",
    "it is too large",
    "drops every process that",
    "stands at optimizations",
    "is no cost",
    "is always a gate",
    "does not have the role saving",
    // A path with more than 253 characters before its slash.
    "is no label",
];

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let schema = schema::document(&catalog(), &Limits::default());
    jsonschema::draft7::meta::validate(&schema).expect("the schema is one");
    jsonschema::draft7::new(&schema).expect("the schema can be used")
});

/// True when the schema refuses the document.
pub(super) fn schema_refuses(document: &Value) -> bool {
    !SCHEMA.is_valid(document)
}

/// True when one of the violations is something that a schema can know.
pub(super) fn schema_should_refuse(violations: &[Violation]) -> bool {
    let is_beyond = |violation: &Violation| BEYOND_A_SCHEMA.iter().any(|text| violation.message.contains(text));
    !violations.iter().all(is_beyond)
}

/// What the schema says of the document as it stands.
pub(in crate::spec) fn complaints(document: &Value) -> Vec<String> {
    SCHEMA.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The document without the keys that are set to null: those count as left out, whatever else may be wrong with them.
pub(super) fn without_nulls(document: &Value) -> Value {
    let mut document = document.clone();
    leave_out_nulls(&mut document);
    document
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(values) => values.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
