//! The exporter's page: the series of the measured host, and the executables that they are about.

use std::collections::{BTreeMap, BTreeSet};

use phoenix_core::analysis::sample::Executable;

use crate::owner::{Label, Owner, Refused};
use crate::text::{Series, series};

/// Series that tell of the scrape, of the collector or of other series, and not of the measured host.
const NOT_MEASURED: [&str; 4] = ["target_info", "otel_scope_info", "up", "exported_up"];
/// The same by how their names begin.
const NOT_MEASURED_PREFIXES: [&str; 5] = ["scrape_", "exported_scrape_", "promhttp_", "otelcol_", "otel_scope_"];
/// Resident memory of one process, with and without its unit.
const MEMORY: [&str; 2] = ["process_memory_usage_bytes", "process_memory_usage"];

/// What an exporter's page says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exported {
    /// Series that stem from the measured host.
    pub(crate) series: u32,
    /// Every executable that any of them is about.
    pub(crate) executables: BTreeMap<String, Executable>,
}

/// What the series of one executable amount to.
#[derive(Default)]
struct Sums {
    /// Series of memory: one per process, unless the pipeline rolls processes up.
    measured: u32,
    pids: BTreeSet<String>,
    memory_bytes: f64,
}

/// Reads an exporter's page. An empty one is a collector that emits nothing.
pub(crate) fn read(page: &str, owner: Owner<'_>) -> Result<Exported, Refused> {
    let mut count = 0;
    let mut executables: BTreeMap<String, Sums> = BTreeMap::new();
    for found in series(page) {
        let found = found?;
        if !is_measured(&found.name) {
            continue;
        }
        if owner.check(&found)? == Label::None {
            return Err(Refused::Unlabelled);
        }
        count += 1;
        if let Some(name) = executable(&found) {
            if !executables.contains_key(name) {
                executables.insert(name.to_owned(), Sums::default());
            }
            if let Some(sums) = executables.get_mut(name) {
                sums.add(&found)?;
            }
        }
    }
    let executables = executables.into_iter().map(|(name, sums)| Ok((name, sums.executable()?)));
    Ok(Exported { series: count, executables: executables.collect::<Result<_, Refused>>()? })
}

fn is_measured(name: &str) -> bool {
    !NOT_MEASURED.contains(&name) && !NOT_MEASURED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn executable<'a>(series: &'a Series<'_>) -> Option<&'a str> {
    series.label("process_executable_name").or_else(|| series.label("process.executable.name"))
}

impl Sums {
    fn add(&mut self, series: &Series<'_>) -> Result<(), Refused> {
        if let Some(pid) = series.label("process_pid").or_else(|| series.label("process.pid"))
            && !self.pids.contains(pid)
        {
            self.pids.insert(pid.to_owned());
        }
        if MEMORY.contains(&&*series.name) {
            self.measured += 1;
            self.memory_bytes += memory(series.value)?;
        }
        Ok(())
    }

    fn executable(&self) -> Result<Executable, Refused> {
        let pids = u32::try_from(self.pids.len()).unwrap_or(u32::MAX);
        Ok(Executable { processes: self.measured.max(pids).max(1), memory_bytes: memory(self.memory_bytes)? })
    }
}

fn memory(value: f64) -> Result<f64, Refused> {
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(Refused::Memory(value.to_string())) }
}

#[cfg(test)]
mod tests {
    use phoenix_core::id::{HostName, PipelineName};

    use super::*;

    fn names() -> (PipelineName, HostName) {
        ("p-1".parse().unwrap(), "h1".parse().unwrap())
    }

    fn exported(lines: &[&str]) -> Result<Exported, Refused> {
        let page = lines.iter().fold(String::new(), |page, line| page + line + "\n");
        let (pipeline, host) = names();
        read(&page, Owner { pipeline: &pipeline, host: &host })
    }

    #[test]
    fn only_series_of_the_measured_host_count() {
        let found = exported(&[
            "target_info{service_name=\"x\"} 1",
            "otel_scope_info 1",
            "up 1",
            "scrape_duration_seconds 0.1",
            "promhttp_metric_handler_errors_total{cause=\"encoding\"} 0",
            "otelcol_process_uptime 3",
            "system_processes_count{pipeline=\"p-1\",status=\"running\"} 3",
            "process_threads{pipeline=\"p-1\",host_name=\"h1\"} NaN",
            "h_bucket{pipeline=\"p-1\",le=\"1\"} 1",
            "h_bucket{pipeline=\"p-1\",le=\"+Inf\"} 1",
        ])
        .unwrap();
        assert_eq!((found.series, found.executables.len()), (4, 0));
        assert_eq!(exported(&[]), Ok(Exported::default()));
        assert_eq!(exported(&["# EOF"]), Ok(Exported::default()));
    }

    #[test]
    fn processes_of_an_executable_are_summed() {
        let found = exported(&[
            r#"process_memory_usage_bytes{pipeline="p-1",process_executable_name="sleep",process_pid="1"} 100"#,
            r#"process_memory_usage_bytes{pipeline="p-1",process_executable_name="sleep",process_pid="2"} 50"#,
            r#"process_cpu_time_seconds_total{pipeline="p-1",process_executable_name="sleep",process_pid="2",state="user"} 1"#,
            // Rolled up: one series for all of them, no process identity.
            r#"process_memory_usage{pipeline="p-1",process_executable_name="nginx"} 300"#,
            // No memory, but there.
            r#"process_cpu_time_seconds_total{pipeline="p-1",process_executable_name="cron",process_pid="7",state="user"} 1"#,
            r#"process_cpu_time_seconds_total{pipeline="p-1",process_executable_name="cron",process_pid="8",state="user"} 1"#,
            r#"process_memory_usage_bytes{pipeline="p-1",process_executable_name="",process_pid="9"} 5"#,
        ])
        .unwrap();
        let seen = |processes, memory_bytes| Executable { processes, memory_bytes };
        let wanted = [("cron", seen(2, 0.0)), ("nginx", seen(1, 300.0)), ("sleep", seen(2, 150.0))];
        assert_eq!(found.series, 7);
        assert_eq!(found.executables, wanted.map(|(name, one)| (name.to_owned(), one)).into());
    }

    #[test]
    fn a_page_of_somebody_else_is_refused() {
        assert_eq!(exported(&["a{pipeline=\"p-2\"} 1"]), Err(Refused::OtherPipeline("p-2".to_owned())));
        assert_eq!(exported(&["a{pipeline=\"p-1\"} 1", "a 1"]), Err(Refused::Unlabelled));
        assert_eq!(exported(&["a{pipeline=\"p-1\",host_name=\"h2\"} 1"]), Err(Refused::OtherHost("h2".to_owned())));
        assert!(matches!(exported(&["<html>"]), Err(Refused::Malformed(_))));
    }

    #[test]
    fn memory_that_is_no_amount_refuses_the_page() {
        for value in ["NaN", "+Inf", "-1"] {
            let line = format!("process_memory_usage_bytes{{pipeline=\"p-1\",process_executable_name=\"a\"}} {value}");
            assert!(matches!(exported(&[&line]), Err(Refused::Memory(_))), "{value}");
        }
        let line = r#"process_memory_usage_bytes{pipeline="p-1",process_executable_name="a"} 1.7e308"#;
        assert_eq!(exported(&[line, line]), Err(Refused::Memory("inf".to_owned())));
    }
}
