//! From the text to its root map, read as the collector reads it.

use serde_json::{Map, Value};

use crate::validator::report::Report;
use crate::validator::rule::Rule;
use crate::yaml;

/// The path of findings about the text as a whole.
const DOCUMENT: &str = "document";

/// The root of the first document.
pub(super) fn read(text: &str, report: &mut Report) -> Option<Map<String, Value>> {
    check_characters(text, report);
    let parsed = match yaml::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let path = error.line.map_or_else(|| DOCUMENT.to_owned(), |line| format!("line {line}"));
            if error.duplicate_key {
                report.add(Rule::DuplicateKey, path, format!("{}; keep one of them", error.message));
            } else {
                report.add(Rule::ConfigUnreadable, path, format!("this is no YAML: {}", error.message));
            }
            return None;
        }
    };
    if parsed.documents > 1 {
        let message = format!("the collector reads the first of {} documents; remove the others", parsed.documents);
        report.add(Rule::FurtherDocuments, DOCUMENT, message);
    }
    match parsed.first {
        Value::Object(root) => Some(root),
        Value::Null => {
            report.add(Rule::EmptyConfiguration, DOCUMENT, "the configuration is empty");
            None
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            report.add(
                Rule::WrongType,
                DOCUMENT,
                "a configuration is a map of receivers, processors, exporters and so on",
            );
            None
        }
    }
}

/// The collector reads YAML 1.1, in which three more characters end a line; everybody else reads YAML 1.2, in which they do not. A comment
/// could hide a whole section behind one of them. Written as an escape in double quotes they are just characters for both.
fn check_characters(text: &str, report: &mut Report) {
    let is_ambiguous = |at: usize, character: char| match character {
        '\u{85}' | '\u{2028}' | '\u{2029}' => true,
        '\u{feff}' => at > 0,
        _ => false,
    };
    let Some((at, character)) = text.char_indices().find(|(at, character)| is_ambiguous(*at, *character)) else {
        return;
    };
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let message = format!(
        "the character U+{:04X} ends a line for some readers of YAML and not for others; remove it, or write it as an escape in double quotes",
        u32::from(character)
    );
    report.add(Rule::AmbiguousCharacter, format!("line {line}"), message);
}
