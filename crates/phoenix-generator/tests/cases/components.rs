//! Settings of components and of the collector's own telemetry.

use phoenix_generator::validator::Rule;

use super::Case;
use super::Collector::{Accepts, Refuses};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = processors();
    cases.extend(durations());
    cases.extend(host_metrics());
    cases.extend(telemetry());
    cases
}

fn processors() -> Vec<Case> {
    let limiter = |settings: &str| format!("processors: {{memory_limiter: {{{settings}}}, batch: {{}}}}");
    let batch = |settings: &str| {
        format!("processors: {{memory_limiter: {{check_interval: 1s, limit_mib: 64}}, batch: {{{settings}}}}}")
    };
    let limiter_case = |bad: &str, good: &str| {
        Case::new(Rule::MemoryLimiterSettings, "processors.memory_limiter", Refuses, &limiter(bad), &limiter(good))
    };
    let share = "check_interval: 1s, limit_percentage: 50, spike_limit_percentage: 10";
    vec![
        limiter_case("limit_mib: 64", "check_interval: 100ms, limit_mib: 64"),
        limiter_case("check_interval: 0s, limit_mib: 64", "check_interval: 1s, limit_mib: 64"),
        limiter_case("check_interval: -1s, limit_mib: 64", share),
        limiter_case("check_interval: 1s", share),
        limiter_case(
            "check_interval: 1s, limit_mib: 64, spike_limit_mib: 64",
            "check_interval: 1s, limit_mib: 64, spike_limit_mib: 63",
        ),
        limiter_case("check_interval: 1s, limit_percentage: 50, spike_limit_percentage: 50", share),
        limiter_case("check_interval: 1s, limit_percentage: 101", "check_interval: 1s, limit_percentage: 100"),
        Case::new(
            Rule::BatchSettings,
            "processors.batch",
            Refuses,
            &batch("send_batch_size: 100, send_batch_max_size: 50"),
            &batch("send_batch_size: 100, send_batch_max_size: 100"),
        ),
        Case::new(
            Rule::BatchSettings,
            "processors.batch",
            Refuses,
            &batch("send_batch_max_size: 8191"),
            &batch("send_batch_max_size: 8192, timeout: 0"),
        ),
    ]
}

fn durations() -> Vec<Case> {
    let batch = |timeout: &str| {
        format!("processors: {{memory_limiter: {{check_interval: 1s, limit_mib: 64}}, batch: {{timeout: {timeout}}}}}")
    };
    let page = |expiration: &str| {
        format!(
            "exporters: {{prometheus: {{endpoint: \"127.0.0.1:9464\", metric_expiration: {expiration}, const_labels: {{timeout: \"x\"}}, \
             resource_to_telemetry_conversion: {{enabled: true}}}}}}"
        )
    };
    vec![
        Case::new(Rule::BareDuration, "processors.batch.timeout", Accepts, &batch("5"), &batch("5s")),
        Case::new(Rule::BareDuration, "processors.batch.timeout", Accepts, &batch("1.5"), &batch("0")),
        Case::new(Rule::BareDuration, "exporters.prometheus.metric_expiration", Accepts, &page("30"), &page("30s")),
        Case::new(Rule::InvalidDuration, "processors.batch.timeout", Refuses, &batch("5x"), &batch("1m30s")),
        Case::new(
            Rule::InvalidDuration,
            "processors.batch.timeout",
            Refuses,
            &batch("'5'"),
            &batch("'${env:TIMEOUT}'"),
        ),
        Case::new(Rule::InvalidDuration, "processors.batch.timeout", Refuses, &batch("1d"), &batch("1.5h")),
        Case::new(Rule::InvalidDuration, "processors.batch.timeout", Refuses, &batch("'1 s'"), &batch("500us")),
    ]
}

fn host_metrics() -> Vec<Case> {
    let scrapers = |scrapers: &str| {
        format!(
            "receivers: {{hostmetrics: {{scrapers: {scrapers}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [hostmetrics], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let quiet = "resource_attributes: {process.command_line: {enabled: false}}";
    let include = |include: &str| scrapers(&format!("{{process: {{include: {{{include}}}, {quiet}}}}}"));
    let roots = |one: &str, other: &str| {
        format!(
            "receivers: {{hostmetrics: {{root_path: {one}, scrapers: {{cpu: }}}}, host_metrics/b: {{root_path: {other}, scrapers: {{load: }}}}}}\n\
             service: {{extensions: [health_check], pipelines: {{metrics: {{receivers: [hostmetrics, host_metrics/b], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let names = "receivers.hostmetrics.scrapers.process.include";
    vec![
        Case::new(Rule::HostMetricsSettings, "receivers.hostmetrics", Refuses, &scrapers("{}"), &scrapers("{cpu: }")),
        Case::new(
            Rule::HostMetricsSettings,
            names,
            Refuses,
            &include("names: [a]"),
            &include("names: [a], match_type: strict"),
        ),
        Case::new(
            Rule::HostMetricsSettings,
            names,
            Refuses,
            &include("names: ['^a'], match_type: regex"),
            &include("names: ['^a'], match_type: regexp"),
        ),
        Case::new(
            Rule::HostMetricsSettings,
            "receivers.host_metrics/b",
            Refuses,
            &roots("/proc", "/sys"),
            &roots("/proc", "/proc"),
        ),
        Case::new(
            Rule::HostMetricsSettings,
            "receivers.host_metrics/b",
            Refuses,
            &roots("/proc", "/sys"),
            &roots("/proc", "/"),
        ),
    ]
}

fn telemetry() -> Vec<Case> {
    let telemetry = |telemetry: &str| {
        format!(
            "service: {{telemetry: {{{telemetry}}}, extensions: [health_check], \
             pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let reader = "readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 8888}}}}]";
    let case =
        |rule, at, collector, bad: &str, good: &str| Case::new(rule, at, collector, &telemetry(bad), &telemetry(good));
    let attribute = |value: &str| format!("resource: {{attributes: [{{name: a, value: {value}}}]}}");
    vec![
        case(Rule::UnknownKey, "service.telemetry.metric", Refuses, "metric: {}", "metrics: {}, logs: {}, traces: {}, resource: {}"),
        case(
            Rule::UnknownKey,
            "service.telemetry.metrics.address",
            Refuses,
            "metrics: {address: '127.0.0.1:8888'}",
            &format!("metrics: {{level: normal, {reader}}}"),
        ),
        case(Rule::WrongType, "service.telemetry", Refuses, "", "logs: {level: info}").with_bad(
            "service: {telemetry: [], extensions: [health_check], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
        ),
        case(
            Rule::TelemetrySettings,
            "service.telemetry.metrics.readers",
            Refuses,
            "metrics: {level: basic, readers: []}",
            "metrics: {level: none, readers: []}",
        ),
        case(
            Rule::TelemetrySettings,
            "service.telemetry.metrics.views",
            Refuses,
            "metrics: {level: normal, views: [{selector: {instrument_name: a}, stream: {name: b}}]}",
            "metrics: {level: detailed, views: [{selector: {instrument_name: a}, stream: {name: b}}]}",
        ),
        case(Rule::TelemetrySettings, "service.telemetry.resource.a", Refuses, "resource: {a: 5}", "resource: {a: '5', b: null}"),
        case(
            Rule::UntypedReference,
            "service.telemetry.resource.attributes[0].value",
            Accepts,
            &attribute("'${env:NAME}'"),
            &attribute("'${env:NAME}${env:AS_TEXT:-}'"),
        ),
        case(
            Rule::UntypedReference,
            "service.telemetry.resource.attributes[0].value",
            Accepts,
            &attribute("'${NAME}'"),
            &attribute("'sha256:${NAME}'"),
        ),
    ]
}
