//! References to the environment, and secrets.

use phoenix_generator::validator::Rule;

use super::Collector::{Accepts, Refuses};
use super::{Case, Collector};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = references();
    cases.extend(secrets());
    cases
}

/// An exporter with a label.
fn label(value: &str) -> String {
    format!("exporters: {{prometheus: {{endpoint: \"127.0.0.1:9464\", const_labels: {{a: '{value}'}}}}}}")
}

fn references() -> Vec<Case> {
    let at = "exporters.prometheus.const_labels.a";
    let case =
        |rule, collector: Collector, bad: &str, good: &str| Case::new(rule, at, collector, &label(bad), &label(good));
    vec![
        case(Rule::InvalidReference, Refuses, "${1X}", "${X1} ${env:_X}"),
        case(Rule::InvalidReference, Refuses, "${env:a-b}", "${env:a_b}"),
        case(Rule::InvalidReference, Refuses, "${VAR:-d}", "${env:VAR:-d}"),
        case(Rule::InvalidReference, Refuses, "${}", "$${}"),
        case(Rule::InvalidReference, Refuses, "${env:A:-$}", "${env:A:-x y:z}"),
        case(Rule::InvalidReference, Accepts, "${env:A:-{b}", "${env:A:-b}"),
        // Every collector can read files.
        case(Rule::ForbiddenReference, Accepts, "${file:/dev/null}", "$${file:/dev/null}"),
        case(Rule::ForbiddenReference, Refuses, "${http://127.0.0.1/x}", "http://127.0.0.1/x"),
        case(Rule::ForbiddenReference, Refuses, "${https://127.0.0.1/x}", "${env:X}"),
        case(Rule::ForbiddenReference, Refuses, "${s3:bucket}", "s3:bucket"),
        // These become `${file:...}` while they are replaced, and its content arrives.
        case(Rule::NestedReference, Accepts, "${fi${env:X:-}le:/dev/null}", "${env:X}le:/dev/null"),
        case(
            Rule::MixedReferences,
            Accepts,
            "${env:X:-} $${env:X:-}{file:/dev/null}",
            "$${env:X:-} $${file:/dev/null}",
        ),
        case(Rule::MixedReferences, Accepts, "$${env:A} ${env:B}", "${env:A} ${env:B}"),
        case(Rule::UnclosedReference, Accepts, "${env:A", "{env:A"),
        case(Rule::BareVariable, Accepts, "x$HOME", "x$$HOME ^a$ ^B$|C $x $1"),
    ]
}

fn secrets() -> Vec<Case> {
    let gateway = |settings: &str| {
        format!(
            "exporters: {{otlp: {{endpoint: \"127.0.0.1:1\", tls: {{insecure: true}}, {settings}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [otlp]}}}}}}"
        )
    };
    let attributes = |actions: &str| {
        format!(
            "processors: {{memory_limiter: {{check_interval: 1s, limit_mib: 64}}, resource: {{attributes: {actions}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, resource], exporters: [prometheus]}}}}}}"
        )
    };
    let endpoint = |endpoint: &str| {
        format!(
            "service: {{telemetry: {{metrics: {{readers: [{{periodic: {{exporter: {{otlp: {{protocol: http/protobuf, endpoint: '{endpoint}'}}}}}}}}]}}}}, \
             extensions: [health_check], pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    vec![
        Case::new(
            Rule::LiteralSecret,
            "exporters.otlp.headers.x-team",
            Accepts,
            &gateway("headers: {x-team: platform}"),
            &gateway("headers: {x-team: '${env:TEAM}', authorization: 'Bearer ${env:TOKEN}'}"),
        ),
        Case::new(
            Rule::LiteralSecret,
            "exporters.otlp.headers.x-token",
            Accepts,
            &gateway("headers: {x-token: '${env:TOKEN:-hunter2}'}"),
            &gateway("headers: {x-token: '${env:TOKEN:-}'}"),
        ),
        Case::new(
            Rule::LiteralSecret,
            "exporters.prometheus.const_labels.api_key",
            Accepts,
            "exporters: {prometheus: {endpoint: \"127.0.0.1:9464\", const_labels: {api_key: abc}}}",
            "exporters: {prometheus: {endpoint: \"127.0.0.1:9464\", const_labels: {api_key: '${env:KEY}', key_file: abc}}}",
        ),
        Case::new(
            Rule::LiteralSecret,
            "exporters.otlp.tls.key_pem",
            Refuses,
            &gateway("").replace("insecure: true", "key_pem: abc"),
            &attributes("[{key: password_hint, action: delete}, {key: a, value: b, action: upsert}]"),
        ),
        Case::new(
            Rule::LiteralSecret,
            "service.telemetry.metrics.readers[0].periodic.exporter.otlp.endpoint",
            Accepts,
            &endpoint("http://me:hunter2@127.0.0.1:1"),
            &endpoint("http://me:${env:PASSWORD}@127.0.0.1:1"),
        ),
    ]
}
