//! The experiment file as a JSON Schema for editors, and as a list of fields for the documentation; both from the types of the raw file, the
//! constants of the validator and a catalog.
//!
//! The schema is of draft 07, which every editor knows. It refuses only what the validator refuses, but for times in forms that RFC 3339 does
//! not have. What no schema can say (fields that depend on each other, ranges of durations, regular expressions) is left to the validator and
//! told in the descriptions.

mod catalog;
mod facts;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::analysis::Indicator;
use crate::spec::{Catalog, IndicatorPolicy, Limits, RawExperiment, path};
use facts::{Context, Facts, Preset};

pub use catalog::{allowed, default_of, kind_of};

/// The pipeline whose fields stand for those of both.
const PIPELINE: &str = "spec.baseline";
/// What a pipeline has only where there is no experiment.
const NO_FIELD: &str = "spec.baseline.name";

/// One field of the experiment file, in the words of its documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Where it stands, for instance `spec.schedule.warmUp`; of the two pipelines only the baseline is listed.
    pub path: String,
    /// Its type.
    pub kind: &'static str,
    /// Its unit; empty where it has none, or where the value says it itself.
    pub unit: &'static str,
    /// What holds when it is left out.
    pub default: String,
    /// What it may hold.
    pub allowed: String,
    /// An example of a value.
    pub example: Value,
    /// The shortest, smallest allowed value, if there is one.
    pub least: Option<Value>,
    /// The longest, largest allowed value, if there is one.
    pub most: Option<Value>,
    /// The value that means the same as leaving it out, if there is one.
    pub preset: Option<Value>,
    /// What it does.
    pub description: String,
    /// What is checked beyond type and range.
    pub checks: Vec<String>,
}

/// One indicator, with what it counts for unless a policy says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorField {
    /// The indicator.
    pub indicator: Indicator,
    /// What it measures.
    pub description: String,
}

/// The JSON Schema of an experiment file under this catalog and these limits.
pub fn document(catalog: &Catalog, limits: &Limits) -> Value {
    let mut schema = derived::<RawExperiment>();
    let context = Context { catalog, limits };
    Dresser { context: &context, fields: Vec::new() }.dress(&mut schema, "");
    share_pipeline(&mut schema, catalog);
    set(&mut schema, "title", json!("Phoenix experiment file"));
    schema
}

/// Every field of an experiment file, in reading order.
pub fn fields(catalog: &Catalog, limits: &Limits) -> Vec<Field> {
    let mut schema = derived::<RawExperiment>();
    let context = Context { catalog, limits };
    let mut dresser = Dresser { context: &context, fields: Vec::new() };
    dresser.dress(&mut schema, "");
    dresser.fields
}

/// Every indicator that a policy may speak of, in reading order.
pub fn indicators() -> Vec<IndicatorField> {
    let schema = derived::<Indicator>();
    let described = |indicator: Indicator| {
        let mut words = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
        let word = words.find(|word| word.get("const").and_then(Value::as_str) == Some(indicator.as_str()));
        IndicatorField { indicator, description: word.map(description).unwrap_or_default() }
    };
    Indicator::ALL.into_iter().map(described).collect()
}

/// The schema that a type has by itself, everything within it in place.
fn derived<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The comment on a type or field, in one line for each of its paragraphs.
fn description(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Adds to a derived schema what the facts say of each field, and collects the fields on the way.
struct Dresser<'a> {
    context: &'a Context<'a>,
    fields: Vec<Field>,
}

impl Dresser<'_> {
    fn dress(&mut self, schema: &mut Value, at: &str) {
        let Some(object) = schema.as_object_mut() else { return };
        object.shift_remove("default");
        let mut required = Vec::new();
        let mut properties = object.get_mut("properties").and_then(Value::as_object_mut);
        if let Some(properties) = &mut properties {
            properties.retain(|key, _| path::key(at, key) != NO_FIELD);
        }
        for (key, property) in properties.into_iter().flatten() {
            let field = path::key(at, key);
            // Both pipelines have the same fields, which are described once.
            let Some(facts) = facts::of(&field, self.context) else { continue };
            let described = description(property);
            self.fields.push(facts.field(&field, described.clone()));
            self.dress_within(property, &field);
            if facts.preset == Preset::Required {
                required.push(Value::String(key.clone()));
            }
            apply(property, &facts, &described);
        }
        if !required.is_empty() {
            object.insert("required".to_owned(), Value::Array(required));
        }
    }

    /// What stands within a field: its own fields, or those of its elements or values.
    fn dress_within(&mut self, property: &mut Value, field: &str) {
        if field == "spec.policy.indicators" {
            self.dress_indicators(property);
            return;
        }
        self.dress(property, field);
        if let Some(items) = property.get_mut("items") {
            self.dress(items, &format!("{field}[]"));
        }
        // A map's value that is null counts as left out.
        if let Some(values) = property.get_mut("additionalProperties").filter(|values| values.is_object()) {
            allow_null(values);
        }
    }

    /// An object with one key for each indicator.
    fn dress_indicators(&mut self, property: &mut Value) {
        let mut policy = derived::<IndicatorPolicy>();
        self.dress(&mut policy, "spec.policy.indicators.*");
        if let Some(object) = policy.as_object_mut() {
            object.shift_remove("$schema");
            object.shift_remove("title");
        }
        let mut properties = Map::new();
        for IndicatorField { indicator, description } in indicators() {
            let mut own = policy.clone();
            set(&mut own, "description", json!(description));
            allow_null(&mut own);
            properties.insert(indicator.as_str().to_owned(), own);
        }
        *property = json!({"type": "object", "properties": properties, "additionalProperties": false});
    }
}

/// Puts the facts of a field into its schema.
fn apply(property: &mut Value, facts: &Facts, described: &str) {
    if let (Some(object), Value::Object(keywords)) = (property.as_object_mut(), &facts.keywords) {
        object.shift_remove("default");
        // Formats of Rust's integers mean nothing to an editor; the ranges are in the facts.
        object.shift_remove("format");
        for (keyword, value) in keywords {
            if value.is_null() {
                object.shift_remove(keyword);
            } else {
                object.insert(keyword.clone(), value.clone());
            }
        }
    }
    if facts.preset == Preset::Required {
        refuse_null(property);
    } else {
        allow_null(property);
    }
    let mut parts = vec![format!("{described}\n\nDefault: {}. Allowed: {}.", facts.default_text(), facts.allowed)];
    parts.extend(facts.checks.iter().cloned());
    set(property, "description", Value::String(parts.join(" ")));
    if let Preset::Value(value) = &facts.preset {
        set(property, "default", value.clone());
    }
    set(property, "examples", json!([facts.example]));
}

/// Sets a keyword of a schema.
fn set(schema: &mut Value, keyword: &str, value: Value) {
    if let Some(object) = schema.as_object_mut() {
        object.insert(keyword.to_owned(), value);
    }
}

/// A key set to null counts as left out.
fn allow_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(types) = object.get_mut("type") {
        let mut all = types.as_array().cloned().unwrap_or_else(|| vec![types.clone()]);
        if !all.contains(&json!("null")) {
            all.push(json!("null"));
        }
        *types = Value::Array(all);
    }
    if let Some(words) = object.get_mut("enum").and_then(Value::as_array_mut)
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
}

fn refuse_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(types) = object.get_mut("type") {
        let mut all: Vec<Value> =
            types.as_array().into_iter().flatten().filter(|kind| **kind != json!("null")).cloned().collect();
        match all.len() {
            0 => {}
            1 => *types = all.remove(0),
            _ => *types = Value::Array(all),
        }
    }
}

/// Both pipelines are described once, with what each template and strategy takes.
fn share_pipeline(schema: &mut Value, catalog: &Catalog) {
    let Some(spec) = schema.pointer_mut("/properties/spec/properties").and_then(Value::as_object_mut) else { return };
    let Some(mut pipeline) = spec.get("baseline").cloned() else { return };
    catalog::describe(&mut pipeline, catalog);
    for key in ["baseline", "candidate"] {
        if let Some(property) = spec.get_mut(key) {
            let text = property.get("description").cloned().unwrap_or_default();
            *property = json!({"description": text, "allOf": [{"$ref": "#/definitions/pipeline"}]});
        }
    }
    if let Some(pipeline) = pipeline.as_object_mut() {
        pipeline.shift_remove("description");
        pipeline.shift_remove("examples");
    }
    set(schema, "definitions", json!({"pipeline": pipeline}));
}

#[cfg(test)]
mod tests;
