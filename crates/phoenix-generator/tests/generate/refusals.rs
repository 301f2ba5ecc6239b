//! Specifications that cannot be used: each error names the field, what is wrong and what to do, and has a stable word.

use phoenix_core::spec::PipelineSpec;
use phoenix_generator::TemplateGenerator;
use serde_json::json;

use crate::specs::spec;

fn refused(spec: &PipelineSpec) -> (&'static str, String) {
    let error = TemplateGenerator::new().expect("built-in templates parse").render(spec).expect_err("not to be used");
    (error.reason(), error.to_string())
}

#[test]
fn unknown_names_are_answered_with_the_known_ones() {
    let template = PipelineSpec { base_template: "process".to_owned(), ..spec(json!({}), json!([])) };
    let (reason, text) = refused(&template);
    assert_eq!(
        (reason, text.as_str()),
        ("UnknownTemplate", "baseTemplate: there is no template \"process\"\n  use one of: process-baseline")
    );

    let (reason, text) = refused(&spec(json!({}), json!([{"name": "threshold"}, {"name": "top-k"}])));
    assert_eq!(reason, "UnknownStrategy");
    assert!(text.starts_with("optimizations[1].name: there is no strategy \"top-k\"\n  use one of: "), "{text}");
    assert!(text.ends_with("reaggregate-at-source, exclude-kernel-threads, threshold, process-filter"), "{text}");
}

#[test]
fn a_strategy_stands_once() {
    let (reason, text) = refused(&spec(json!({}), json!([{"name": "threshold"}, {"name": "threshold"}])));
    assert_eq!(reason, "RepeatedStrategy");
    assert!(
        text.starts_with("optimizations[1].name: \"threshold\" is applied already by optimizations[0]\n  "),
        "{text}"
    );
}

#[test]
fn parameters_are_refused_with_the_allowed_range() {
    for (parameters, optimizations, expected) in [
        (
            json!({"interval": "5s"}),
            json!([]),
            "parameters.interval: process-baseline has no such parameter\n  use one of: collectionInterval, ",
        ),
        (
            json!({"collectionInterval": 10}),
            json!([]),
            "parameters.collectionInterval: 10 is not a duration\n  write a duration from 1s to 10m",
        ),
        (
            json!({"collectionInterval": "1ms"}),
            json!([]),
            "parameters.collectionInterval: \"1ms\" is out of range\n  write a duration from 1s to 10m",
        ),
        (
            json!({"memoryLimitMib": 5000}),
            json!([]),
            "parameters.memoryLimitMib: 5000 is out of range\n  write a whole number from 64 to 4096",
        ),
        (
            json!({"processCommandLine": "yes"}),
            json!([]),
            "parameters.processCommandLine: \"yes\" is not a boolean\n  write true or false",
        ),
        (
            json!({}),
            json!([{"name": "process-filter"}]),
            "optimizations[0].parameters.patterns: is missing\n  write a list of 1 to 64 regular expressions",
        ),
        (
            json!({}),
            json!([{"name": "process-filter", "parameters": {"patterns": null}}]),
            "optimizations[0].parameters.patterns: is missing\n",
        ),
        (
            json!({}),
            json!([{"name": "process-filter", "parameters": {"patterns": []}}]),
            "optimizations[0].parameters.patterns: has 0 entries\n",
        ),
        (
            json!({}),
            json!([{"name": "process-filter", "parameters": {"patterns": ["a", 5]}}]),
            "optimizations[0].parameters.patterns[1]: 5 is not a text\n",
        ),
        (
            json!({}),
            json!([{"name": "process-filter", "parameters": {"patterns": ["(a"]}}]),
            "optimizations[0].parameters.patterns[0]: \"(a\" ",
        ),
        (
            json!({}),
            json!([{"name": "threshold", "parameters": {"cpuUtilization": 2}}]),
            "optimizations[0].parameters.cpuUtilization: 2 is out of range\n",
        ),
        (
            json!({}),
            json!([{"name": "exclude-kernel-threads", "parameters": {"a": 1}}]),
            "optimizations[0].parameters.a: exclude-kernel-threads has no such parameter\n  exclude-kernel-threads takes no parameters; remove it",
        ),
    ] {
        let (reason, text) = refused(&spec(parameters, optimizations));
        assert_eq!(reason, "InvalidParameter", "{text}");
        assert!(text.starts_with(expected), "{text}\ninstead of\n{expected}");
    }
}

/// The collector would read a line break as the end of a setting and `${` as a reference.
#[test]
fn patterns_that_could_mean_something_else_to_the_collector_are_refused() {
    for pattern in ["a\nb", "${env:HOME}", "a${", "", "a\u{85}b", "(?=a)"] {
        let (reason, text) =
            refused(&spec(json!({}), json!([{"name": "process-filter", "parameters": {"patterns": [pattern]}}])));
        assert_eq!(reason, "InvalidParameter", "{text}");
    }
}
