//! Bad documents with the exact words of their refusal.

use serde_json::{Value, json};

use super::{agreement, catalog, example, put};
use crate::spec::{Limits, parse, parse_pipeline};

const PATTERNS: &str = "/spec/candidate/optimizations/1/parameters/patterns";
const DNS_LABEL: &str =
    "  allowed: a DNS label, which is 1 to 63 characters of a-z, 0-9 and -, and neither begins nor ends with -";

/// The violations of the example after some changes.
fn refused(changes: &[(&str, Value)]) -> Vec<String> {
    let mut document = example();
    for (pointer, value) in changes {
        put(&mut document, pointer, value.clone());
    }
    let violations = parse(document.clone(), &catalog(), &Limits::default()).expect_err("a bad document");
    assert_eq!(
        agreement::schema_refuses(&agreement::without_nulls(&document)),
        agreement::schema_should_refuse(&violations),
        "{violations:?}"
    );
    violations.iter().map(ToString::to_string).collect()
}

/// Checks that each change alone is refused with exactly this text.
fn assert_refused(cases: &[(&str, Value, &str)]) {
    for (pointer, value, expected) in cases {
        assert_eq!(refused(&[(pointer, value.clone())]), [*expected], "{pointer} {value}");
    }
}

#[test]
fn the_documented_example_is_valid() {
    let valid = parse(example(), &catalog(), &Limits::default()).expect("valid");
    assert!(!agreement::schema_refuses(&agreement::without_nulls(&example())));
    assert_eq!(valid.name.as_str(), "cut-process-cost");
    assert_eq!(valid.spec.candidate.optimizations.len(), 2);
    assert_eq!(valid.spec.schedule.end, None);
}

#[test]
fn what_is_stored_of_an_experiment_is_a_document_of_the_same_experiment() {
    let valid = parse(example(), &catalog(), &Limits::default()).expect("valid");
    let document = json!({
        "apiVersion": "phoenix.io/v1",
        "kind": "Experiment",
        "metadata": {"name": valid.name, "labels": valid.labels},
        "spec": valid.spec,
    });
    assert_eq!(parse(document, &catalog(), &Limits::default()), Ok(valid));
}

#[test]
fn a_bad_name_type_or_time_is_told_with_its_value_and_what_is_allowed() {
    let long = "x".repeat(64);
    let overlong = format!("metadata.name: \"{long}\" is 64 characters long\n{DNS_LABEL}");
    let empty = format!("metadata.name: is empty\n{DNS_LABEL}");
    assert_refused(&[
        (
            "/spec/candidate/optimizations/1/nmae",
            json!("process-filter"),
            "spec.candidate.optimizations[1].nmae: unknown field\n  did you mean name? allowed here: name, parameters",
        ),
        (
            "/spec/schedule/duration",
            json!(5),
            "spec.schedule.duration: expected a string, got 5\n  write a duration such as 90s, 30m or 1h30m",
        ),
        (
            "/spec/keepPipelines",
            json!("true"),
            "spec.keepPipelines: expected true or false, got \"true\"\n  write it without quotation marks",
        ),
        ("/metadata/name", json!(""), &empty),
        ("/metadata/name", json!(long), &overlong),
        (
            "/spec/schedule/duration",
            json!("-5m"),
            "spec.schedule.duration: \"-5m\" is negative\n  allowed: 10s to 720h",
        ),
        (
            "/spec/schedule/duration",
            json!("1.5h"),
            "spec.schedule.duration: \"1.5h\" is not a duration\n  write a duration such as 90s, 30m or 1h30m; allowed: 10s to 720h",
        ),
        (
            "/spec/schedule/duration",
            Value::Null,
            "spec.schedule.duration: missing: how long to compare\n  allowed: 10s to 720h, for instance 30m",
        ),
        (
            "/spec/schedule/end",
            json!("2026-11-01T08:00:00Z"),
            "spec.schedule.end: 2026-11-01T08:00:00Z is not after the start, 2026-12-01T08:00:00Z\n  end later, or leave it out: the duration ends the run",
        ),
    ]);
}

#[test]
fn a_bad_pipeline_is_told_with_its_value_and_what_is_allowed() {
    assert_refused(&[
        (
            "/spec/candidate/baseTemplate",
            json!("process-baselin"),
            "spec.candidate.baseTemplate: there is no template \"process-baselin\"\n  did you mean process-baseline? known: process-baseline",
        ),
        (
            "/spec/candidate/optimizations/0/name",
            json!("magic"),
            "spec.candidate.optimizations[0].name: there is no strategy \"magic\"\n  known: exclude-kernel-threads, process-filter",
        ),
        (
            PATTERNS,
            json!(["^(postgres"]),
            "spec.candidate.optimizations[1].parameters.patterns[0]: \"^(postgres\" is not a valid RE2 expression: missing ')'\n  close the group, or write \\( for a literal parenthesis",
        ),
        (
            "/spec/criticalProcesses/0",
            json!("a${env:X}"),
            "spec.criticalProcesses[0]: \"a${env:X}\" cannot be used as a pattern: the collector would expand \"${\"\n  write \\$\\{ for these two characters",
        ),
        (
            PATTERNS,
            json!(["^(redis|nginx)$"]),
            "spec.candidate.optimizations[1].parameters.patterns: drops every process that the critical pattern \"^postgres$\" names\n  add \"^postgres$\" to the patterns, or take it out of spec.criticalProcesses",
        ),
        (
            PATTERNS,
            Value::Null,
            "spec.candidate.optimizations[1].parameters.patterns: missing: the strategy \"process-filter\" has no default for it\n  sets patterns; allowed: a list of 1 to 100 regular expressions (RE2)",
        ),
        (
            "/spec/baseline/name",
            json!("mine"),
            "spec.baseline.name: \"mine\" cannot be given here\n  pipelines are named after their experiment, type and configuration; take it out",
        ),
        ("/apiVersion", json!("v2"), "apiVersion: \"v2\" is not known here\n  write apiVersion: phoenix.io/v1"),
    ]);
}

#[test]
fn mistakes_of_every_kind_are_told_together_in_reading_order() {
    let texts = refused(&[
        ("/kind", json!("Job")),
        ("/metadata/name", json!("Cut Cost")),
        ("/metadata/labels", json!({"team": 7})),
        ("/spec/target/nodeSelector", json!({"phoenix.io/pool": "canary!"})),
        (
            "/spec/baseline/parameters",
            json!({"collectionInterval": "1h", "memoryLimitMib": 1.5, "perCpu": "no", "speed": 1}),
        ),
        (PATTERNS, json!(["^redis$", "["])),
        ("/spec/criticalProcesses", json!(["^postgres$", "a**"])),
        ("/spec/schedule/warmUp", json!("2h")),
        ("/spec/schedule/duratoin", json!("1h")),
        ("/spec/deadlines", json!({"deploying": "0s", "pending": "400d"})),
        ("/spec/policy", json!({"minimumSamples": -1, "guardrails": {"memoryBytes": 1000}})),
    ]);
    let fields: Vec<&str> = texts.iter().filter_map(|text| text.split(": ").next()).collect();
    assert_eq!(
        fields,
        [
            "kind",
            "metadata.name",
            "metadata.labels.team",
            "spec.target.nodeSelector[\"phoenix.io/pool\"]",
            "spec.baseline.parameters.collectionInterval",
            "spec.baseline.parameters.memoryLimitMib",
            "spec.baseline.parameters.perCpu",
            "spec.baseline.parameters.speed",
            "spec.candidate.optimizations[1].parameters.patterns[1]",
            "spec.criticalProcesses[1]",
            "spec.schedule.warmUp",
            "spec.schedule.duratoin",
            "spec.deadlines.pending",
            "spec.deadlines.deploying",
            "spec.policy.minimumSamples",
            "spec.policy.guardrails.memoryBytes",
        ]
    );
}

#[test]
fn what_could_not_be_read_is_not_called_missing() {
    let fields = |changes: &[(&str, Value)]| -> Vec<String> {
        refused(changes).iter().filter_map(|text| text.split(": ").next().map(str::to_owned)).collect()
    };
    assert_eq!(fields(&[("/spec/schedule", json!("30m"))]), ["spec.schedule"]);
    assert_eq!(fields(&[("/spec", json!([]))]), ["spec"]);
    assert_eq!(fields(&[("/spec/candidate/optimizations/1", json!(1))]), ["spec.candidate.optimizations[1]"]);
    assert_eq!(fields(&[("/spec/criticalProcesses", json!([1]))]), ["spec.criticalProcesses[0]"]);
    let policy = json!({"primary": "memory_usage", "indicators": {"memory_usage": {"role": "savings"}}});
    assert_eq!(fields(&[("/spec/policy", policy)]), ["spec.policy.indicators.memory_usage.role"]);
    let document = parse(json!([]), &catalog(), &Limits::default()).expect_err("no object");
    assert_eq!(document.len(), 1);
}

#[test]
fn an_empty_document_says_all_that_is_mandatory() {
    let violations = parse(json!({}), &catalog(), &Limits::default()).expect_err("nothing is given");
    let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        ["apiVersion", "kind", "metadata.name", "spec.baseline", "spec.candidate", "spec.schedule.duration"]
    );
}

#[test]
fn no_more_than_a_hundred_mistakes_are_told() {
    let parameters: serde_json::Map<String, Value> = (0..200).map(|n| (format!("p{n}"), json!(1))).collect();
    let texts = refused(&[("/spec/baseline/parameters", Value::Object(parameters))]);
    assert_eq!(texts.len(), 101);
    assert_eq!(texts.last().map(String::as_str), Some("(document): has 100 more mistakes"));
}

#[test]
fn a_single_pipeline_may_have_a_name() {
    let (name, spec) =
        parse_pipeline(json!({"name": "mine", "baseTemplate": "process-baseline"}), &catalog()).expect("valid");
    assert_eq!(name.map(|name| name.to_string()).as_deref(), Some("mine"));
    assert_eq!(spec.base_template, "process-baseline");
    let (name, _) = parse_pipeline(json!({"baseTemplate": "process-baseline"}), &catalog()).expect("valid");
    assert_eq!(name, None);

    let document = json!({"name": "My Own", "optimizations": [{"name": "process-filter"}], "extra": 1});
    let violations = parse_pipeline(document, &catalog()).expect_err("four mistakes");
    let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["name", "baseTemplate", "optimizations[0].parameters.patterns", "extra"]);
}
