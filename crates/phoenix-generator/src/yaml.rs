//! YAML to values and back. The only place that names the YAML library.
//!
//! The dialect is the collector's: `yes` and `on` are texts, a key may stand once in a map, tabs do not indent. Texts come out quoted
//! whenever any reader of YAML 1.1 or 1.2 might take them for something else.

use serde_json::Value;
use serde_yaml::Options;

/// A parsed text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parsed {
    /// The first document; null for an empty text.
    pub(crate) first: Value,
    /// How many documents there are. The collector reads the first and ignores the rest.
    pub(crate) documents: usize,
}

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct YamlError {
    /// What is wrong. Holds no line of the text: it may hold secrets.
    pub(crate) message: String,
    /// The line, counted from 1, when it is known.
    pub(crate) line: Option<u64>,
    /// A key stands twice in one map.
    pub(crate) duplicate_key: bool,
}

/// Reads a text.
pub(crate) fn parse(text: &str) -> Result<Parsed, YamlError> {
    let documents: Vec<Value> =
        serde_yaml::from_multiple_with_options(text, options()).map_err(|error| read(&error))?;
    let count = documents.len();
    Ok(Parsed { first: documents.into_iter().next().unwrap_or(Value::Null), documents: count })
}

/// Writes a value, one line per text, keys in their order.
pub(crate) fn write(value: &Value) -> Result<String, YamlError> {
    let options = serde_yaml::ser_options! { prefer_block_scalars: false };
    serde_yaml::to_string_with_options(value, options).map_err(|error| YamlError {
        message: error.to_string(),
        line: None,
        duplicate_key: false,
    })
}

/// Far above any collector configuration, far below what hurts.
fn options() -> Options {
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

fn read(error: &serde_yaml::Error) -> YamlError {
    let line = error.location().map(|location| location.line()).filter(|line| *line > 0);
    let inner = error.without_snippet();
    if let serde_yaml::Error::DuplicateMappingKey { key, .. } = inner {
        let key = key.as_deref().map_or_else(|| "a key".to_owned(), |key| format!("the key {key:?}"));
        return YamlError { message: format!("{key} stands twice in one map"), line, duplicate_key: true };
    }
    let message = inner.to_string();
    // The line has a field of its own.
    let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
    YamlError { message, line, duplicate_key: false }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn first(text: &str) -> Value {
        parse(text).expect(text).first
    }

    #[test]
    fn the_dialect_is_the_common_one() {
        phoenix_core::testing::dialect::check(|text| parse(text).ok().map(|parsed| parsed.first));
    }

    #[test]
    fn only_true_and_false_are_booleans() {
        assert_eq!(first("{a: yes, b: on, c: n, d: true}"), json!({"a": "yes", "b": "on", "c": "n", "d": true}));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_line() {
        let error = parse("receivers:\n  otlp: {}\n  otlp: {}\n").expect_err("twice");
        assert!(error.duplicate_key);
        assert_eq!(error.line, Some(3));
        assert_eq!(error.message, "the key \"otlp\" stands twice in one map");
    }

    #[test]
    fn further_documents_are_counted() {
        assert_eq!(parse("a: 1\n---\nb: 2\n").expect("two"), Parsed { first: json!({"a": 1}), documents: 2 });
        assert_eq!(parse("---\na: 1\n").expect("one").documents, 1);
        assert_eq!(parse("").expect("empty").first, Value::Null);
    }

    #[test]
    fn merge_keys_and_aliases_are_resolved() {
        assert_eq!(first("a: &x {k: 1}\nb: {<<: *x, l: 2}\nc: *x\n")["b"], json!({"k": 1, "l": 2}));
    }

    #[test]
    fn what_would_hide_a_text_or_eat_memory_is_refused() {
        let deep = "[".repeat(100);
        let laughs = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
                      d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        for text in ["a: !include other.yaml", deep.as_str(), laughs, "a:\n\t- b\n"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_encoded_text_is_seen_as_the_collector_sees_it() {
        assert_eq!(first("a: !!binary JHtmaWxlOi9ldGMvcGFzc3dkfQ=="), json!({"a": "${file:/etc/passwd}"}));
    }

    #[test]
    fn an_error_does_not_repeat_the_text() {
        let error = parse("password: hunter2\n  oops: [\n").expect_err("broken");
        assert!(!error.message.contains("hunter2"), "{error}");
        assert!(error.line.is_some());
    }

    #[test]
    fn texts_survive_writing_and_reading() {
        let long = "word ".repeat(60);
        for text in [
            "",
            " ",
            "yes",
            "on",
            "~",
            "null",
            "true",
            "1e5",
            "0x1F",
            "017",
            "1_000",
            "12:30:45",
            "2026-01-01",
            ".inf",
            "-",
            "a: b",
            "#x",
            "x #y",
            "${env:X}",
            "^(a|b)$$",
            "\\.",
            "\"",
            "'",
            "a\nb",
            "\t",
            "\u{7f}",
            "\u{85}",
            "ü\u{1f525}",
            "*x",
            "&x",
            "!x",
            "%x",
            "@x",
            "`x",
            "[a]",
            "{a}",
            "? a",
            "a:",
            "=",
            "<<",
            "---",
            "...",
            &long,
        ] {
            let value = json!({"k": text, "l": [text]});
            assert_eq!(first(&write(&value).expect("written")), value, "{text:?}");
        }
    }
}
