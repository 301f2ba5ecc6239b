//! The collector's own telemetry: which configuration it runs, and what it costs.
//!
//! Names differ by version and by the reader's settings (unit and type suffixes), so each is known with all of them.

use phoenix_core::id::ConfigHash;

use crate::owner::{Label, Owner, Refused};
use crate::text::{Series, series};

/// Suffixes of the counters of datapoints; the one with doubled underscores was a defect of one version.
const POINTS: [&str; 5] = ["", "_total", "_datapoints", "_datapoints_total", "__datapoints__total"];
const CPU: [&str; 2] = ["", "_total"];
const MEMORY: [&str; 2] = ["", "_bytes"];
const UPTIME: [&str; 4] = ["", "_total", "_seconds", "_seconds_total"];
/// What shows that the collector has measured at least once: these exist from the first measurement on, and count zeros, too.
const MEASUREMENTS: [&str; 3] = [
    "otelcol_scraper_scraped_metric_points",
    "otelcol_scraper_errored_metric_points",
    "otelcol_receiver_accepted_metric_points",
];
/// From the first measurement to the exporter's page it takes a moment: the batch.
const SETTLING_SECS: f64 = 3.0;
/// After this long an empty page means what it says, also of a collector whose counters have names that we do not know.
const LONG_UP_SECS: f64 = 60.0;
/// Everything that keeps a datapoint from arriving.
const FAILURES: [&str; 5] = [
    "otelcol_exporter_send_failed_metric_points",
    "otelcol_exporter_enqueue_failed_metric_points",
    "otelcol_receiver_refused_metric_points",
    "otelcol_receiver_failed_metric_points",
    "otelcol_scraper_errored_metric_points",
];

/// What a page of telemetry says. What it does not say, or says as no number, is `None`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Telemetry {
    pub(crate) config_hash: ConfigHash,
    /// Made anew by every process.
    pub(crate) instance: Option<String>,
    pub(crate) uptime_secs: Option<f64>,
    pub(crate) cpu_secs: Option<f64>,
    pub(crate) memory_bytes: Option<f64>,
    pub(crate) datapoints_sent: Option<f64>,
    pub(crate) datapoints_failed: Option<f64>,
    /// True once something was measured since the start.
    pub(crate) measures: bool,
}

impl Telemetry {
    /// True while an empty exporter's page only means that the collector was started just now.
    pub(crate) fn has_only_begun(&self) -> bool {
        self.uptime_secs.is_some_and(|up| up < SETTLING_SECS || (up < LONG_UP_SECS && !self.measures))
    }
}

/// The sums of the series that make up the values.
#[derive(Default)]
struct Sums {
    uptime: Sum,
    cpu: Sum,
    memory: Sum,
    sent: Sum,
    accepted: Sum,
    failed: Sum,
    measures: bool,
}

/// A sum that knows whether there was anything to add.
#[derive(Default)]
struct Sum(Option<f64>);

/// Reads a page of telemetry.
pub(crate) fn read(page: &str, owner: Owner<'_>) -> Result<Telemetry, Refused> {
    let mut config_hash = None;
    let mut instance = None;
    let mut sums = Sums::default();
    let mut is_own = false;
    for found in series(page) {
        let found = found?;
        // The handler of the page counts its own errors, without labels.
        if owner.check(&found)? == Label::None {
            continue;
        }
        is_own = true;
        if config_hash.is_none() {
            config_hash = hash_of(&found);
        }
        if found.name == "target_info" {
            instance = found.label("service_instance_id").map(str::to_owned);
        }
        sums.add(&found);
    }
    if !is_own {
        return Err(Refused::Unlabelled);
    }
    let config_hash = config_hash.ok_or(Refused::NoHash)?;
    Ok(sums.telemetry(config_hash, instance))
}

fn hash_of(series: &Series<'_>) -> Option<ConfigHash> {
    series.label("config_hash")?.strip_prefix("sha256:")?.parse().ok()
}

impl Sums {
    fn add(&mut self, series: &Series<'_>) {
        let (name, value) = (&*series.name, series.value);
        let is = |stem: &str, suffixes: &[&str]| name.strip_prefix(stem).is_some_and(|rest| suffixes.contains(&rest));
        self.measures |= MEASUREMENTS.iter().any(|stem| is(stem, &POINTS));
        if is("otelcol_process_uptime", &UPTIME) {
            self.uptime.add(value);
        } else if is("otelcol_process_cpu_seconds", &CPU) {
            self.cpu.add(value);
        } else if is("otelcol_process_memory_rss", &MEMORY) {
            self.memory.add(value);
        } else if is("otelcol_exporter_sent_metric_points", &POINTS) {
            self.sent.add(value);
        } else if is("otelcol_receiver_accepted_metric_points", &POINTS) {
            self.accepted.add(value);
        } else if FAILURES.iter().any(|stem| is(stem, &POINTS)) {
            self.failed.add(value);
        }
    }

    fn telemetry(self, config_hash: ConfigHash, instance: Option<String>) -> Telemetry {
        // A counter of failures does not exist before the first one. That is a zero only where the collector is seen to count datapoints
        // under the names that we know.
        let counts_points = self.sent.0.is_some() || self.accepted.0.is_some();
        let failed = if counts_points { self.failed.0.or(Some(0.0)) } else { self.failed.0 };
        Telemetry {
            config_hash,
            instance,
            uptime_secs: quantity(self.uptime.0),
            cpu_secs: quantity(self.cpu.0),
            memory_bytes: quantity(self.memory.0),
            datapoints_sent: quantity(self.sent.0),
            datapoints_failed: quantity(failed),
            measures: self.measures,
        }
    }
}

impl Sum {
    fn add(&mut self, value: f64) {
        self.0 = Some(self.0.unwrap_or_default() + value);
    }
}

fn quantity(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

#[cfg(test)]
mod tests {
    use phoenix_core::id::{HostName, PipelineName};

    use super::*;

    fn names() -> (PipelineName, HostName) {
        ("p-1".parse().unwrap(), "h1".parse().unwrap())
    }

    fn telemetry(lines: &[&str]) -> Result<Telemetry, Refused> {
        let hash = ConfigHash::of("");
        let labels = format!("pipeline=\"p-1\",host_name=\"h1\",config_hash=\"sha256:{hash}\"");
        let page = lines.iter().fold(String::new(), |page, line| page + &line.replace("OWN", &labels) + "\n");
        let (pipeline, host) = names();
        read(&page, Owner { pipeline: &pipeline, host: &host })
    }

    #[test]
    fn the_same_values_under_every_version_s_names() {
        let plain = telemetry(&[
            "otelcol_process_uptime{OWN} 6.5",
            "otelcol_process_cpu_seconds{OWN} 0.16",
            "otelcol_process_memory_rss{OWN} 6.1108224e+07",
            "otelcol_exporter_sent_metric_points{OWN,exporter=\"prometheus\"} 3000",
            "otelcol_exporter_sent_metric_points{OWN,exporter=\"debug\"} 203",
            "otelcol_receiver_refused_metric_points{OWN,receiver=\"hostmetrics\"} 2",
            "otelcol_scraper_errored_metric_points{OWN,receiver=\"hostmetrics\",scraper=\"process\"} 5",
            "otelcol_scraper_scraped_metric_points{OWN} 1831",
            "otelcol_processor_incoming_items{OWN} 1831",
            "target_info{OWN,service_instance_id=\"8c20\"} 1",
            "promhttp_metric_handler_errors_total{cause=\"encoding\"} 0",
        ])
        .unwrap();
        let wanted = Telemetry {
            config_hash: ConfigHash::of(""),
            instance: Some("8c20".to_owned()),
            uptime_secs: Some(6.5),
            cpu_secs: Some(0.16),
            memory_bytes: Some(61_108_224.0),
            datapoints_sent: Some(3203.0),
            datapoints_failed: Some(7.0),
            measures: true,
        };
        assert_eq!(plain, wanted);
        let suffixed = telemetry(&[
            "otelcol_process_uptime_seconds_total{OWN} 6.5",
            "otelcol_process_cpu_seconds_total{OWN} 0.16",
            "otelcol_process_memory_rss_bytes{OWN} 6.1108224e+07",
            "otelcol_exporter_sent_metric_points_total{OWN} 3203",
            "otelcol_exporter_send_failed_metric_points__datapoints__total{OWN} 3",
            "otelcol_exporter_enqueue_failed_metric_points_datapoints_total{OWN} 4",
            "otelcol_scraper_scraped_metric_points_total{OWN} 1831",
            "target_info{OWN,service_instance_id=\"8c20\"} 1",
        ]);
        assert_eq!(suffixed, Ok(wanted));
    }

    #[test]
    fn failures_that_never_happened_are_zero_only_where_datapoints_are_counted() {
        let counted = telemetry(&["otelcol_receiver_accepted_metric_points{OWN} 1"]).unwrap();
        assert_eq!((counted.datapoints_sent, counted.datapoints_failed), (None, Some(0.0)));
        let renamed = telemetry(&["otelcol_exporter_delivered_points{OWN} 1"]).unwrap();
        assert_eq!((renamed.datapoints_sent, renamed.datapoints_failed), (None, None));
    }

    #[test]
    fn a_collector_that_was_just_started_has_only_begun() {
        let begun = |uptime: &str, more: &[&str]| {
            let uptime = format!("otelcol_process_uptime{{OWN}} {uptime}");
            let lines: Vec<&str> = [uptime.as_str()].into_iter().chain(more.iter().copied()).collect();
            telemetry(&lines).unwrap().has_only_begun()
        };
        let scraped = ["otelcol_scraper_scraped_metric_points{OWN} 0"];
        assert!(begun("0.4", &scraped), "what it measured is still on its way");
        assert!(begun("9", &[]), "it waits for its first measurement");
        assert!(!begun("9", &scraped), "it measures, and everything is filtered out");
        assert!(!begun("61", &[]), "its counters have other names");
        assert!(!telemetry(&["a{OWN} 1"]).unwrap().has_only_begun(), "it does not tell");
    }

    #[test]
    fn what_is_no_quantity_is_no_value() {
        let found = telemetry(&[
            "otelcol_process_cpu_seconds{OWN} NaN",
            "otelcol_process_memory_rss{OWN} -1",
            "otelcol_process_uptime{OWN} +Inf",
            "otelcol_exporter_sent_metric_points{OWN,exporter=\"a\"} 1",
            "otelcol_exporter_sent_metric_points{OWN,exporter=\"b\"} NaN",
        ])
        .unwrap();
        assert_eq!(
            (found.cpu_secs, found.memory_bytes, found.uptime_secs, found.datapoints_sent),
            (None, None, None, None)
        );
    }

    #[test]
    fn telemetry_of_somebody_else_is_refused() {
        assert_eq!(telemetry(&["a{pipeline=\"p-2\"} 1"]), Err(Refused::OtherPipeline("p-2".to_owned())));
        assert_eq!(
            telemetry(&["a{OWN} 1", "a{pipeline=\"p-1\",host_name=\"h2\"} 1"]),
            Err(Refused::OtherHost("h2".to_owned()))
        );
        assert_eq!(telemetry(&["go_goroutines 7"]), Err(Refused::Unlabelled));
        assert_eq!(telemetry(&[]), Err(Refused::Unlabelled));
        assert_eq!(telemetry(&["a{pipeline=\"p-1\",config_hash=\"12\"} 1"]), Err(Refused::NoHash));
    }
}
