//! Documents as a whole: YAML, keys, sections, identifiers.

use phoenix_generator::validator::Rule;

use super::Collector::{Accepts, Refuses};
use super::{BASE, Case, Collector};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = texts();
    cases.extend(sections());
    cases.extend(identifiers());
    cases
}

/// A case whose bad document is no patch.
fn text(rule: Rule, at: &'static str, collector: Collector, bad: &str, good: &str) -> Case {
    let case = Case::new(rule, at, collector, "", "");
    Case { bad: bad.to_owned(), good: good.to_owned(), ..case }
}

fn texts() -> Vec<Case> {
    let two = format!("{BASE}---\nreceivers: {{}}\n");
    let marked = format!("---\n{BASE}");
    let with_comment = |comment: &str| format!("# {comment}\n{BASE}");
    let quoted =
        BASE.replace("\"127.0.0.1:9464\"", "\"127.0.0.1:9464\", const_labels: {a: \"x\\u2028y\\u0085\\uFEFF\"}");
    vec![
        text(Rule::ConfigUnreadable, "line 2", Refuses, "receivers: [a, b\nexporters: }", BASE),
        text(Rule::ConfigUnreadable, "line 2", Refuses, "receivers:\n\totlp: {}\n", BASE),
        text(Rule::DuplicateKey, "line 3", Refuses, "receivers:\n  otlp: {}\n  otlp: {}\n", BASE),
        text(Rule::DuplicateKey, "line 6", Refuses, &format!("{BASE}service: {{}}\n"), BASE),
        text(
            Rule::AmbiguousCharacter,
            "line 1",
            Refuses,
            &with_comment("a\u{2028}foo: bar"),
            &with_comment("a foo: bar"),
        ),
        text(Rule::AmbiguousCharacter, "line 1", Refuses, &with_comment("a\u{85}foo: bar"), &quoted),
        text(
            Rule::AmbiguousCharacter,
            "line 1",
            Refuses,
            &with_comment("a\u{2029}foo: bar"),
            &format!("\u{feff}{BASE}"),
        ),
        text(Rule::AmbiguousCharacter, "line 1", Accepts, &with_comment("a\u{feff}b"), &with_comment("aüb")),
        text(Rule::EmptyConfiguration, "document", Refuses, "", BASE),
        text(Rule::EmptyConfiguration, "document", Refuses, "# nothing\n", BASE),
        text(
            Rule::EmptyConfiguration,
            "document",
            Refuses,
            "receivers: {}\nexporters:\nservice: {pipelines: {}}\n",
            BASE,
        )
        .also(&[Rule::NoPipelines]),
        text(Rule::FurtherDocuments, "document", Accepts, &two, &marked),
        text(Rule::WrongType, "document", Refuses, "- receivers\n", BASE),
        text(Rule::WrongType, "document", Refuses, "receivers\n", BASE),
    ]
}

fn sections() -> Vec<Case> {
    vec![
        Case::new(Rule::UnknownKey, "foo", Refuses, "foo: {}", ""),
        Case::new(Rule::UnknownKey, r#"[".common"]"#, Refuses, ".common: {}", ""),
        Case::new(
            Rule::UnknownKey,
            "service.pipeline",
            Refuses,
            "service: {pipeline: {}, extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            "",
        ),
        Case::new(
            Rule::UnknownKey,
            "service.pipelines.metrics.connectors",
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics: {connectors: [], receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            "",
        ),
        Case::new(Rule::MissingSection, "receivers", Refuses, "-receivers", "").also(&[Rule::UndefinedReference]),
        Case::new(Rule::MissingSection, "exporters", Refuses, "exporters:", "").also(&[Rule::UndefinedReference]),
        Case::new(Rule::MissingSection, "service", Refuses, "-service\n-extensions\n-processors", "").also(&[Rule::UnusedComponent]),
        Case::new(Rule::WrongType, "receivers", Refuses, "receivers: [otlp]", "").also(&[Rule::UndefinedReference]),
        Case::new(Rule::WrongType, "service", Refuses, "service: metrics", "").also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::WrongType,
            "exporters.prometheus",
            Refuses,
            "exporters: {prometheus: 127.0.0.1}",
            "",
        ),
        Case::new(
            Rule::WrongType,
            "service.pipelines.metrics",
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics: [otlp]}}",
            "",
        )
        .also(&[Rule::NoReceivers, Rule::NoExporters, Rule::UnusedComponent]),
        Case::new(
            Rule::WrongType,
            "service.pipelines.metrics.receivers[1]",
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp, 5], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            "",
        ),
        Case::new(
            Rule::WrongType,
            "service.pipelines.metrics.exporters",
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: prometheus}}}",
            "",
        )
        .also(&[Rule::NoExporters, Rule::UnusedComponent]),
        Case::new(
            Rule::WrongType,
            "service.extensions",
            Refuses,
            "service: {extensions: {health_check: }, pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            "",
        )
        .also(&[Rule::UnusedComponent]),
    ]
}

fn identifiers() -> Vec<Case> {
    let receiver = |id: &str| {
        format!(
            "receivers: {{'{id}': {{protocols: {{grpc: {{endpoint: \"127.0.0.1:4317\"}}}}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: ['{id}'], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let invalid = |at: &'static str, id: &str, good: &str| {
        Case::new(Rule::InvalidId, at, Refuses, &receiver(id), &receiver(good)).also(&[Rule::NoReceivers])
    };
    let pipeline = |id: &str| {
        format!(
            "service: {{extensions: [health_check], pipelines: {{'{id}': {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    vec![
        invalid("receivers.otlp/", "otlp/", "otlp/a"),
        invalid("receivers./x", "/x", "otlp/a"),
        invalid(r#"receivers["otlp/a b"]"#, "otlp/a b", "otlp/a-b.c:d/e"),
        invalid(r#"receivers["otlp/a+b"]"#, "otlp/a+b", "otlp/größe"),
        invalid("receivers.ot-lp", "ot-lp", "otlp/1"),
        // The settings of this one would be lost, which a component that needs none survives.
        Case::new(
            Rule::InvalidId,
            r#"processors["batch/ a"]"#,
            Accepts,
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, 'batch/ a': {timeout: 1s}}\n\
             service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, 'batch/ a'], exporters: [prometheus]}}}",
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, batch/a: {timeout: 1s}}\n\
             service: {extensions: [health_check], pipelines: {'metrics / b': {receivers: [otlp], processors: [memory_limiter, 'batch/ a'], exporters: [prometheus]}}}",
        ),
        Case::new(
            Rule::InvalidId,
            r#"service.pipelines["metrics/a b"]"#,
            Refuses,
            &pipeline("metrics/a b"),
            &pipeline("metrics/a-b"),
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::DuplicateId,
            r#"processors["batch "]"#,
            Refuses,
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, batch: {}, 'batch ': {}}",
            "",
        ),
        Case::new(
            Rule::DuplicateId,
            r#"service.pipelines["metrics / a"]"#,
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics/a: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}, 'metrics / a': {receivers: [otlp], exporters: [prometheus]}}}",
            &pipeline("metrics/a"),
        ),
        Case::new(
            Rule::UnknownSignal,
            "service.pipelines.metric",
            Refuses,
            &pipeline("metric"),
            &pipeline("metrics/x"),
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::UnknownSignal,
            "service.pipelines.Metrics",
            Refuses,
            &pipeline("Metrics"),
            &pipeline("metrics"),
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::UnknownSignal,
            "service.pipelines.profiles",
            Refuses,
            &pipeline("profiles"),
            &pipeline("metrics"),
        )
        .also(&[Rule::UnusedComponent]),
    ]
}
