//! What is known of each field beyond its type and its comment: default, range, example, checks. Whatever is a number here is the constant that
//! the validator uses.

mod pipeline;
mod policy;
mod schedule;

use serde_json::{Value, json};

use super::Field;
use crate::id::{ExperimentId, ExperimentName, InvalidId};
use crate::spec::pattern::LONGEST;
use crate::spec::validate::document::{LONGEST_DESCRIPTION, LONGEST_LABEL, MOST_CRITICAL, MOST_LABELS};
use crate::spec::{API_VERSION, Catalog, KIND, Limits};
use crate::time::Span;

/// What the facts depend on besides constants.
pub(super) struct Context<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) limits: &'a Limits,
}

/// What holds when a field is left out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Preset {
    /// It must not be left out.
    Required,
    /// Nothing does.
    Nothing,
    /// The same as with this value.
    Value(Value),
    /// Something that depends on other fields or on the controller, told in words.
    Rule(String),
}

/// What is known of a field.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    kind: &'static str,
    unit: &'static str,
    pub(super) preset: Preset,
    pub(super) allowed: String,
    pub(super) example: Value,
    least: Option<Value>,
    most: Option<Value>,
    pub(super) checks: Vec<String>,
    /// Keywords of the JSON Schema; they replace those that the type brings, and null removes one.
    pub(super) keywords: Value,
}

impl Facts {
    fn new(kind: &'static str, preset: Preset, allowed: impl Into<String>, example: Value) -> Self {
        Self {
            kind,
            unit: "",
            preset,
            allowed: allowed.into(),
            example,
            least: None,
            most: None,
            checks: Vec::new(),
            keywords: json!({}),
        }
    }

    /// A duration within a range, both ends included.
    fn duration(preset: Preset, min: Span, max: Span, example: &str) -> Self {
        let mut facts = Self::new("duration", preset, format!("{min} to {max}"), json!(example));
        facts.least = Some(json!(min.to_string()));
        facts.most = Some(json!(max.to_string()));
        facts.keywords(json!({"pattern": Span::pattern()}))
    }

    /// A time.
    fn time(preset: Preset, example: &str) -> Self {
        let allowed = "an RFC 3339 time; with `Z` at its end it is UTC";
        Self::new("time", preset, allowed, json!(example)).keywords(json!({"format": "date-time"}))
    }

    fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    fn check(mut self, text: impl Into<String>) -> Self {
        self.checks.push(text.into());
        self
    }

    fn keywords(mut self, keywords: Value) -> Self {
        self.keywords = keywords;
        self
    }

    /// What holds when the field is left out, in words.
    pub(super) fn default_text(&self) -> String {
        match &self.preset {
            Preset::Required => "required".to_owned(),
            Preset::Nothing => "none".to_owned(),
            Preset::Value(value) => code(value),
            Preset::Rule(text) => text.clone(),
        }
    }

    /// The field of these facts.
    pub(super) fn field(&self, path: &str, description: String) -> Field {
        Field {
            path: path.to_owned(),
            kind: self.kind,
            unit: self.unit,
            default: self.default_text(),
            allowed: self.allowed.clone(),
            example: self.example.clone(),
            least: self.least.clone(),
            most: self.most.clone(),
            preset: match &self.preset {
                Preset::Value(value) => Some(value.clone()),
                Preset::Required | Preset::Nothing | Preset::Rule(_) => None,
            },
            description,
            checks: self.checks.clone(),
        }
    }
}

/// What is known of the field at a path. `None` for what is no field of an experiment.
pub(super) fn of(path: &str, context: &Context<'_>) -> Option<Facts> {
    identity(path)
        .or_else(|| subject(path))
        .or_else(|| pipeline::of(path, context))
        .or_else(|| schedule::of(path, context.limits))
        .or_else(|| policy::of(path))
}

/// A value as it stands in a file.
pub(super) fn code(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "`\"\"`".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => format!("`{value}`"),
    }
}

/// One regular expression.
pub(super) fn pattern() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": LONGEST})
}

/// Text without control characters, except those in `but`.
fn plain(but: &str) -> String {
    let controls = match but {
        "" => r"\u0000-\u001f",
        _ => r"\u0000-\u0008\u000b\u000c\u000e-\u001f",
    };
    format!(r"^[^{controls}\u007f-\u009f]*$")
}

fn object(preset: Preset, allowed: &str, example: Value) -> Facts {
    Facts::new("object", preset, allowed, example)
}

/// What an identifier may be, as its type says.
fn allowed_of<T: TryFrom<String, Error = InvalidId>>() -> &'static str {
    T::try_from(String::new()).err().map_or("", |error| error.allowed)
}

fn identity(path: &str) -> Option<Facts> {
    let facts = match path {
        "apiVersion" => Facts::new("text", Preset::Required, format!("`{API_VERSION}`"), json!(API_VERSION))
            .keywords(json!({"const": API_VERSION})),
        "kind" => {
            Facts::new("text", Preset::Required, format!("`{KIND}`"), json!(KIND)).keywords(json!({"const": KIND}))
        }
        "metadata" => object(Preset::Required, "the fields below", json!({"name": "cut-process-cost"})),
        "metadata.name" => Facts::new("text", Preset::Required, allowed_of::<ExperimentName>(), json!("cut-process-cost"))
            .keywords(json!({"pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}))
            .check("No other experiment of this name may be on its way (`ALREADY_EXISTS`); the names of ended ones are free again."),
        "metadata.id" => {
            let made = Preset::Rule("a UUIDv7 that the controller makes".to_owned());
            Facts::new("text", made, allowed_of::<ExperimentId>(), json!("cut-process-cost-2026-12"))
                .keywords(json!({"pattern": "^[a-z0-9-]{1,63}$"}))
                .check("A different experiment, or a deleted one, must not have it (`ALREADY_EXISTS`).")
        }
        "metadata.labels" => {
            let allowed = format!(
                "at most {MOST_LABELS}; keys of 1 to {LONGEST_LABEL} characters, values of at most {LONGEST_LABEL}, no control characters"
            );
            let value = json!({"type": "string", "maxLength": LONGEST_LABEL, "pattern": plain("")});
            let key = json!({"minLength": 1, "maxLength": LONGEST_LABEL, "pattern": plain("")});
            let keywords = json!({"maxProperties": MOST_LABELS, "propertyNames": key, "additionalProperties": nullable(value)});
            Facts::new("map of texts", Preset::Value(json!({})), allowed, json!({"team": "platform"})).keywords(keywords)
        }
        _ => return None,
    };
    Some(facts)
}

fn subject(path: &str) -> Option<Facts> {
    let facts = match path {
        "spec.description" => {
            let allowed = format!("at most {LONGEST_DESCRIPTION} characters of plain text");
            Facts::new("text", Preset::Value(json!("")), allowed, json!("Leave kernel threads out"))
                .keywords(json!({"maxLength": LONGEST_DESCRIPTION, "pattern": plain("\n\r\t")}))
        }
        "spec.target" => {
            object(Preset::Value(json!({})), "the fields below", json!({"nodeSelector": {"phoenix.io/pool": "canary"}}))
        }
        "spec.target.nodeSelector" => {
            let allowed = format!("at most {MOST_LABELS} Kubernetes labels");
            let example = json!({"phoenix.io/pool": "canary"});
            Facts::new("map of texts", Preset::Value(json!({})), allowed, example).keywords(node_selector())
        }
        "spec.criticalProcesses" => critical_processes(),
        "spec.keepPipelines" => Facts::new("true or false", Preset::Value(json!(false)), "true or false", json!(true)),
        _ => return None,
    };
    Some(facts)
}

fn critical_processes() -> Facts {
    let allowed = format!("at most {MOST_CRITICAL} regular expressions (RE2) of 1 to {LONGEST} characters");
    Facts::new("list of regular expressions", Preset::Value(json!([])), allowed, json!(["^postgres$", "^nginx$"]))
        .keywords(json!({"maxItems": MOST_CRITICAL, "items": pattern()}))
        .check("Each is an expression that collectors understand: RE2, so no look-around and no back references, on one line.")
        .check("`${` must be written `\\$\\{`, because a collector would expand it.")
        .check("A candidate whose own patterns provably drop one of them is refused before it runs.")
}

/// Keys and values of Kubernetes labels.
fn node_selector() -> Value {
    let name = r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?";
    let label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    json!({
        "maxProperties": MOST_LABELS,
        "propertyNames": {"pattern": format!(r"^({label}(\.{label})*/)?{name}$")},
        "additionalProperties": nullable(json!({"type": "string", "pattern": format!("^({name})?$")})),
    })
}

fn nullable(mut schema: Value) -> Value {
    super::allow_null(&mut schema);
    schema
}
