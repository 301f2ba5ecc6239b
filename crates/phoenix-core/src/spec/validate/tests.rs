//! Ranges and defaults, section by section.

use serde_json::{Value, json};

use super::*;
use crate::spec::tests::{catalog, example, put};
use crate::spec::{Schedule, parse};

fn changed(changes: &[(&str, Value)]) -> Result<ValidExperiment, Vec<Violation>> {
    let mut document = example();
    for (pointer, value) in changes {
        put(&mut document, pointer, value.clone());
    }
    parse(document, &catalog(), &Limits::default())
}

fn texts(changes: &[(&str, Value)]) -> Vec<String> {
    changed(changes).expect_err("a bad document").iter().map(ToString::to_string).collect()
}

fn schedule(schedule: Value) -> Schedule {
    let often = json!({"collectionInterval": "1s"});
    let changes = [
        ("/spec/schedule", schedule),
        ("/spec/baseline/parameters", often.clone()),
        ("/spec/candidate/parameters", often),
    ];
    changed(&changes).expect("valid").spec.schedule
}

#[test]
fn a_schedule_is_completed_to_fit_its_duration() {
    let cases = [
        ("10s", "2s", "1s"),
        ("1m", "15s", "1s"),
        ("3m", "45s", "2s"),
        ("10m", "2m30s", "5s"),
        ("15m", "3m45s", "10s"),
        ("20m", "5m", "15s"),
        ("30m", "5m", "15s"),
        ("720h", "5m", "15s"),
    ];
    for (duration, warm_up, interval) in cases {
        let schedule = schedule(json!({"duration": duration}));
        assert_eq!(
            (schedule.warm_up.to_string(), schedule.sample_interval.to_string()),
            (warm_up.to_owned(), interval.to_owned()),
            "{duration}"
        );
        assert_eq!((schedule.start, schedule.end), (None, None));
    }
    assert_eq!(schedule(json!({"duration": "1h", "warmUp": "0s"})).warm_up, Span::ZERO);
    assert_eq!(schedule(json!({"duration": "30d"})).duration, Limits::default().max_duration);
}

#[test]
fn a_schedule_outside_the_limits_is_refused() {
    let cases = [
        (json!({"duration": "9s"}), "spec.schedule.duration: \"9s\" is too short\n  allowed: 10s to 720h"),
        (json!({"duration": "31d"}), "spec.schedule.duration: \"31d\" is too long\n  allowed: 10s to 720h"),
        (
            json!({"duration": ""}),
            "spec.schedule.duration: \"\" is not a duration\n  write a duration such as 90s, 30m or 1h30m; allowed: 10s to 720h",
        ),
        (
            json!({"duration": "30m", "warmUp": "30m"}),
            "spec.schedule.warmUp: \"30m\" leaves nothing of a run of 30m to be judged\n  allowed: 0s to less than 30m",
        ),
        (
            json!({"duration": "30m", "sampleInterval": "11m"}),
            "spec.schedule.sampleInterval: \"11m\" is too long\n  allowed: 1s to 10m",
        ),
        (
            json!({"duration": "30m", "sampleInterval": "500ms"}),
            "spec.schedule.sampleInterval: \"500ms\" is too short\n  allowed: 1s to 10m",
        ),
        (
            json!({"duration": "15m", "warmUp": "0", "sampleInterval": "10m"}),
            "spec.schedule.sampleInterval: 10m is too long for the 15m of the run that are judged after the warm-up\n  at least 2 samples are needed: sample more often, or run longer",
        ),
        (
            json!({"duration": "30m", "start": "soon"}),
            "spec.schedule.start: \"soon\" is not a time\n  write an RFC 3339 time such as 2026-12-01T08:00:00Z",
        ),
    ];
    for (schedule, expected) in cases {
        assert_eq!(texts(&[("/spec/schedule", schedule)]), [expected]);
    }
}

#[test]
fn collectors_must_measure_more_than_once_while_they_are_judged() {
    let schedule = json!({"duration": "30s", "warmUp": "10s", "sampleInterval": "1s"});
    assert!(changed(&[("/spec/schedule", schedule.clone())]).is_ok(), "10 s twice");
    let field = "spec.candidate.parameters.collectionInterval";
    let hint = "at least 2 measurements are needed: measure more often, or run longer";
    assert_eq!(
        texts(&[
            ("/spec/schedule", schedule.clone()),
            ("/spec/candidate/parameters", json!({"collectionInterval": "11s"}))
        ]),
        [format!("{field}: 11s is too long for the 20s of the run that are judged after the warm-up\n  {hint}")]
    );
    let shorter = json!({"duration": "29s", "warmUp": "10s", "sampleInterval": "1s"});
    let by_default = texts(&[("/spec/schedule", shorter), ("/spec/baseline/parameters", Value::Null)]);
    assert_eq!(by_default.len(), 2, "the template's default is 10 s: {by_default:?}");
    let refused =
        texts(&[("/spec/schedule", schedule), ("/spec/candidate/parameters", json!({"collectionInterval": "2m"}))]);
    assert_eq!(refused, [format!("{field}: \"2m\" is too long\n  allowed: 1s to 1m")], "one mistake is told once");
}

#[test]
fn deadlines_are_at_least_a_second_and_at_most_a_day() {
    let deadlines = json!({"pending": "365d", "initializing": "24h", "analyzing": "1s"});
    let valid = changed(&[("/spec/deadlines", deadlines)]).expect("valid").spec.deadlines;
    assert_eq!(valid.pending, Some(Span::from_mins(365 * 24 * 60)));
    assert_eq!(valid.deploying, None);
    assert_eq!(
        texts(&[("/spec/deadlines", json!({"pending": "366d", "deploying": "25h", "analyzing": "0s"}))]),
        [
            "spec.deadlines.pending: \"366d\" is too long\n  allowed: 1s to 8760h",
            "spec.deadlines.deploying: \"25h\" is too long\n  allowed: 1s to 24h",
            "spec.deadlines.analyzing: \"0s\" is too short\n  allowed: 1s to 24h",
        ]
    );
}

#[test]
fn every_range_of_a_policy_is_checked() {
    let policy = json!({
        "primary": "critical_retention",
        "indicators": {
            "active_series": {"margin": 1.0},
            "datapoints_rate": {"role": "gate", "margin": 9.9},
            "cpu_usage": {"margin": 10, "tau": "0s"},
            "error_rate": {"role": "saving"},
            "critical_retention": {"margin": -0.1},
        },
        "minimumSamples": 1_000_001,
        "outageBudget": "8d",
        "guardrails": {"memoryBytes": 16_777_215},
    });
    assert_eq!(
        texts(&[("/spec/policy", policy)]),
        [
            "spec.policy.primary: critical_retention does not have the role saving, so nothing could be promoted\n  allowed: an indicator with that role (active_series), or set spec.policy.indicators.critical_retention.role",
            "spec.policy.indicators.active_series.margin: 1 is outside the range\n  allowed: a share from 0 to less than 1; 0.1 is 10 %",
            "spec.policy.indicators.cpu_usage.margin: 10 is outside the range\n  allowed: a share from 0 to less than 10; 0.1 is 10 %",
            "spec.policy.indicators.cpu_usage.tau: 0s is too short\n  allowed: 1us to 24h",
            "spec.policy.indicators.error_rate.role: error_rate is no cost\n  allowed: gate or info; savings are sought of what is paid for",
            "spec.policy.indicators.critical_retention.margin: -0.1 is outside the range\n  allowed: a share from 0 to less than 1; 0.1 is 10 %",
            "spec.policy.minimumSamples: 1000001 is outside the range\n  allowed: 1 to 1000000; fewer than 60 are never judged, whatever stands here",
            "spec.policy.outageBudget: 192h is too long\n  allowed: 1us to 168h",
            "spec.policy.guardrails.memoryBytes: 16777215 is too small\n  allowed: 16777216 (16 MiB) or more; an idle collector takes 40 to 60 MiB",
        ]
    );
}

#[test]
fn what_is_never_judged_cannot_be_the_primary_indicator() {
    for primary in ["datapoints_rate", "memory_usage", "cpu_usage"] {
        for indicators in [json!({}), json!({primary: {"role": "saving"}})] {
            let policy = json!({"primary": primary, "indicators": indicators});
            assert_eq!(
                texts(&[("/spec/policy", policy)]),
                [format!(
                    "spec.policy.primary: {primary} is shown and not judged in this version, so nothing could be promoted\n  allowed: active_series"
                )]
            );
        }
    }
    let gate = json!({"indicators": {"active_series": {"role": "gate"}}});
    assert_eq!(
        texts(&[("/spec/policy", gate)]),
        [
            "spec.policy.primary: active_series does not have the role saving, so nothing could be promoted\n  allowed: an indicator with that role (none), or set spec.policy.indicators.active_series.role"
        ]
    );
}

#[test]
fn a_strategy_stands_in_a_pipeline_once() {
    let twice = json!([
        {"name": "exclude-kernel-threads"},
        {"name": "process-filter", "parameters": {"patterns": ["^postgres$"]}},
        {"name": "exclude-kernel-threads"},
    ]);
    let found = texts(&[("/spec/baseline/optimizations", twice.clone()), ("/spec/candidate/optimizations", twice)]);
    let expected = ["baseline", "candidate"].map(|pipeline| {
        format!(
            "spec.{pipeline}.optimizations[2].name: \"exclude-kernel-threads\" stands at optimizations[0] already\n  list each strategy once; take one of them out"
        )
    });
    assert_eq!(found, expected);
}

#[test]
fn parameters_have_the_type_and_range_of_their_schema() {
    let parameters = |parameters: Value| texts(&[("/spec/baseline/parameters", parameters)]);
    assert_eq!(
        parameters(
            json!({"collectionInterval": 10, "memoryLimitMib": 63, "sampleShare": 1.5, "perCpu": null, "interval": "1s"})
        ),
        [
            "spec.baseline.parameters.collectionInterval: expected a duration such as \"10s\", got 10\n  allowed: 1s to 1m",
            "spec.baseline.parameters.interval: the template \"process-baseline\" has no such parameter\n  known: collectionInterval, memoryLimitMib, sampleShare, perCpu",
            "spec.baseline.parameters.memoryLimitMib: 63 is too small\n  allowed: 64 to 4096",
            "spec.baseline.parameters.sampleShare: 1.5 is too large\n  allowed: 0 to 1",
        ]
    );
    assert_eq!(
        parameters(json!({"collectionInterval": "-1s", "memoryLimitMib": 1e3, "sampleShare": "1", "perCpu": 1})),
        [
            "spec.baseline.parameters.collectionInterval: \"-1s\" is negative\n  allowed: 1s to 1m",
            "spec.baseline.parameters.memoryLimitMib: expected a whole number, got 1000.0\n  allowed: 64 to 4096",
            "spec.baseline.parameters.perCpu: expected true or false, got 1\n  allowed: true or false",
            "spec.baseline.parameters.sampleShare: expected a number, got \"1\"\n  allowed: 0 to 1",
        ]
    );
    let pointer = "/spec/candidate/optimizations/1/parameters/patterns";
    let field = "spec.candidate.optimizations[1].parameters.patterns";
    let list = "allowed: a list of 1 to 100 regular expressions (RE2)";
    let many = vec!["^postgres$"; 101];
    for (value, expected) in [
        (json!([]), format!("{field}: holds no entry\n  {list}")),
        (json!(many), format!("{field}: holds 101 entries\n  {list}")),
        (json!("^postgres$"), format!("{field}: expected a list of patterns, got \"^postgres$\"\n  {list}")),
        (json!([7]), format!("{field}[0]: expected a regular expression, got 7")),
    ] {
        assert_eq!(texts(&[(pointer, value)]), [expected]);
    }
}

#[test]
fn a_parameter_set_to_null_takes_its_default() {
    let valid = changed(&[("/spec/baseline/parameters", json!({"perCpu": null}))]).expect("valid");
    assert!(valid.spec.baseline.parameters.is_empty());
}

#[test]
fn lists_and_labels_have_a_length() {
    let labels = |count: usize| Value::Object((0..count).map(|n| (format!("l{n}"), json!("x"))).collect());
    let strategies = vec![json!({"name": "exclude-kernel-threads"}); 17];
    assert!(
        changed(&[("/metadata/labels", labels(32)), ("/spec/criticalProcesses", json!(vec!["^postgres$"; 100]))])
            .is_ok()
    );
    assert_eq!(
        texts(&[
            ("/metadata/labels", labels(33)),
            ("/spec/target/nodeSelector", labels(33)),
            ("/spec/description", json!("x".repeat(1_001))),
            ("/spec/baseline/optimizations", json!(strategies)),
            ("/spec/criticalProcesses", json!(vec!["^postgres$"; 101])),
        ]),
        [
            "metadata.labels: holds 33 labels\n  allowed: at most 32",
            "spec.description: is 1001 characters long\n  allowed: at most 1000 characters of plain text",
            "spec.target.nodeSelector: holds 33 labels\n  allowed: at most 32",
            "spec.baseline.optimizations: holds 17 strategies\n  allowed: at most 16",
            "spec.criticalProcesses: holds 101 patterns\n  allowed: at most 100",
        ]
    );
}

#[test]
fn labels_hold_what_every_store_and_cluster_takes() {
    let selector = json!({"phoenix.io/pool": "canary", "a_b.c": "", "x": "A-1"});
    assert!(changed(&[("/spec/target/nodeSelector", selector)]).is_ok());
    let fields = |pointer: &str, value: Value| -> Vec<String> {
        changed(&[(pointer, value)]).expect_err("bad").into_iter().map(|violation| violation.message).collect()
    };
    let selector = json!({"-a": "b", "A/b": "c", "a/b/c": "d", "ok": "-", "é": "f"});
    assert_eq!(
        fields("/spec/target/nodeSelector", selector),
        [
            "the key \"-a\" is no label",
            "the key \"A/b\" is no label",
            "the key \"a/b/c\" is no label",
            "the value \"-\" is no label",
            "the key \"é\" is no label",
        ]
    );
    let labels = json!({"": "x", "a": "\u{0}", "b": "y".repeat(63), "é": "any text: ü"});
    assert_eq!(fields("/metadata/labels", labels), ["the key \"\" is not allowed", "the value \"\\0\" is not allowed"]);
    assert_eq!(fields("/spec/description", json!("a\u{0}")), ["holds a control character"]);
}

#[test]
fn a_candidate_may_equal_its_baseline() {
    let mut document = example();
    let candidate = document["spec"]["candidate"].clone();
    put(&mut document, "/spec/baseline", candidate);
    assert!(parse(document, &catalog(), &Limits::default()).is_ok());
}

#[test]
fn an_identity_may_be_chosen() {
    let valid = changed(&[("/metadata/id", json!("my-own-1"))]).expect("valid");
    assert_eq!(valid.id.map(|id| id.to_string()).as_deref(), Some("my-own-1"));
    assert_eq!(
        texts(&[("/metadata/id", json!("My"))]),
        ["metadata.id: \"My\" is not a valid experiment id\n  allowed: 1 to 63 characters of a-z, 0-9 and -"]
    );
}

#[test]
fn what_protects_critical_processes_cannot_be_made_a_footnote() {
    for indicator in ["critical_retention", "value_agreement"] {
        let role = |role: &str| [("/spec/policy", json!({"indicators": {indicator: {"role": role}}}))];
        let found = texts(&role("info"));
        assert!(
            found[0].starts_with(&format!("spec.policy.indicators.{indicator}.role: {indicator} is always a gate")),
            "{found:?}"
        );
        assert!(changed(&role("gate")).is_ok());
    }
}
