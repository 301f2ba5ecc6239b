//! The two pages of a collector, in the words of a real one.

use std::fmt::Write as _;

use phoenix_core::testing::contract::metrics::Report;

fn labels(report: &Report) -> String {
    format!("host_name=\"{}\",pipeline=\"{}\",variant=\"baseline\"", report.host, report.pipeline)
}

/// The exporter's page: memory of every process, and other series of the host until there are as many as the collector reports.
pub(crate) fn exporter_page(report: &Report) -> String {
    let labels = labels(report);
    let mut page = String::from("# TYPE process_memory_usage_bytes gauge\n");
    let mut lines = 0.0;
    let mut pid = 100;
    for (name, processes, mib) in &report.collector.executables {
        for number in 0..*processes {
            let bytes = if number == 0 { mib * 1_048_576.0 } else { 0.0 };
            let line = format!("{labels},process_executable_name=\"{name}\",process_pid=\"{pid}\"");
            writeln!(page, "process_memory_usage_bytes{{{line}}} {bytes}").unwrap();
            pid += 1;
            lines += 1.0;
        }
    }
    while lines < report.collector.series {
        writeln!(page, "system_processes_count{{{labels},status=\"{lines}\"}} 1").unwrap();
        lines += 1.0;
    }
    page
}

/// The collector's own telemetry when it has been counting for `age` seconds.
pub(crate) fn telemetry_page(report: &Report, age: f64) -> String {
    let labels = format!("{},config_hash=\"sha256:{}\"", labels(report), report.hash);
    let collector = &report.collector;
    let mut page = format!(
        "# TYPE otelcol_process_uptime counter\n\
         otelcol_process_uptime{{{labels}}} {age}\n\
         otelcol_process_cpu_seconds{{{labels}}} {}\n\
         otelcol_process_memory_rss{{{labels}}} {}\n\
         otelcol_exporter_sent_metric_points{{{labels},exporter=\"prometheus\"}} {}\n\
         promhttp_metric_handler_errors_total{{cause=\"encoding\"}} 0\n\
         target_info{{{labels},service_instance_id=\"since-{}\"}} 1\n",
        collector.cpu_cores * age,
        collector.memory_mib * 1_048_576.0,
        collector.sent_per_sec * age,
        collector.epoch,
    );
    if collector.failed_per_sec > 0.0 {
        let failed = collector.failed_per_sec * age;
        writeln!(page, "otelcol_receiver_refused_metric_points{{{labels},receiver=\"hostmetrics\"}} {failed}").unwrap();
    }
    page
}
