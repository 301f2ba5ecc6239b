//! Structural mistakes: where they stand, how they are told, and that what is right is read beside them.

use serde_json::json;

use super::*;
use crate::spec::{RawExperiment, RawPipelineSpec};

fn texts(document: Value) -> Vec<String> {
    decode::<RawExperiment>(document).1.iter().map(ToString::to_string).collect()
}

#[test]
fn every_mistake_is_told_at_once_and_the_rest_is_read() {
    let (raw, violations) = decode::<RawExperiment>(json!({
        "apiVersion": 1,
        "kind": "Experiment",
        "colour": "red",
        "metadata": {"name": "good", "labels": {"a": true, "b": "c"}},
        "spec": {
            "baseline": {"baseTemplate": "x", "optimizations": [7, {"name": "kept", "nmae": 1}, "text"]},
            "criticalProcesses": ["^a$", 2, "^b$"],
            "schedule": {"duration": 5, "start": 6, "warmUp": "1m"},
            "policy": {"indicators": {"cpu": {}, "cpu_usage": {"role": "gates", "margin": "0.1"}}, "primary": "cost"}
        }
    }));
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let indicators = "active_series, datapoints_rate, memory_usage, cpu_usage, error_rate, critical_retention, \
                      value_agreement, process_count";
    assert_eq!(
        texts,
        [
            "apiVersion: expected a string, got 1\n  put it in quotation marks: \"1\"".to_owned(),
            "metadata.labels.a: expected a string, got true\n  put it in quotation marks: \"true\"".to_owned(),
            "spec.baseline.optimizations[0]: expected an object, got 7".to_owned(),
            "spec.baseline.optimizations[1].nmae: unknown field\n  did you mean name? allowed here: name, parameters".to_owned(),
            "spec.baseline.optimizations[2]: expected an object, got \"text\"".to_owned(),
            "spec.criticalProcesses[1]: expected a string, got 2\n  put it in quotation marks: \"2\"".to_owned(),
            "spec.schedule.start: expected a string, got 6\n  write an RFC 3339 time such as 2026-12-01T08:00:00Z".to_owned(),
            "spec.schedule.duration: expected a string, got 5\n  write a duration such as 90s, 30m or 1h30m".to_owned(),
            format!("spec.policy.primary: \"cost\" is not known here\n  allowed: {indicators}"),
            "spec.policy.indicators.cpu_usage.role: \"gates\" is not known here\n  did you mean gate? allowed: saving, gate, info".to_owned(),
            "spec.policy.indicators.cpu_usage.margin: expected a number, got \"0.1\"\n  write it without quotation marks".to_owned(),
            format!("spec.policy.indicators.cpu: \"cpu\" is not known here\n  allowed: {indicators}"),
            "colour: unknown field\n  allowed here: apiVersion, kind, metadata, spec".to_owned(),
        ]
    );
    assert_eq!(raw.kind.as_deref(), Some("Experiment"));
    assert_eq!(raw.metadata.labels.len(), 1);
    let baseline = raw.spec.baseline.expect("was read");
    assert_eq!(baseline.optimizations[1].name.as_deref(), Some("kept"));
    assert_eq!(raw.spec.critical_processes, ["^a$", "", "^b$"]);
    assert_eq!(raw.spec.schedule.expect("was read").warm_up.as_deref(), Some("1m"));
}

#[test]
fn a_list_is_not_read_as_an_object() {
    let document = json!({"metadata": [], "spec": {"schedule": ["a", "b"], "baseline": {"optimizations": [["x"]]}}});
    assert_eq!(
        texts(document),
        [
            "metadata: expected an object, got a list",
            "spec.baseline.optimizations[0]: expected an object, got a list",
            "spec.schedule: expected an object, got a list",
        ]
    );
}

#[test]
fn null_counts_as_left_out_but_not_in_a_list_nor_under_an_unknown_key() {
    let (raw, violations) = decode::<RawExperiment>(json!({
        "metadata": null,
        "spec": {"criticalProcesses": null, "schedule": {"start": null}, "policy": {"primary": null, "tau": null}}
    }));
    let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["spec.policy.tau"]);
    assert_eq!(raw.metadata, RawExperiment::default().metadata);
    assert_eq!(
        texts(json!({"spec": {"criticalProcesses": [null]}})),
        ["spec.criticalProcesses[0]: expected a string, got null"]
    );
}

#[test]
fn what_is_no_object_is_one_violation() {
    for (document, got) in [(json!(null), "null"), (json!([]), "a list"), (json!("x"), "\"x\""), (json!(1), "1")] {
        let expected =
            format!("(document): expected an object, got {got}\n  its keys: apiVersion, kind, metadata, spec");
        assert_eq!(texts(document), [expected]);
    }
    let (_, violations) = decode::<RawPipelineSpec>(json!(true));
    assert_eq!(violations[0].hint, "its keys: name, baseTemplate, parameters, optimizations");
}

#[test]
fn a_document_of_nothing_but_mistakes_is_given_up() {
    let keys = |count: usize| Value::Object((0..count).map(|n| (format!("k{n}"), json!(1))).collect());
    assert_eq!(texts(keys(60)).len(), 60);
    let many = texts(keys(500));
    assert_eq!(many.len(), 65);
    assert_eq!(
        many.last().map(String::as_str),
        Some("(document): has more mistakes than these\n  correct these first")
    );
    let list: Value = json!({"spec": {"criticalProcesses": vec![1; 1_000]}});
    assert_eq!(texts(list).len(), 65);
}

#[test]
fn a_deep_document_is_not_looked_into() {
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
    let pipeline = |levels: usize| decode::<RawPipelineSpec>(json!({"parameters": {"a": nested(levels)}})).1;
    assert_eq!(pipeline(29), []);
    assert_eq!(
        pipeline(100)[0].to_string(),
        "(document): is nested deeper than 32 levels\n  no part of the format needs more than 8 levels"
    );
}

#[test]
fn keys_of_a_user_are_quoted_and_cut() {
    let long = "x".repeat(300);
    let violations = texts(json!({"`, expected `c": 1, "ü\n": 1, "a.b": 1, long.as_str(): 1}));
    let fields: Vec<&str> = violations.iter().map(|text| text.split(": ").next().unwrap_or("")).collect();
    assert_eq!(
        fields,
        ["[\"`, expected `c\"]", "[\"ü\\n\"]", "[\"a.b\"]", format!("[\"{}...\"]", "x".repeat(80)).as_str()]
    );
    assert!(
        violations.iter().all(|text| text.ends_with("unknown field\n  allowed here: apiVersion, kind, metadata, spec"))
    );
}
