//! A JSON value to a raw experiment: every structural mistake at once.
//!
//! Serde stops at the first mistake. So the value is read again and again: what was refused is recorded, taken out, and the rest is read. What
//! remains is complete enough for [`crate::spec::validate`] to have its say about everything else.

mod explain;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::spec::words::describe;
use crate::spec::{Violation, path};

/// Most mistakes that are told at once; a document with more is not what it was meant to be.
const MOST_VIOLATIONS: usize = 64;
/// Most readings of one document: one for each mistake and each key set to null, two for an element of a list.
const MOST_PASSES: usize = 256;
/// Deepest nesting; the format itself needs eight levels.
const DEEPEST: usize = 32;

/// One step from a value to a value within it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Decodes a value. Every unknown key and wrong type is a violation that names its field. A key set to null counts as left out.
///
/// The result holds what could be read; a value that could not is missing in it (an element of a list: empty). When nothing could be read at
/// all, the one violation names the `(document)`.
pub fn decode<T: DeserializeOwned + Serialize + Default>(mut document: Value) -> (T, Vec<Violation>) {
    if let Some(violation) = unreadable::<T>(&document) {
        return (T::default(), vec![violation]);
    }
    let mut violations: Vec<Violation> = Vec::new();
    for _ in 0..MOST_PASSES {
        let error = match serde_path_to_error::deserialize::<_, T>(&document) {
            Ok(decoded) => {
                violations.extend(lists_for_objects(&document, &decoded));
                path::sort(&mut violations);
                return (decoded, violations);
            }
            Err(error) => error,
        };
        let message = error.inner().to_string();
        let steps = steps(error.path());
        let field = field(&steps);
        let got = get(&document, &steps);
        let left_out = matches!((got, steps.last()), (Some(Value::Null), Some(Step::Key(_))))
            && message.starts_with("invalid type: null");
        // An element that was replaced by what the list does not want either comes a second time.
        if !left_out && violations.iter().all(|violation| violation.field != field) {
            violations.push(explain::explain(&message, &field, got));
        }
        if violations.len() >= MOST_VIOLATIONS || !take_out(&mut document, &steps) {
            break;
        }
    }
    path::sort(&mut violations);
    violations.push(Violation::new(path::DOCUMENT, "has more mistakes than these").with_hint("correct these first"));
    (T::default(), violations)
}

/// Why a document is not looked into at all.
fn unreadable<T: Serialize + Default>(document: &Value) -> Option<Violation> {
    if !document.is_object() {
        let format = serde_json::to_value(T::default()).unwrap_or_default();
        let keys: Vec<&str> = format.as_object().into_iter().flat_map(|map| map.keys().map(String::as_str)).collect();
        let violation = Violation::new(path::DOCUMENT, format!("expected an object, got {}", describe(document)));
        return Some(violation.with_hint(format!("its keys: {}", keys.join(", "))));
    }
    is_deeper_than(document, DEEPEST).then(|| {
        Violation::new(path::DOCUMENT, format!("is nested deeper than {DEEPEST} levels"))
            .with_hint("no part of the format needs more than 8 levels")
    })
}

/// Stops at the limit, whatever the depth of the value.
fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return true };
    match value {
        Value::Array(values) => values.iter().any(|value| is_deeper_than(value, levels)),
        Value::Object(map) => map.values().any(|value| is_deeper_than(value, levels)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn steps(path: &serde_path_to_error::Path) -> Vec<Step> {
    path.iter()
        .map_while(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn field(steps: &[Step]) -> String {
    let text = steps.iter().fold(String::new(), |parent, step| match step {
        Step::Key(key) => path::key(&parent, key),
        Step::Index(index) => path::index(&parent, *index),
    });
    if text.is_empty() { path::DOCUMENT.to_owned() } else { text }
}

fn get<'a>(document: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(document, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Removes the value at the path. An element of a list is replaced, because removing it would give the following ones wrong numbers: by an
/// empty text, or an empty object if it was that text; if the list wants neither, the list goes. False when nothing could be removed.
fn take_out(document: &mut Value, steps: &[Step]) -> bool {
    let Some((last, parents)) = steps.split_last() else { return false };
    let parent = parents.iter().try_fold(&mut *document, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    });
    match (parent, last) {
        (Some(Value::Object(map)), Step::Key(key)) => map.shift_remove(key).is_some(),
        (Some(Value::Array(values)), Step::Index(index)) => match values.get_mut(*index) {
            Some(Value::Object(map)) if map.is_empty() => take_out(document, parents),
            Some(value) if value.as_str() == Some("") => {
                *value = Value::Object(serde_json::Map::new());
                true
            }
            Some(value) => {
                *value = Value::String(String::new());
                true
            }
            None => false,
        },
        (Some(_) | None, Step::Key(_) | Step::Index(_)) => take_out(document, parents),
    }
}

/// Serde reads a list as the fields of an object in order, which no user of this format ever means.
fn lists_for_objects<T: Serialize>(document: &Value, decoded: &T) -> Vec<Violation> {
    let mut violations = Vec::new();
    if let Ok(decoded) = serde_json::to_value(decoded) {
        compare(document, &decoded, "", &mut violations);
    }
    violations
}

fn compare(given: &Value, read: &Value, field: &str, violations: &mut Vec<Violation>) {
    match (given, read) {
        (Value::Array(_), Value::Object(_)) => {
            violations.push(Violation::new(field, "expected an object, got a list"));
        }
        (Value::Object(given), Value::Object(read)) => {
            for (key, given) in given {
                if let Some(read) = read.get(key) {
                    compare(given, read, &path::key(field, key), violations);
                }
            }
        }
        (Value::Array(given), Value::Array(read)) => {
            for (position, (given, read)) in given.iter().zip(read).enumerate() {
                compare(given, read, &path::index(field, position), violations);
            }
        }
        (
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_),
            _,
        ) => {}
    }
}

#[cfg(test)]
mod tests;
