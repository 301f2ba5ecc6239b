//! Pipelines, connectors, and what an installation allows of them.

use std::fmt::Write as _;

use phoenix_generator::validator::Rule;

use super::Case;
use super::Collector::{Accepts, Refuses};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = lists();
    cases.extend(references());
    cases.extend(signals());
    cases.extend(connectors());
    cases.extend(limits());
    cases
}

/// A service with one pipeline.
fn metrics(pipeline: &str) -> String {
    format!("service: {{extensions: [health_check], pipelines: {{metrics: {{{pipeline}}}}}}}")
}

fn lists() -> Vec<Case> {
    let good = metrics("receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]");
    vec![
        Case::new(
            Rule::NoPipelines,
            "service.pipelines",
            Refuses,
            "service: {extensions: [health_check], pipelines: {}}",
            &good,
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(Rule::NoPipelines, "service.pipelines", Refuses, "service: {extensions: [health_check]}", &good)
            .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::NoReceivers,
            "service.pipelines.metrics",
            Refuses,
            &metrics("receivers: [], processors: [memory_limiter, batch], exporters: [prometheus]"),
            &good,
        )
        .also(&[Rule::UnusedComponent]),
        Case::new(
            Rule::NoReceivers,
            "service.pipelines.metrics",
            Refuses,
            "service: {extensions: [health_check], pipelines: {metrics: }}",
            &good,
        )
        .also(&[Rule::UnusedComponent, Rule::NoExporters, Rule::MemoryLimiterMissing]),
        Case::new(
            Rule::NoExporters,
            "service.pipelines.metrics",
            Refuses,
            &metrics("receivers: [otlp], processors: [memory_limiter, batch]"),
            &good,
        )
        .also(&[Rule::UnusedComponent]),
    ]
}

fn references() -> Vec<Case> {
    let good = metrics("receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]");
    let two_receivers = "receivers: {otlp: {protocols: {grpc: {endpoint: \"127.0.0.1:4317\"}}}, otlp/b: {protocols: {grpc: {endpoint: \"127.0.0.1:4318\"}}}}\n";
    vec![
        Case::new(
            Rule::UndefinedReference,
            "service.pipelines.metrics.receivers[1]",
            Refuses,
            &metrics("receivers: [otlp, otlp/b], processors: [memory_limiter, batch], exporters: [prometheus]"),
            &format!(
                "{two_receivers}{}",
                metrics("receivers: [otlp, otlp/b], processors: [memory_limiter, batch], exporters: [prometheus]")
            ),
        ),
        Case::new(
            Rule::UndefinedReference,
            "service.pipelines.metrics.processors[1]",
            Refuses,
            &metrics("receivers: [otlp], processors: [memory_limiter, resource, batch], exporters: [prometheus]"),
            &good,
        ),
        Case::new(
            Rule::UndefinedReference,
            "service.pipelines.metrics.exporters[1]",
            Refuses,
            &metrics("receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus, otlp]"),
            &good,
        ),
        Case::new(
            Rule::UndefinedReference,
            "service.extensions[1]",
            Refuses,
            "service: {extensions: [health_check, pprof], pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            &good,
        ),
        Case::new(
            Rule::DuplicateProcessor,
            "service.pipelines.metrics.processors[2]",
            Refuses,
            &metrics("receivers: [otlp], processors: [memory_limiter, batch, batch], exporters: [prometheus]"),
            &good,
        ),
        Case::new(
            Rule::RepeatedReference,
            "service.pipelines.metrics.receivers[1]",
            Accepts,
            &metrics("receivers: [otlp, otlp], processors: [memory_limiter, batch], exporters: [prometheus]"),
            &good,
        ),
        Case::new(
            Rule::RepeatedReference,
            "service.pipelines.metrics.exporters[1]",
            Accepts,
            &metrics("receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus, ' prometheus']"),
            &good,
        ),
        Case::new(
            Rule::UnusedComponent,
            "receivers.otlp/b",
            Accepts,
            two_receivers,
            &format!(
                "{two_receivers}{}",
                metrics("receivers: [otlp, otlp/b], processors: [memory_limiter, batch], exporters: [prometheus]")
            ),
        ),
        Case::new(
            Rule::UnusedComponent,
            "extensions.health_check",
            Accepts,
            "service: {pipelines: {metrics: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}",
            &good,
        ),
        Case::new(
            Rule::RemovedComponent,
            "exporters.logging",
            Refuses,
            &format!(
                "exporters: {{logging: }}\n{}",
                metrics("receivers: [otlp], processors: [memory_limiter, batch], exporters: [logging]")
            ),
            &good,
        )
        .also(&[Rule::ExporterNotAllowed]),
    ]
}

fn signals() -> Vec<Case> {
    let logs = |section: &str, receivers: &str, processors: &str, exporters: &str| {
        let exporter = "exporters: {otlp: {endpoint: \"127.0.0.1:1\", tls: {insecure: true}}, prometheus: {endpoint: \"127.0.0.1:9464\"}}";
        format!(
            "{exporter}\n{section}\nservice: {{extensions: [health_check], pipelines: {{traces: {{receivers: [{receivers}], processors: [{processors}], exporters: [{exporters}]}}, \
             metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    let interval =
        "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, batch: {}, interval: {interval: 10s}}";
    let filter = "processors: {memory_limiter: {check_interval: 1s, limit_mib: 64}, batch: {}, resource: {attributes: [{key: a, value: b, action: upsert}]}}";
    vec![
        Case::new(
            Rule::UnsupportedSignal,
            "service.pipelines.traces.exporters[1]",
            Refuses,
            &logs("", "otlp", "memory_limiter, batch", "otlp, prometheus"),
            &logs("", "otlp", "memory_limiter, batch", "otlp"),
        ),
        Case::new(
            Rule::UnsupportedSignal,
            "service.pipelines.traces.processors[1]",
            Refuses,
            &logs(interval, "otlp", "memory_limiter, interval, batch", "otlp"),
            &logs(filter, "otlp", "memory_limiter, resource, batch", "otlp"),
        ),
        Case::new(
            Rule::UnsupportedSignal,
            "service.pipelines.traces.receivers[0]",
            Refuses,
            &logs(
                "receivers: {otlp: {protocols: {grpc: {endpoint: \"127.0.0.1:4317\"}}}, hostmetrics: {scrapers: {cpu: }}}",
                "hostmetrics",
                "memory_limiter, batch",
                "otlp",
            ),
            &logs("", "otlp", "memory_limiter, batch", "otlp"),
        ),
    ]
}

fn connectors() -> Vec<Case> {
    let of = |connectors: &str, pipelines: &str| {
        format!("connectors: {{{connectors}}}\nservice: {{extensions: [health_check], pipelines: {{{pipelines}}}}}")
    };
    let limited = "processors: [memory_limiter, batch]";
    let good = of(
        "forward: ",
        &format!(
            "metrics: {{receivers: [otlp], {limited}, exporters: [forward]}}, metrics/b: {{receivers: [forward], {limited}, exporters: [prometheus]}}"
        ),
    );
    let ends_only =
        of("forward: ", &format!("metrics: {{receivers: [otlp], {limited}, exporters: [forward, prometheus]}}"));
    let begins_only =
        of("forward: ", &format!("metrics: {{receivers: [otlp, forward], {limited}, exporters: [prometheus]}}"));
    let other_signal = of(
        "forward: ",
        &format!(
            "traces: {{receivers: [otlp], {limited}, exporters: [forward]}}, metrics: {{receivers: [otlp, forward], {limited}, exporters: [prometheus]}}"
        ),
    );
    let circle = of(
        "forward: , forward/b: ",
        &format!(
            "metrics: {{receivers: [otlp, forward/b], {limited}, exporters: [forward]}}, \
             metrics/b: {{receivers: [forward], {limited}, exporters: [forward/b, prometheus]}}"
        ),
    );
    let itself = of(
        "forward: ",
        &format!("metrics: {{receivers: [otlp, forward], {limited}, exporters: [forward, prometheus]}}"),
    );
    let shared_id =
        format!("receivers: {{otlp: {{protocols: {{grpc: {{endpoint: \"127.0.0.1:4317\"}}}}}}, forward: }}\n{good}");
    let case = |rule, at, bad: &str| Case::new(rule, at, Refuses, bad, &good).needs("forward");
    vec![
        case(Rule::AmbiguousConnector, "connectors.forward", &shared_id),
        case(Rule::ConnectorUnconnected, "connectors.forward", &ends_only),
        case(Rule::ConnectorUnconnected, "connectors.forward", &begins_only),
        case(Rule::ConnectorUnconnected, "connectors.forward", &other_signal),
        case(Rule::PipelineCycle, "service.pipelines.metrics", &circle),
        case(Rule::PipelineCycle, "service.pipelines.metrics", &itself),
    ]
}

fn limits() -> Vec<Case> {
    let many = |count: usize| {
        let mut settings = "memory_limiter: {check_interval: 1s, limit_mib: 64}, batch: {}".to_owned();
        let mut list = "memory_limiter".to_owned();
        for index in 2..count {
            write!(settings, ", 'resource/{index}': {{attributes: [{{key: a, value: b, action: upsert}}]}}")
                .expect("written");
            write!(list, ", resource/{index}").expect("written");
        }
        format!(
            "processors: {{{settings}}}\n{}",
            metrics(&format!("receivers: [otlp], processors: [{list}, batch], exporters: [prometheus]"))
        )
    };
    let exporter = |exporter: &str, settings: &str| {
        format!(
            "exporters: {{{exporter}: {settings}}}\n{}",
            metrics(&format!("receivers: [otlp], processors: [memory_limiter, batch], exporters: [{exporter}]"))
        )
    };
    let to_gateway = "{endpoint: \"127.0.0.1:1\", tls: {insecure: true}}";
    let telemetry = |exporter: &str| {
        format!(
            "service: {{telemetry: {{metrics: {{readers: [{{periodic: {{exporter: {exporter}}}}}]}}}}, extensions: [health_check], \
             pipelines: {{metrics: {{receivers: [otlp], processors: [memory_limiter, batch], exporters: [prometheus]}}}}}}"
        )
    };
    vec![
        Case::new(Rule::TooManyProcessors, "service.pipelines.metrics.processors", Accepts, &many(11), &many(10)),
        Case::new(
            Rule::ExporterNotAllowed,
            "exporters.debug",
            Accepts,
            &exporter("debug", "{}"),
            &exporter("otlp", to_gateway),
        ),
        Case::new(
            Rule::ExporterNotAllowed,
            "exporters.otlp_http/x",
            Accepts,
            &exporter("otlp_http/x", "{endpoint: \"http://127.0.0.1:1\"}"),
            &exporter("otlp_grpc/x", to_gateway),
        ),
        Case::new(
            Rule::ExporterNotAllowed,
            "service.telemetry.metrics.readers[0].periodic.exporter.prometheusremotewrite",
            Refuses,
            &telemetry("{prometheusremotewrite: {endpoint: \"http://127.0.0.1:1\"}}"),
            &telemetry("{console: {}}"),
        ),
    ]
}
