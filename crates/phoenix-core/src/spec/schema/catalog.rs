//! Templates and strategies in a schema: which there are, and what each of them takes.

use serde_json::{Map, Value, json};

use super::{Context, allow_null, facts, set};
use crate::spec::validate::parameter;
use crate::spec::{Catalog, CatalogEntry, ParameterKind, ParameterSchema};
use crate::time::Span;

/// Adds to the schema of a pipeline what its template and its strategies take.
pub(super) fn describe(pipeline: &mut Value, catalog: &Catalog) {
    choose(pipeline, "baseTemplate", &catalog.templates);
    if let Some(strategy) = pipeline.pointer_mut("/properties/optimizations/items") {
        choose(strategy, "name", &catalog.strategies);
    }
}

/// The name selects which parameters there are.
fn choose(schema: &mut Value, key: &str, entries: &[CatalogEntry]) {
    let Some(object) = schema.as_object_mut() else { return };
    let cases: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let mut then = json!({"properties": {"parameters": parameters(entry)}});
            if entry.parameters.iter().any(|parameter| parameter.default.is_none()) {
                set(&mut then, "required", json!(["parameters"]));
            }
            json!({"if": {"properties": {key: {"const": entry.name}}, "required": [key]}, "then": then})
        })
        .collect();
    object.insert("allOf".to_owned(), Value::Array(cases));
}

fn parameters(entry: &CatalogEntry) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in &entry.parameters {
        let mut schema = keywords(&parameter.kind);
        let text = format!(
            "{}\n\nDefault: {}. Allowed: {}.",
            parameter.description,
            default_of(parameter),
            allowed(&parameter.kind)
        );
        schema.insert("description".to_owned(), json!(text));
        let mut schema = Value::Object(schema);
        match &parameter.default {
            Some(default) => {
                set(&mut schema, "default", default.clone());
                allow_null(&mut schema);
            }
            None => required.push(parameter.name.clone()),
        }
        properties.insert(parameter.name.clone(), schema);
    }
    let mut schema = json!({
        "type": "object", "description": entry.description, "properties": properties, "additionalProperties": false,
    });
    if required.is_empty() {
        allow_null(&mut schema);
    } else {
        set(&mut schema, "required", json!(required));
    }
    schema
}

fn keywords(kind: &ParameterKind) -> Map<String, Value> {
    let schema = match kind {
        ParameterKind::Duration { .. } => json!({"type": "string", "pattern": Span::pattern()}),
        ParameterKind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        ParameterKind::Number { min, max } => json!({"type": "number", "minimum": min, "maximum": max}),
        ParameterKind::Boolean => json!({"type": "boolean"}),
        ParameterKind::Patterns { min, max } => {
            json!({"type": "array", "minItems": min, "maxItems": max, "items": facts::pattern()})
        }
    };
    schema.as_object().cloned().unwrap_or_default()
}

/// The type of a parameter, in the words of the documentation.
pub const fn kind_of(kind: &ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Duration { .. } => "duration",
        ParameterKind::Integer { .. } => "whole number",
        ParameterKind::Number { .. } => "number",
        ParameterKind::Boolean => "true or false",
        ParameterKind::Patterns { .. } => "list of regular expressions",
    }
}

/// What a parameter may hold, as the validator puts it.
pub fn allowed(kind: &ParameterKind) -> String {
    let text = parameter::allowed(kind);
    text.strip_prefix("allowed: ").map_or(text.clone(), str::to_owned)
}

/// What holds when a parameter is left out.
pub fn default_of(parameter: &ParameterSchema) -> String {
    parameter.default.as_ref().map_or_else(|| "required".to_owned(), facts::code)
}

/// The names of templates or strategies, for people.
pub(super) fn names(entries: &[CatalogEntry]) -> String {
    entries.iter().map(|entry| format!("`{}`", entry.name)).collect::<Vec<_>>().join(", ")
}

/// The names of templates or strategies.
pub(super) fn words(entries: &[CatalogEntry]) -> Value {
    json!(entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>())
}

/// The first template of a catalog, for examples.
pub(super) fn first_template<'a>(context: &Context<'a>) -> &'a str {
    context.catalog.templates.first().map_or("", |entry| entry.name.as_str())
}
