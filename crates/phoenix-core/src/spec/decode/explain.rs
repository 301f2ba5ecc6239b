//! Serde's messages in the words of a user.

use serde_json::Value;

use crate::spec::Violation;
use crate::spec::words::{DURATION_FORM, TIME_FORM, describe, quote, suggest};

/// Longest message that is passed on as it came.
const LONGEST_MESSAGE: usize = 300;
/// Keys that hold a duration.
const DURATIONS: [&str; 9] = [
    "duration",
    "warmUp",
    "sampleInterval",
    "pending",
    "initializing",
    "deploying",
    "analyzing",
    "outageBudget",
    "tau",
];
/// Keys that hold a time.
const TIMES: [&str; 2] = ["start", "end"];

/// The violation behind a message of serde about the value at a field.
pub(super) fn explain(message: &str, field: &str, got: Option<&Value>) -> Violation {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let (given, known) = split_known(rest);
        return Violation::new(field, "unknown field").with_hint(suggest(given, "allowed here", known));
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let (given, known) = split_known(rest);
        let message = format!("{} is not known here", quote(given));
        return Violation::new(field, message).with_hint(suggest(given, "allowed", known));
    }
    let Some((found, expected)) = message.strip_prefix("invalid ").and_then(|rest| rest.rsplit_once(", expected "))
    else {
        let cut: String = message.chars().take(LONGEST_MESSAGE).collect();
        return Violation::new(field, cut);
    };
    let found = got.map_or_else(|| found.to_owned(), describe);
    let message = format!("expected {}, got {found}", kind(expected));
    Violation::new(field, message).with_hint(hint(field, expected, got))
}

/// Parts what serde says about an unknown name, `` `x`, expected one of `a`, `b` ``, into the name and what is known.
fn split_known(rest: &str) -> (&str, Vec<&str>) {
    // The name is the user's and may hold anything; what follows the last of these words is serde's.
    let (given, list) =
        rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no ")).unwrap_or((rest, ""));
    let known = list.split('`').skip(1).step_by(2).collect();
    (given.strip_prefix('`').unwrap_or(given), known)
}

/// What serde expected, in words that do not come from Rust.
fn kind(expected: &str) -> &str {
    match expected {
        "a map" => "an object",
        "a sequence" => "a list",
        "a boolean" => "true or false",
        "string or map" => "a string",
        "f64" => "a number",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" => "a whole number, 0 or more",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

fn hint(field: &str, expected: &str, got: Option<&Value>) -> String {
    let key = field.rsplit('.').next().unwrap_or(field);
    let wants_text = expected == "a string";
    match got {
        _ if wants_text && DURATIONS.contains(&key) => format!("write {DURATION_FORM}"),
        _ if wants_text && TIMES.contains(&key) => format!("write {TIME_FORM}"),
        Some(value @ (Value::Bool(_) | Value::Number(_))) if wants_text => {
            format!("put it in quotation marks: {}", quote(&value.to_string()))
        }
        Some(Value::String(text)) if !wants_text && parses_as_scalar(text) => {
            "write it without quotation marks".to_owned()
        }
        Some(_) | None => String::new(),
    }
}

fn parses_as_scalar(text: &str) -> bool {
    matches!(text, "true" | "false") || text.parse::<f64>().is_ok()
}
