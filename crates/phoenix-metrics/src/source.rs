//! A batch of collectors, read at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use phoenix_core::analysis::sample::{HostReading, Measure, Value};
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::metrics::{MetricsSource, ReadTarget, Reading, Unreadable};
use phoenix_core::time::{Span, Timestamp};
use tokio::time::Instant;

use crate::epoch::Epochs;
use crate::exporter::{self, Exported};
use crate::fetch::Fetcher;
use crate::owner::{Owner, Refused};
use crate::telemetry::{self, Telemetry};

const EXPORTER_PAGE: &str = "the exporter's page";
const TELEMETRY_PAGE: &str = "the collector's telemetry";

/// The bounds of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most collectors that are read at a time, two requests each.
    pub concurrency: usize,
    /// How long one collector may take for both pages at the most; whoever asks may allow less.
    pub target_timeout: Duration,
    /// How long a batch may take. What was not read by then says nothing about its collector.
    pub batch_timeout: Duration,
    /// Largest page, in bytes.
    pub largest_page: usize,
}

impl Default for Options {
    /// 16 collectors at a time with 3 s each, 20 s for all (less than the lease under which samples are taken), pages of 32 MiB.
    fn default() -> Self {
        Self {
            concurrency: 16,
            target_timeout: Duration::from_secs(3),
            batch_timeout: Duration::from_secs(20),
            largest_page: 32 << 20,
        }
    }
}

/// Reads collectors by scraping them directly.
pub struct DirectScrapeSource {
    fetcher: Fetcher,
    epochs: Epochs,
    options: Options,
}

impl fmt::Debug for DirectScrapeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectScrapeSource").field("options", &self.options).finish_non_exhaustive()
    }
}

impl DirectScrapeSource {
    /// A source with the default bounds, that stamps readings by `clock`.
    ///
    /// # Errors
    ///
    /// This process cannot make an HTTP client.
    pub fn new(clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        Self::with(clock, Options::default())
    }

    /// A source with these bounds.
    ///
    /// # Errors
    ///
    /// This process cannot make an HTTP client.
    pub fn with(clock: Arc<dyn Clock>, options: Options) -> Result<Self, Failure> {
        let fetcher = Fetcher::new(clock, options.largest_page)?;
        Ok(Self { fetcher, epochs: Epochs::default(), options })
    }

    async fn numbered(
        &self,
        number: usize,
        target: &ReadTarget,
        patience: Duration,
        until: Instant,
    ) -> (usize, Reading) {
        let result = self.read_in_time(target, patience, until).await;
        (number, Reading { pipeline: target.pipeline.clone(), host: target.host.clone(), result })
    }

    async fn read_in_time(
        &self,
        target: &ReadTarget,
        patience: Duration,
        until: Instant,
    ) -> Result<HostReading, Unreadable> {
        let own = Instant::now() + patience;
        match tokio::time::timeout_at(own.min(until), self.read_one(target)).await {
            Ok(result) => result,
            Err(_) if own <= until => {
                let limit = patience.as_secs_f64();
                Err(Unreadable::NoData(format!("the collector does not answer within {limit} s")))
            }
            Err(_) => {
                let limit = self.options.batch_timeout.as_secs_f64();
                Err(Unreadable::ProviderError(format!("not all collectors could be read within {limit} s")))
            }
        }
    }

    async fn read_one(&self, target: &ReadTarget) -> Result<HostReading, Unreadable> {
        let endpoints = target.endpoints.as_ref();
        let endpoints =
            endpoints.ok_or_else(|| Unreadable::NoData("nobody knows yet where it can be read".to_owned()))?;
        let owner = Owner { pipeline: &target.pipeline, host: &target.host };
        // Both at the same moment: the values of one reading belong together.
        let (telemetry, exported) = tokio::try_join!(
            self.fetcher.page(&endpoints.telemetry, TELEMETRY_PAGE),
            self.fetcher.page(&endpoints.metrics, EXPORTER_PAGE),
        )?;
        let read_at = telemetry.answered_at;
        let telemetry = telemetry::read(&telemetry.text, owner).map_err(|refused| no_data(TELEMETRY_PAGE, &refused))?;
        let exported = exporter::read(&exported.text, owner).map_err(|refused| no_data(EXPORTER_PAGE, &refused))?;
        if exported.series == 0 && telemetry.has_only_begun() {
            return Err(Unreadable::NoData("the collector has measured nothing since it was started".to_owned()));
        }
        let collector = (&target.pipeline, &target.host);
        let epoch = telemetry
            .uptime_secs
            .map(|uptime| self.epochs.of(collector, telemetry.instance.as_deref(), uptime, read_at));
        Ok(reading(read_at, epoch, telemetry, exported))
    }
}

fn no_data(what: &str, refused: &Refused) -> Unreadable {
    Unreadable::NoData(format!("{what} {refused}"))
}

fn reading(read_at: Timestamp, epoch: Option<Timestamp>, telemetry: Telemetry, exported: Exported) -> HostReading {
    let gauge = |value: f64| Value::Gauge { value };
    // A total without a start is no counter.
    let counter = |total: Option<f64>| Some(Value::Counter { total: total?, epoch: epoch? });
    let values = [
        (Measure::ActiveSeries, Some(gauge(f64::from(exported.series)))),
        (Measure::MemoryBytes, telemetry.memory_bytes.map(gauge)),
        (Measure::CpuSeconds, counter(telemetry.cpu_secs)),
        (Measure::DatapointsSent, counter(telemetry.datapoints_sent)),
        (Measure::DatapointsFailed, counter(telemetry.datapoints_failed)),
    ];
    let values: BTreeMap<Measure, Value> =
        values.into_iter().filter_map(|(measure, value)| Some((measure, value?))).collect();
    HostReading { read_at, config_hash: telemetry.config_hash, values, executables: exported.executables }
}

#[async_trait]
impl MetricsSource for DirectScrapeSource {
    async fn read(&self, _instant: Timestamp, within: Span, targets: &[ReadTarget]) -> Result<Vec<Reading>, Failure> {
        let patience = within.to_std().min(self.options.target_timeout);
        let until = Instant::now() + self.options.batch_timeout;
        let pending: Vec<_> =
            targets.iter().enumerate().map(|(number, target)| self.numbered(number, target, patience, until)).collect();
        let mut readings: Vec<(usize, Reading)> =
            futures::stream::iter(pending).buffer_unordered(self.options.concurrency.max(1)).collect().await;
        readings.sort_unstable_by_key(|(number, _)| *number);
        Ok(readings.into_iter().map(|(_, reading)| reading).collect())
    }
}
