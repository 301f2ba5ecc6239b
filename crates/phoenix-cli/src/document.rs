//! Experiment files: read, parsed as YAML (JSON is YAML, too), and recognised as experiments. The only place that reads them.
//!
//! Knows no rule of experiments beyond the two lines that every file of them begins with.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use phoenix_core::spec::{API_VERSION, KIND};
use serde_json::Value;

use crate::exit::InvalidInput;

/// Longest document that a server accepts, in bytes.
const LONGEST: u64 = 1 << 20;
/// Longest part of a line that a message repeats, in characters.
const LONGEST_QUOTE: usize = 100;
/// The keys of an experiment document.
const KEYS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// The document in a file; `-` is the standard input.
pub(crate) fn read(path: &Path) -> Result<Value, InvalidInput> {
    let name = name(path);
    let text = text(path).map_err(|error| unreadable(&name, &error))?;
    parse(&name, &text)
}

/// What messages call the file.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut limited: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock().take(LONGEST + 1))
    } else {
        Box::new(File::open(path)?.take(LONGEST + 1))
    };
    limited.read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is no UTF-8 text"))
}

fn unreadable(name: &str, error: &io::Error) -> InvalidInput {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        _ => error.to_string(),
    };
    InvalidInput(format!(
        "{name} cannot be read: {why}\n  name an experiment file with -f, or - for the standard input"
    ))
}

/// The one document in a text.
fn parse(name: &str, text: &str) -> Result<Value, InvalidInput> {
    let documents: Vec<Value> =
        serde_yaml::from_multiple_with_options(text, options()).map_err(|error| no_yaml(name, text, &error))?;
    let count = documents.len();
    let document = documents.into_iter().next().unwrap_or(Value::Null);
    if count > 1 {
        let hint = "put every experiment into a file of its own";
        return Err(InvalidInput(format!("{name} holds {count} documents\n  {hint}")));
    }
    match what_else(&document) {
        None => Ok(document),
        Some(problem) => Err(InvalidInput(format!(
            "{name} is no experiment: {problem}\n  an experiment file begins with apiVersion: {API_VERSION} and kind: {KIND}"
        ))),
    }
}

/// Why a document is meant to be something else than an experiment. One with mistakes is still an experiment.
fn what_else(document: &Value) -> Option<String> {
    let map = match document {
        Value::Object(map) => map,
        Value::Null => return Some("it is empty".to_owned()),
        Value::Array(_) => return Some("it is a list".to_owned()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => return Some("it is a single value".to_owned()),
    };
    match map.get("kind").and_then(Value::as_str) {
        Some(kind) if kind != KIND && !kind.eq_ignore_ascii_case(KIND) => Some(format!("its kind is {kind:?}")),
        Some(_) => None,
        None => KEYS.iter().all(|key| !map.contains_key(*key)).then(|| {
            let keys: Vec<&str> = map.keys().map(String::as_str).take(5).collect();
            format!("its keys are {}", keys.join(", "))
        }),
    }
}

/// Says what is wrong at which place of the file, and shows that line.
fn no_yaml(name: &str, text: &str, error: &serde_yaml::Error) -> InvalidInput {
    let inner = error.without_snippet();
    let message = match inner {
        serde_yaml::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key {key:?} stands twice in one map")
        }
        _ => inner.to_string(),
    };
    // The place stands at the beginning of the message.
    let message = message.split(" at line ").next().unwrap_or(&message);
    let Some(place) = error.location().filter(|place| place.line() > 0) else {
        return InvalidInput(format!("{name}: {message}\n  correct the YAML of the file"));
    };
    let line = usize::try_from(place.line()).ok().and_then(|line| text.lines().nth(line.checked_sub(1)?)).unwrap_or("");
    let line: String = line.trim().chars().take(LONGEST_QUOTE).collect();
    let hint =
        if line.is_empty() { "correct the YAML there".to_owned() } else { format!("correct the YAML there: {line}") };
    InvalidInput(format!("{name}:{}:{}: {message}\n  {hint}", place.line(), place.column()))
}

/// The dialect of the server and of collectors (`yes` and `on` are texts), and limits far above any experiment and far below what hurts.
fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        budget: serde_yaml::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_depth: 48,
            max_documents: 64,
            max_total_scalar_bytes: 4 << 20,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse("x.yaml", text).expect_err(text).to_string()
    }

    #[test]
    fn a_syntax_error_is_shown_at_its_line_and_column() {
        let message = refused("kind: Experiment\nspec:\n  schedule: {duration: 30m\n");
        assert!(message.starts_with("x.yaml:"), "{message}");
        assert!(
            message.split(':').nth(1).is_some_and(|line| line.parse::<u32>().is_ok_and(|line| line >= 3)),
            "{message}"
        );
        let message = refused("kind: Experiment\nspec:\n\tbaseline: {}\n");
        assert!(message.starts_with("x.yaml:3:"), "{message}");
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_place() {
        let message = refused("kind: Experiment\nmetadata:\n  name: a\n  name: b\n");
        let expected = "x.yaml:4:3: the key \"name\" stands twice in one map\n  correct the YAML there: name: b";
        assert_eq!(message, expected);
    }

    #[test]
    fn what_is_no_experiment_is_told_from_one_with_mistakes() {
        let hint = "\n  an experiment file begins with apiVersion: phoenix.io/v1 and kind: Experiment";
        for (text, problem) in [
            ("", "it is empty"),
            ("# nothing\n", "it is empty"),
            ("- a\n", "it is a list"),
            ("hello", "it is a single value"),
            ("kind: Deployment\nspec: {}\n", "its kind is \"Deployment\""),
            ("receivers: {}\nservice: {}\n", "its keys are receivers, service"),
        ] {
            assert_eq!(refused(text), format!("x.yaml is no experiment: {problem}{hint}"));
        }
        assert!(parse("x.yaml", "kind: experiment\n").is_ok(), "a mistake that is told as one");
        assert!(parse("x.yaml", "{\"metadata\": {\"name\": \"a\"}}").is_ok(), "JSON");
        assert_eq!(
            refused("a: 1\n---\nb: 2\n"),
            "x.yaml holds 2 documents\n  put every experiment into a file of its own"
        );
    }

    #[test]
    fn the_dialect_is_the_common_one() {
        phoenix_core::testing::dialect::check(|text| {
            serde_yaml::from_multiple_with_options(text, options()).ok()?.into_iter().next()
        });
    }

    #[test]
    fn words_that_look_like_booleans_stay_words() {
        let document = parse("x.yaml", "kind: Experiment\nmetadata: {labels: {on: yes}}\n").expect("valid");
        assert_eq!(document["metadata"]["labels"]["on"], "yes");
    }
}
