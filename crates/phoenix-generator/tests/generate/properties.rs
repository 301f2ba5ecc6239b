//! What holds of every specification that is accepted.

use std::sync::LazyLock;

use phoenix_core::ports::validator::{ConfigValidator as _, Severity};
use phoenix_core::spec::{PipelineSpec, ProcessPattern, RawPipelineSpec, decode, validate_pipeline};
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator, ValidatorOptions};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::specs::spec;

/// Texts with everything that means something to YAML, to the collector, to OTTL or to handlebars.
fn nasty_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "^",
        "$",
        "$$",
        "a",
        "b",
        "postgres",
        r"\.",
        r"\$\{",
        r"\{",
        "}",
        "{{quote x}}",
        "\"",
        "'",
        "\\\\",
        r"\n",
        "#",
        ": ",
        "- ",
        "|",
        ">",
        "%",
        "@",
        "`",
        "&",
        "*",
        "!",
        "?",
        " ",
        "yes",
        "null",
        "1e5",
        "0x1F",
        "~",
        "ü",
        "日本",
        "🔥",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{a0}",
        "[a]",
        "(b)",
        "true",
        "<<",
        "---",
        "...",
        "=",
        ",",
        "//",
        "://u:p@h",
        "$HOME",
        "${",
        "\n",
        "\u{85}",
        "\t",
    ]);
    prop::collection::vec(pieces, 1..8).prop_map(|pieces| pieces.concat())
}

/// A text that is accepted as a pattern.
fn pattern() -> impl Strategy<Value = String> {
    nasty_text().prop_filter("a pattern", |text| ProcessPattern::try_from(text.clone()).is_ok())
}

fn optimization() -> impl Strategy<Value = Value> {
    let patterns = prop::collection::vec(pattern(), 1..5);
    prop_oneof![
        Just(json!({"name": "reaggregate-at-source"})),
        Just(json!({"name": "exclude-kernel-threads"})),
        (1_i64..=1 << 20, 0.0001_f64..=1.0, prop::collection::vec(pattern(), 0..5)).prop_map(|(memory, cpu, keep)| {
            json!({"name": "threshold", "parameters": {"memoryMib": memory, "cpuUtilization": cpu, "keep": keep}})
        }),
        patterns.prop_map(|patterns| json!({"name": "process-filter", "parameters": {"patterns": patterns}})),
    ]
}

fn specification() -> impl Strategy<Value = PipelineSpec> {
    let parameters = (1_u64..=600, 64_i64..=4096, any::<bool>()).prop_map(|(seconds, memory, line)| {
        json!({"collectionInterval": format!("{seconds}s"), "memoryLimitMib": memory, "processCommandLine": line})
    });
    (parameters, prop::collection::vec(optimization(), 0..6)).prop_map(|(parameters, mut optimizations)| {
        let mut seen = std::collections::BTreeSet::new();
        optimizations.retain(|one| seen.insert(one["name"].to_string()));
        spec(parameters, Value::from(optimizations))
    })
}

/// Every text of a document, as the collector reads it: `$$` is `$`.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.replace("$$", "$")),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(entries) => entries.values().for_each(|item| texts(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every pattern of a specification.
fn patterns(spec: &PipelineSpec) -> Vec<String> {
    let lists = spec.optimizations.iter().flat_map(|one| one.parameters.values()).filter_map(Value::as_array);
    lists.flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// Made once: it parses the templates.
static GENERATOR: LazyLock<TemplateGenerator> =
    LazyLock::new(|| TemplateGenerator::new().expect("built-in templates parse"));

fn rendered(spec: &PipelineSpec) -> String {
    GENERATOR.render(spec).expect("a configuration").config
}

proptest! {
    #[test]
    fn the_same_specification_gives_the_same_bytes(spec in specification()) {
        let one = GENERATOR.render(&spec).expect("a configuration");
        let stored: PipelineSpec = serde_json::from_str(&serde_json::to_string(&spec).expect("JSON")).expect("a specification");
        let other = TemplateGenerator::new().expect("built-in templates parse").render(&stored).expect("a configuration");
        prop_assert_eq!(one, other);
    }

    #[test]
    fn our_own_validator_has_nothing_against_it(spec in specification()) {
        let config = rendered(&spec);
        let options = ValidatorOptions { strict_mode: true, ..ValidatorOptions::default() };
        let findings = CollectorConfigValidator::new(options).validate(&config);
        let expected: &[&str] = if spec.parameters["processCommandLine"] == json!(true) { &["CommandLineExported"] } else { &[] };
        prop_assert!(findings.iter().all(|finding| finding.severity == Severity::Info), "{:?}", findings);
        prop_assert_eq!(findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn patterns_arrive_literally(spec in specification()) {
        let config = rendered(&spec);
        let document: Value = serde_yaml::from_str(&config).expect("YAML");
        let mut found = Vec::new();
        texts(&document, &mut found);
        for pattern in patterns(&spec) {
            let literal = serde_json::to_string(&pattern).expect("a literal");
            let is_there = found.iter().any(|text| *text == pattern || text.contains(&literal));
            prop_assert!(is_there, "{:?} is not in\n{}", pattern, config);
        }
    }

    /// The core checks against the catalog before anything is generated, so what it lets pass must be usable.
    #[test]
    fn what_the_core_accepts_is_generated(spec in specification()) {
        let (raw, violations) = decode::<RawPipelineSpec>(serde_json::to_value(&spec).expect("JSON"));
        prop_assert!(violations.is_empty());
        let accepted = validate_pipeline(raw, "", &GENERATOR.entries());
        prop_assert_eq!(accepted.ok().map(|accepted| GENERATOR.render(&accepted).is_ok()), Some(true));
    }

    /// Nothing that a specification holds can add a section, a comment or a reference.
    #[test]
    fn no_pattern_changes_the_structure(spec in specification()) {
        let config = rendered(&spec);
        let document: Value = serde_yaml::from_str(&config).expect("YAML");
        let keys: Vec<&str> = document.as_object().expect("a map").keys().map(String::as_str).collect();
        prop_assert_eq!(keys, ["receivers", "processors", "exporters", "extensions", "service"]);
        let plain = rendered(&self::spec(json!({}), json!([])));
        prop_assert_eq!(config.matches("${").count(), plain.matches("${").count());
    }
}
