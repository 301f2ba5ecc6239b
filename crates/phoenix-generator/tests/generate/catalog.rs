//! The catalog says everything about templates and strategies, because specifications are checked against it before anything is generated.

use std::collections::BTreeMap;

use phoenix_core::ports::generator::Generator as _;
use phoenix_core::spec::{Catalog, CatalogEntry, ParameterKind, ProcessPattern};
use phoenix_core::time::Span;
use phoenix_generator::TemplateGenerator;
use serde_json::{Value, json};

use crate::specs::spec;

fn catalog() -> Catalog {
    TemplateGenerator::new().expect("built-in templates parse").entries()
}

fn entries() -> Vec<CatalogEntry> {
    let catalog = catalog();
    catalog.templates.into_iter().chain(catalog.strategies).collect()
}

#[tokio::test]
async fn the_port_hands_out_the_catalog() {
    let generator = TemplateGenerator::new().expect("built-in templates parse");
    assert_eq!(generator.catalog().await.expect("a catalog"), generator.entries());
}

#[test]
fn the_names_are_those_that_specifications_use() {
    let names = |entries: &[CatalogEntry]| entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&catalog().templates), ["process-baseline"]);
    assert_eq!(
        names(&catalog().strategies),
        ["reaggregate-at-source", "exclude-kernel-threads", "threshold", "process-filter"]
    );
}

#[test]
fn everything_is_described() {
    for entry in entries() {
        assert!(entry.description.len() > 60 && entry.description.ends_with('.'), "{}", entry.name);
        for parameter in &entry.parameters {
            assert!(
                parameter.description.len() > 30 && parameter.description.ends_with('.'),
                "{}.{}",
                entry.name,
                parameter.name
            );
            let is_camel = parameter.name.starts_with(|first: char| first.is_ascii_lowercase())
                && parameter.name.chars().all(|character| character.is_ascii_alphanumeric());
            assert!(is_camel, "{}.{}", entry.name, parameter.name);
        }
    }
}

#[test]
fn what_keeps_processes_by_name_alone_says_so() {
    for entry in entries() {
        let expected = (entry.name == "process-filter").then_some("patterns");
        assert_eq!(entry.keeps_only.as_deref(), expected, "{}", entry.name);
        if let Some(parameter) = expected.and_then(|name| entry.parameter(name)) {
            assert_eq!(
                (parameter.kind.clone(), parameter.default.clone()),
                (ParameterKind::Patterns { min: 1, max: 64 }, None)
            );
        }
    }
}

/// Smallest and largest value of a parameter, and one beyond each.
fn edges(kind: &ParameterKind) -> ([Value; 2], Vec<Value>) {
    let patterns = |count: usize| json!(vec!["^a$"; count]);
    match kind {
        ParameterKind::Duration { min, max } => {
            let outside = vec![
                json!(min.saturating_sub(Span::from_micros(1)).to_string()),
                json!((*max + Span::from_micros(1)).to_string()),
            ];
            ([json!(min.to_string()), json!(max.to_string())], outside)
        }
        ParameterKind::Integer { min, max } => {
            ([json!(min), json!(max)], vec![json!(min - 1), json!(max + 1), json!(1.5)])
        }
        ParameterKind::Number { min, max } => {
            ([json!(min), json!(max)], vec![json!(min / 2.0), json!(max * 2.0), json!("1")])
        }
        ParameterKind::Boolean => ([json!(false), json!(true)], vec![json!("true"), json!(1)]),
        ParameterKind::Patterns { min, max } => {
            let outside = if *min == 0 { vec![patterns(max + 1)] } else { vec![patterns(min - 1), patterns(max + 1)] };
            ([patterns(*min), patterns(*max)], outside)
        }
    }
}

/// Mandatory parameters with a value that fits.
fn mandatory(entry: &CatalogEntry) -> BTreeMap<String, Value> {
    let without_default = entry.parameters.iter().filter(|parameter| parameter.default.is_none());
    without_default.map(|parameter| (parameter.name.clone(), edges(&parameter.kind).0[0].clone())).collect()
}

#[test]
fn the_generator_takes_exactly_what_the_catalog_allows() {
    let generator = TemplateGenerator::new().expect("built-in templates parse");
    for (entry, is_template) in entries().into_iter().map(|entry| {
        let is_template = catalog().template(&entry.name).is_some();
        (entry, is_template)
    }) {
        let takes = |parameters: &BTreeMap<String, Value>| {
            let spec = if is_template {
                spec(json!(parameters), json!([]))
            } else {
                spec(json!({}), json!([{"name": entry.name, "parameters": parameters}]))
            };
            generator.render(&spec).is_ok()
        };
        assert!(takes(&mandatory(&entry)), "{}", entry.name);
        for parameter in &entry.parameters {
            let with = |value: &Value| {
                let mut parameters = mandatory(&entry);
                parameters.insert(parameter.name.clone(), value.clone());
                takes(&parameters)
            };
            let (inside, outside) = edges(&parameter.kind);
            for value in inside.iter().chain(&parameter.default) {
                assert!(with(value), "{}.{} refuses {value}", entry.name, parameter.name);
            }
            for value in &outside {
                assert!(!with(value), "{}.{} takes {value}", entry.name, parameter.name);
            }
        }
    }
}

#[test]
fn a_default_is_what_leaving_out_means() {
    let generator = TemplateGenerator::new().expect("built-in templates parse");
    let rendered = |parameters: &Value, optimizations: &Value| {
        generator.render(&spec(parameters.clone(), optimizations.clone())).expect("a configuration").config
    };
    let defaults = |entry: &CatalogEntry| {
        let given = entry.parameters.iter().filter_map(|one| Some((one.name.clone(), one.default.clone()?)));
        given.collect::<BTreeMap<_, _>>()
    };
    let catalog = catalog();
    assert_eq!(rendered(&json!({}), &json!([])), rendered(&json!(defaults(&catalog.templates[0])), &json!([])));
    for entry in &catalog.strategies {
        let mut explicit = mandatory(entry);
        explicit.extend(defaults(entry));
        let left_out = rendered(&json!({}), &json!([{"name": entry.name, "parameters": mandatory(entry)}]));
        assert_eq!(
            left_out,
            rendered(&json!({}), &json!([{"name": entry.name, "parameters": explicit}])),
            "{}",
            entry.name
        );
    }
}

#[test]
fn defaults_are_patterns_where_patterns_are_asked_for() {
    for entry in entries() {
        for parameter in entry.parameters.iter().filter(|one| matches!(one.kind, ParameterKind::Patterns { .. })) {
            for value in parameter.default.iter().filter_map(Value::as_array).flatten() {
                let text = value.as_str().expect("a text").to_owned();
                assert!(ProcessPattern::try_from(text).is_ok(), "{value}");
            }
        }
    }
}
