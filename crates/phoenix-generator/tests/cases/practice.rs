//! What a collector takes although it is surely not meant.

use phoenix_generator::validator::Rule;

use super::Case;
use super::Collector::Accepts;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = addresses();
    cases.extend(order());
    cases.extend(processes());
    cases
}

fn addresses() -> Vec<Case> {
    let page = |endpoint: &str| {
        format!(
            "exporters: {{prometheus: {{endpoint: '{endpoint}', resource_to_telemetry_conversion: {{enabled: true}}}}}}"
        )
    };
    let telemetry = |host: &str, port: &str| {
        format!(
            "service: {{telemetry: {{metrics: {{readers: [{{pull: {{exporter: {{prometheus: {{host: '{host}', port: {port}}}}}}}}}]}}}}, extensions: [health_check], \
             pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let prometheus = "exporters.prometheus.endpoint";
    let extension = "extensions.health_check.endpoint";
    let own = "service.telemetry.metrics.readers[0].pull.exporter.prometheus";
    vec![
        Case::new(Rule::WildcardBind, prometheus, Accepts, &page("0.0.0.0:9464"), &page("127.0.0.1:9464")),
        Case::new(Rule::WildcardBind, prometheus, Accepts, &page("[::]:9464"), &page("[::1]:9464")),
        Case::new(Rule::WildcardBind, prometheus, Accepts, &page(":9464"), &page("${env:BIND:-127.0.0.1}:${env:PORT}")),
        Case::new(Rule::WildcardBind, own, Accepts, &telemetry("0.0.0.0", "8888"), &telemetry("localhost", "8888")),
        Case::new(Rule::SharedEndpoint, extension, Accepts, &page("127.0.0.1:13133"), &page("127.0.0.1:13134")),
        Case::new(Rule::SharedEndpoint, extension, Accepts, &page("localhost:13133"), &page("127.0.0.2:13133")),
        Case::new(Rule::SharedEndpoint, own, Accepts, &telemetry("127.0.0.1", "9464"), &telemetry("127.0.0.1", "9465")),
    ]
}

fn order() -> Vec<Case> {
    let processors = |list: &str| {
        format!(
            "processors: {{memory_limiter: {{check_interval: 1s, limit_mib: 64}}, batch: {{}}, resource: {{attributes: [{{key: a, value: b, action: upsert}}]}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [otlp], processors: [{list}], exporters: [prometheus]}}}}}}"
        )
    };
    let at =
        |index: usize| ["service.pipelines.metrics.processors[0]", "service.pipelines.metrics.processors[1]"][index];
    vec![
        Case::new(
            Rule::MemoryLimiterNotFirst,
            at(1),
            Accepts,
            &processors("resource, memory_limiter, batch"),
            &processors("memory_limiter, resource, batch"),
        ),
        Case::new(
            Rule::MemoryLimiterMissing,
            "service.pipelines.metrics.processors",
            Accepts,
            "processors: {batch: {}}\nservice: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [batch], exporters: [prometheus]}}}",
            "",
        ),
        Case::new(
            Rule::BatchNotLast,
            at(1),
            Accepts,
            &processors("memory_limiter, batch, resource"),
            &processors("memory_limiter, resource, batch"),
        ),
        Case::new(
            Rule::ErrorModeMissing,
            "processors.filter/a",
            Accepts,
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, filter/a: {metric_conditions: ['metric.name == \"a\"']}}\n\
             service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, filter/a], exporters: [prometheus]}}}",
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, filter/a: {error_mode: ignore, metric_conditions: ['metric.name == \"a\"']}}\n\
             service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, filter/a], exporters: [prometheus]}}}",
        ),
        Case::new(
            Rule::ErrorModeMissing,
            "processors.transform",
            Accepts,
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, transform: {metric_statements: ['set(metric.unit, \"1\")']}}\n\
             service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, transform], exporters: [prometheus]}}}",
            "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, transform: {error_mode: ignore, metric_statements: ['set(metric.unit, \"1\")']}}\n\
             service: {extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, transform], exporters: [prometheus]}}}",
        ),
    ]
}

fn processes() -> Vec<Case> {
    let of = |attributes: &str, exporter: &str, processors: &str| {
        format!(
            "receivers: {{hostmetrics: {{scrapers: {{process: {{resource_attributes: {{{attributes}}}}}}}}}}}\n\
             processors: {{memory_limiter: {{check_interval: 1s, limit_mib: 64}}, batch: {{}}, groupbyattrs: {{}}}}\n\
             exporters: {{prometheus: {{endpoint: \"127.0.0.1:9464\", resource_to_telemetry_conversion: {{{exporter}}}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [hostmetrics], processors: [{processors}], exporters: [prometheus]}}}}}}"
        )
    };
    let quiet = "process.command_line: {enabled: false}";
    let without_pid = "process.command_line: {enabled: false}, process.pid: {enabled: false}";
    let labels = "enabled: true";
    let adding = "memory_limiter, groupbyattrs, batch";
    let good = of(quiet, labels, adding);
    vec![
        Case::new(Rule::IndistinctProcesses, "exporters.prometheus", Accepts, &of(quiet, "", adding), &good),
        Case::new(
            Rule::IndistinctProcesses,
            "exporters.prometheus",
            Accepts,
            &of(quiet, "enabled: false", adding),
            &good,
        ),
        Case::new(
            Rule::ProcessesOverwritten,
            "service.pipelines.metrics",
            Accepts,
            &of(without_pid, labels, "memory_limiter, batch"),
            &of(without_pid, labels, adding),
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::CommandLineExported,
            "receivers.hostmetrics.scrapers.process",
            Accepts,
            &of("", labels, adding),
            &good,
        ),
    ]
}
