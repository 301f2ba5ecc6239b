//! What holds for every document.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{agreement, catalog, example};
use crate::spec::{Limits, RawExperiment, ValidExperiment, Violation, decode, parse, parse_pipeline, validate};

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "",
        "30m",
        "-5m",
        "^postgres$",
        "(",
        "process-filter",
        "2026-12-01T08:00:00Z",
        "gate",
        "memory_usage",
        "true",
        "ü\u{0}",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "name",
            "parameters",
            "patterns",
            "spec",
            "duration",
            "indicators",
            "role",
            "baseTemplate"
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Every place of a document.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                pointers(value, &format!("{at}/{}", escaped(key)), all);
            }
        }
        Value::Array(values) => {
            for (position, value) in values.iter().enumerate() {
                pointers(value, &format!("{at}/{position}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all.push(at.to_owned());
}

/// The example with up to three places overwritten by anything.
fn almost_right() -> impl Strategy<Value = Value> {
    let mut all = Vec::new();
    pointers(&example(), "", &mut all);
    prop::collection::vec((prop::sample::select(all), any_json()), 0..4).prop_map(|changes| {
        let mut document = example();
        for (pointer, value) in changes {
            if let Some(place) = document.pointer_mut(&pointer) {
                *place = value;
            }
        }
        document
    })
}

fn is_well_formed(violations: &[Violation]) -> bool {
    !violations.is_empty()
        && violations.iter().all(|violation| {
            !violation.field.is_empty()
                && !violation.message.is_empty()
                && violation.to_string().lines().count() <= 2
                && violation.message.chars().count() <= 1_000
        })
}

fn check(document: Value) -> Result<(), TestCaseError> {
    check_schema(&agreement::without_nulls(&document))?;
    match parse(document, &catalog(), &Limits::default()) {
        Ok(valid) => {
            let text = serde_json::to_string(&valid).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let read: ValidExperiment =
                serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(read, valid);
        }
        Err(violations) => prop_assert!(is_well_formed(&violations), "{:?}", violations),
    }
    Ok(())
}

/// The schema refuses nothing that is valid, and everything that is not as far as a schema can know.
fn check_schema(document: &Value) -> Result<(), TestCaseError> {
    let refused = agreement::schema_refuses(document);
    match parse(document.clone(), &catalog(), &Limits::default()) {
        Ok(valid) => prop_assert!(!refused, "{:?}", valid),
        Err(violations) => prop_assert!(refused || !agreement::schema_should_refuse(&violations), "{:?}", violations),
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_json_is_valid_or_refused_with_reasons(document in any_json()) {
        check(document.clone())?;
        let (raw, _) = decode::<RawExperiment>(document.clone());
        let _ = validate(raw, &catalog(), &Limits::default());
        if let Err(violations) = parse_pipeline(document, &catalog()) {
            prop_assert!(is_well_formed(&violations), "{:?}", violations);
        }
    }

    #[test]
    fn an_almost_right_document_is_valid_or_refused_with_reasons(document in almost_right()) {
        check(document)?;
    }

    #[test]
    fn what_is_valid_stays_equal_through_its_json(
        duration in 30u64..2_592_000,
        warm_up in prop::option::of(0u64..9),
        margin in (0u32..990_000).prop_map(|millionths| f64::from(millionths) / 1e6),
        samples in 1u32..1_000_000,
        memory in prop::option::of(16_777_216u64..u64::MAX),
        description in "\\PC{0,40}",
        start in prop::option::of(-62_135_596_800i64..253_402_300_799),
    ) {
        let mut document = example();
        let spec = &mut document["spec"];
        spec["description"] = json!(description);
        spec["schedule"] = json!({
            "duration": format!("{duration}s"),
            "warmUp": warm_up.map(|secs| format!("{secs}s{secs}us")),
            "start": start.map(|secs| crate::time::Timestamp::from_micros(secs * 1_000_000 + 1).to_string()),
        });
        spec["policy"] = json!({
            "indicators": {"cpu_usage": {"margin": margin, "tau": "1m"}, "memory_usage": {"role": "info"}},
            "minimumSamples": samples,
            "guardrails": {"memoryBytes": memory},
        });
        let valid = parse(document.clone(), &catalog(), &Limits::default());
        prop_assert!(valid.is_ok(), "{:?}", valid);
        check(document)?;
    }
}
