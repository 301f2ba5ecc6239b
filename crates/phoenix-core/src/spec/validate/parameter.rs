//! One parameter of a template or strategy against its schema.

use serde_json::Value;

use super::text::{self, Range};
use crate::spec::words::describe;
use crate::spec::{InvalidPattern, ParameterKind, ParameterSchema, ProcessPattern, Violation, path};

/// Checks a value against the schema of its parameter.
pub(super) fn check(value: &Value, schema: &ParameterSchema, field: &str, found: &mut Vec<Violation>) {
    let wrong_type = |expected: &str| {
        Violation::new(field, format!("expected {expected}, got {}", describe(value))).with_hint(allowed(&schema.kind))
    };
    match &schema.kind {
        ParameterKind::Duration { min, max } => match value.as_str() {
            Some(text) => {
                text::duration(text, field, Range { min: *min, max: *max }, found);
            }
            None => found.push(wrong_type("a duration such as \"10s\"")),
        },
        ParameterKind::Integer { min, max } => match whole(value) {
            Some(number) if (i128::from(*min)..=i128::from(*max)).contains(&number) => {}
            Some(number) => found.push(outside(value, number < i128::from(*min), &schema.kind, field)),
            None => found.push(wrong_type("a whole number")),
        },
        ParameterKind::Number { min, max } => match value.as_f64() {
            Some(number) if number >= *min && number <= *max => {}
            Some(number) => found.push(outside(value, number < *min, &schema.kind, field)),
            None => found.push(wrong_type("a number")),
        },
        ParameterKind::Boolean => {
            if !value.is_boolean() {
                found.push(wrong_type("true or false"));
            }
        }
        ParameterKind::Patterns { min, max } => match value.as_array() {
            Some(values) if values.len() < *min || values.len() > *max => {
                let message = format!("holds {}", entries(values.len()));
                found.push(Violation::new(field, message).with_hint(allowed(&schema.kind)));
            }
            Some(values) => {
                for (position, value) in values.iter().enumerate() {
                    pattern(value, &path::index(field, position), found);
                }
            }
            None => found.push(wrong_type("a list of patterns")),
        },
    }
}

/// What a parameter may hold, for hints.
pub(in crate::spec) fn allowed(kind: &ParameterKind) -> String {
    match kind {
        ParameterKind::Duration { min, max } => format!("allowed: {min} to {max}"),
        ParameterKind::Integer { min, max } => format!("allowed: {min} to {max}"),
        ParameterKind::Number { min, max } => format!("allowed: {min} to {max}"),
        ParameterKind::Boolean => "allowed: true or false".to_owned(),
        ParameterKind::Patterns { min, max } => {
            format!("allowed: a list of {min} to {max} regular expressions (RE2)")
        }
    }
}

/// The violation behind a refused pattern.
pub(super) fn refused_pattern(error: &InvalidPattern, field: &str) -> Violation {
    Violation::new(field, error.to_string()).with_hint(error.hint)
}

fn pattern(value: &Value, field: &str, found: &mut Vec<Violation>) {
    let Some(text) = value.as_str() else {
        found.push(Violation::new(field, format!("expected a regular expression, got {}", describe(value))));
        return;
    };
    if let Err(error) = ProcessPattern::try_from(text.to_owned()) {
        found.push(refused_pattern(&error, field));
    }
}

fn outside(value: &Value, is_below: bool, kind: &ParameterKind, field: &str) -> Violation {
    let word = if is_below { "small" } else { "large" };
    Violation::new(field, format!("{} is too {word}", describe(value))).with_hint(allowed(kind))
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn entries(count: usize) -> String {
    match count {
        0 => "no entry".to_owned(),
        1 => "1 entry".to_owned(),
        _ => format!("{count} entries"),
    }
}
