//! A text arrives in the collector as it was written: as we read it, and as a user meant it.

use phoenix_generator::config::CollectorConfig;
use serde_json::{Value, json};

use crate::cases::patched;
use crate::specs::{generate, spec};
use crate::support::{ask, complaints};

/// The configuration as the collector has it after reading: references replaced, `$$` read as `$`.
fn resolved(document: &str, variables: &[(&str, &str)]) -> Result<Value, String> {
    let printed = ask(&["print-config", "--mode", "unredacted", "--validate=false"], document, variables)?;
    serde_yaml::from_str(&printed).map_err(|error| format!("{error}\n{printed}"))
}

/// The configuration as this crate has it after reading. What it writes is quoted wherever readers could differ.
fn read(document: &str) -> Result<Value, String> {
    let written =
        CollectorConfig::from_yaml(document).and_then(|config| config.to_yaml()).map_err(|error| error.to_string())?;
    serde_yaml::from_str(&written).map_err(|error| error.to_string())
}

fn labels(root: &Value) -> &Value {
    &root["exporters"]["prometheus"]["const_labels"]
}

/// Values of a label in forms on which readers of YAML could differ.
const FORMS: [&str; 24] = [
    "plain",
    "'single ''quoted'''",
    r#""\x41\u00e9\U0001f525\N\_\L\P\e\t \"q\"""#,
    "plain\n      over\n      lines",
    "'quoted\n\n      over lines'",
    "\"folded \\\n      away\"",
    "|\n      block\n       indented\n",
    "|-\n      stripped\n",
    ">+\n      folded\n      text\n\n",
    "!!str 5",
    "!!binary YmluYXJ5",
    "&x anchored",
    "a#b",
    "a # comment",
    "'#'",
    "yes",
    "on",
    "'017'",
    "a: b\n      ",
    "$$HOME $ $$$$",
    "$${env:A}",
    "'[a, b]'",
    "-a",
    "?a",
];

#[test]
fn we_read_yaml_as_the_collector_does() {
    let found = complaints(&FORMS, |form| {
        let exporters =
            format!("exporters:\n  prometheus:\n    endpoint: 127.0.0.1:9464\n    const_labels:\n      a: {form}\n");
        let document = format!("{exporters}{}", patched("-exporters"));
        let ours = read(&document).map(|root| labels(&root)["a"].clone());
        let theirs = resolved(&document, &[]).map(|root| labels(&root)["a"].clone());
        match (ours, theirs) {
            (Ok(Value::String(ours)), Ok(Value::String(theirs))) if ours.replace("$$", "$") == theirs => None,
            // What neither reads as a text.
            (Err(_) | Ok(Value::Object(_)), Err(_)) => None,
            (ours, theirs) => Some(format!("{form:?}: {ours:?}, the collector: {theirs:?}")),
        }
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A merged key that only one side sees could carry a reference past the validator.
#[test]
fn we_merge_maps_as_the_collector_does() {
    let merges = [
        "{<<: {a: one}, a: two}",
        "{a: two, <<: {a: one}}",
        "{<<: [{a: one}, {a: two}], b: three}",
        "{<<: [{a: one, b: x}, {a: two, c: y}], b: three}",
    ];
    let found = complaints(&merges, |merge| {
        let document =
            patched(&format!("exporters: {{prometheus: {{endpoint: \"127.0.0.1:9464\", const_labels: {merge}}}}}"));
        let ours = read(&document).map(|root| labels(&root).clone());
        let theirs = resolved(&document, &[]).map(|root| labels(&root).clone());
        (ours != theirs).then(|| format!("{merge}: {ours:?}, the collector: {theirs:?}"))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn patterns_arrive_in_statements_as_they_were_written() {
    let patterns = [
        r"^a\.b$",
        "$",
        "$$",
        r"\$\{HOME}",
        "$HOME",
        r#""double" 'single'"#,
        "größe|日本|🔥",
        "\u{2028}\u{feff}\u{a0}",
        r"\\",
        "#: [a] & * !",
        " padded ",
        r"\{\{quote x\}\}",
        "a$|^b$",
        "$1",
    ];
    let document = generate(&spec(json!({}), json!([{"name": "threshold", "parameters": {"keep": patterns}}])));
    let variables = [("HOME", "/wrong"), ("PHOENIX_TELEMETRY_PORT", "1")];
    let root = resolved(&document, &variables).expect("a configuration");
    let statements = &root["processors"]["transform/threshold-mark"]["metric_statements"][0]["statements"];
    let statements: Vec<&str> = statements.as_array().expect("statements").iter().filter_map(Value::as_str).collect();
    let expected: Vec<String> = patterns
        .iter()
        .map(|pattern| {
            let literal = serde_json::to_string(pattern).expect("a literal");
            format!(r#"set(resource.attributes["phoenix.keep"], true) where IsMatch(resource.attributes["process.executable.name"], {literal})"#)
        })
        .collect();
    assert_eq!(statements, expected);
}
