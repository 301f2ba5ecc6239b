//! The schema and the list of fields say what the validator does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::spec::tests::agreement::complaints;
use crate::spec::tests::{catalog, example, put};
use crate::spec::{ValidExperiment, Violation, parse};
use crate::time::Span;

fn all() -> Vec<Field> {
    fields(&catalog(), &Limits::default())
}

/// A document with nothing but what is mandatory; it measures so often that any duration is long enough.
fn minimal() -> Value {
    let pipeline = json!({"baseTemplate": "process-baseline", "parameters": {"collectionInterval": "1s"}});
    json!({
        "apiVersion": "phoenix.io/v1", "kind": "Experiment", "metadata": {"name": "one"},
        "spec": {"baseline": pipeline, "candidate": pipeline, "schedule": {"duration": "30m"}},
    })
}

/// The document with a value at the path of a field. Of a list the first element is meant, of an indicator one that is a cost.
fn with(mut document: Value, path: &str, value: Value) -> Value {
    let pointer = path.replace("[]", ".0").replace('*', "cpu_usage");
    let steps: Vec<&str> = pointer.split('.').collect();
    let mut place = &mut document;
    for (step, next) in steps.iter().zip(steps.iter().skip(1)) {
        if *step == "0" {
            continue;
        }
        let inside = if *next == "0" {
            json!([{"name": "process-filter", "parameters": {"patterns": ["a"]}}])
        } else {
            json!({})
        };
        let object = place.as_object_mut().expect("an object");
        place = object.entry(*step).or_insert(inside);
        if let Value::Array(values) = place {
            place = &mut values[0];
        }
    }
    let last = steps.last().expect("a path is not empty");
    place[*last] = value;
    document
}

fn parsed(document: Value) -> Result<ValidExperiment, Vec<Violation>> {
    parse(document, &catalog(), &Limits::default())
}

#[test]
fn every_key_of_the_types_is_a_documented_field_and_none_is_made_up() {
    fn keys(schema: &Value, at: &str, found: &mut BTreeSet<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let field = path::key(at, key);
            keys(property, &field, found);
            keys(&property["items"], &format!("{field}[]"), found);
            if property["additionalProperties"].is_object() {
                keys(&property["additionalProperties"], &format!("{field}.*"), found);
            }
            found.insert(field);
        }
    }
    let mut expected = BTreeSet::new();
    keys(&derived::<RawExperiment>(), "", &mut expected);
    expected.retain(|field| !field.starts_with("spec.candidate.") && field != NO_FIELD);
    let documented: BTreeSet<String> = all().into_iter().map(|field| field.path).collect();
    assert_eq!(documented, expected);
    let mut silent = all();
    silent.retain(|field| field.description.is_empty() || field.allowed.is_empty() || field.default.is_empty());
    assert_eq!(silent, []);
}

#[test]
fn a_documented_default_is_what_holds_when_the_field_is_left_out() {
    let mut checked = 0;
    for field in all() {
        let Some(preset) = field.preset.clone() else { continue };
        // Without a strategy there is nothing to give parameters to.
        if field.path.contains("[]") {
            continue;
        }
        let given = parsed(with(minimal(), &field.path, preset)).unwrap_or_else(|error| panic!("{field:?}: {error:?}"));
        let left_out = parsed(with(minimal(), &field.path, Value::Null)).expect("valid");
        assert_eq!(given.spec.schedule, left_out.spec.schedule, "{field:?}");
        if field.path != "spec.baseline.parameters" {
            assert_eq!(given, left_out, "{field:?}");
        }
        checked += 1;
    }
    assert!(checked > 8, "{checked}");
}

#[test]
fn what_must_be_given_is_missed_and_nothing_else_is() {
    // Whether the parameters of a strategy must be given depends on the strategy.
    for field in all().into_iter().filter(|field| !field.path.ends_with("[].parameters")) {
        let left_out = with(minimal(), &field.path, Value::Null);
        let is_required = field.default == "required";
        let complained = complaints(&left_out);
        assert_eq!(parsed(left_out).is_err(), is_required, "{field:?}");
        assert_eq!(!complained.is_empty(), is_required, "{field:?}: {complained:?}");
    }
}

#[test]
fn every_example_is_valid() {
    for field in all() {
        let document = with(minimal(), &field.path, field.example.clone());
        let complained = complaints(&document);
        assert_eq!(complained, [""; 0], "{field:?}");
        assert!(parsed(document.clone()).is_ok(), "{field:?}: {:?}", parsed(document));
    }
}

/// The value one step beyond a bound; `None` when there is none.
fn beyond(bound: &Value, up: bool) -> Option<Value> {
    let step = |number: u64| if up { number.checked_add(1) } else { number.checked_sub(1) };
    match bound {
        Value::String(text) => {
            let micros = text.parse::<Span>().ok()?.as_micros();
            step(micros).map(|micros| json!(Span::from_micros(micros).to_string()))
        }
        other => step(other.as_u64()?).map(Value::from),
    }
}

#[test]
fn the_documented_bounds_are_the_last_values_that_are_accepted() {
    let (mut checked, mut refused) = (0, 0);
    for field in all() {
        for (bound, up) in [(&field.least, false), (&field.most, true)] {
            let Some(bound) = bound else { continue };
            let accepted = parsed(with(minimal(), &field.path, bound.clone()));
            assert!(accepted.is_ok(), "{} {bound}: {accepted:?}", field.path);
            if let Some(next) = beyond(bound, up) {
                assert!(parsed(with(minimal(), &field.path, next.clone())).is_err(), "{} {next}", field.path);
                refused += 1;
            }
            checked += 1;
        }
    }
    // Nothing lies below a warm-up of no time.
    assert!(checked > 15 && refused == checked - 1, "{checked}, {refused}");
}

#[test]
fn unknown_keys_are_refused_wherever_they_stand() {
    let places = [
        "",
        "/metadata",
        "/spec",
        "/spec/target",
        "/spec/baseline",
        "/spec/candidate/optimizations/0",
        "/spec/schedule",
    ];
    for place in places.into_iter().chain(["/spec/deadlines", "/spec/policy", "/spec/baseline/parameters"]) {
        let mut document = example();
        put(&mut document, &format!("{place}/surprise"), json!(1));
        assert_ne!(complaints(&document), [""; 0], "{place}");
        assert!(parsed(document).is_err(), "{place}");
    }
    assert_eq!(complaints(&example()), [""; 0]);
}

#[test]
fn parameters_are_those_of_the_template_and_of_the_strategy() {
    for (pointer, value, is_right) in [
        ("/spec/baseline/parameters/memoryLimitMib", json!(64), true),
        ("/spec/baseline/parameters/memoryLimitMib", json!(63), false),
        ("/spec/baseline/parameters/sampleShare", json!(1.5), false),
        ("/spec/baseline/parameters/perCpu", json!("no"), false),
        ("/spec/baseline/parameters/collectionInterval", json!("5"), false),
        ("/spec/candidate/optimizations/1/parameters", json!({}), false),
        ("/spec/candidate/optimizations/1/parameters/patterns", json!([]), false),
        ("/spec/candidate/optimizations/1/name", json!("exclude-kernel-threads"), false),
        ("/spec/candidate/optimizations/0/name", json!("magic"), false),
    ] {
        let mut document = example();
        put(&mut document, pointer, value.clone());
        assert_eq!(complaints(&document).is_empty(), is_right, "{pointer} {value}");
        assert_eq!(parsed(document).is_ok(), is_right, "{pointer} {value}");
    }
}

#[test]
fn every_indicator_says_what_it_measures() {
    for field in indicators() {
        assert!(field.description.ends_with('.'), "{field:?}");
    }
}
