//! The contract of the metrics source: what every adapter must read, and what it must not let in.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::future::Future;

use crate::analysis::sample::{HostReading, Measure, Value};
use crate::experiment::Endpoints;
use crate::id::{ConfigHash, HostName, PipelineName};
use crate::ports::metrics::{MetricsSource, ReadTarget, Reading, Unreadable};
use crate::testing::build::at;
use crate::testing::build_samples::{Collector, collector};
use crate::time::Span;

/// A collector as the source should find it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The pipeline that it says it is.
    pub pipeline: PipelineName,
    /// The host that it says it is on.
    pub host: HostName,
    /// The configuration that it says it has.
    pub hash: ConfigHash,
    /// What it measures, and since when.
    pub collector: Collector,
}

/// A source over a world of its own, in which it is `at(0)` and no collector runs.
pub trait MetricsFixture: Send + Sync {
    /// The source under test.
    fn source(&self) -> &dyn MetricsSource;

    /// Starts a collector; answers with where it can be read.
    fn start(&self, report: &Report) -> impl Future<Output = Endpoints> + Send;

    /// From now on this one answers there; `None` is nobody.
    fn replace(&self, endpoints: &Endpoints, report: Option<&Report>) -> impl Future<Output = ()> + Send;

    /// Lets time pass.
    fn pass(&self, span: Span) -> impl Future<Output = ()> + Send;
}

/// Runs the contract of the metrics source against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! metrics_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; metrics {
            no_targets_give_no_readings,
            a_collector_is_read_as_it_reports,
            readings_come_in_the_order_of_the_targets,
            one_that_is_down_disturbs_nobody,
            one_that_nobody_knows_where_to_read_is_no_data,
            reading_again_shows_the_same_epoch_and_larger_totals,
            a_restarted_collector_counts_from_another_epoch,
            a_changed_configuration_shows,
            another_pipeline_in_its_place_is_no_data,
            a_collector_that_emits_nothing_has_no_series,
            failures_that_never_happened_are_zero,
            what_is_no_number_does_not_get_in,
        } }
    };
}

/// The collector of pipeline `name` on `host-a`.
pub fn report(name: &str, collector: Collector) -> Report {
    Report {
        pipeline: name.parse().expect("a valid pipeline name"),
        host: collector.host.parse().expect("a valid host name"),
        hash: ConfigHash::of(name),
        collector,
    }
}

/// Longer than any source takes in a test.
const WITHIN: Span = Span::from_secs(10);

fn busy() -> Collector {
    collector().seeing("postgres", 3, 48.5).seeing("kworker/0:1-events", 1, 0.0)
}

fn target(report: &Report, endpoints: &Endpoints) -> ReadTarget {
    ReadTarget { pipeline: report.pipeline.clone(), host: report.host.clone(), endpoints: Some(endpoints.clone()) }
}

async fn started(fixture: &impl MetricsFixture, report: &Report) -> ReadTarget {
    target(report, &fixture.start(report).await)
}

async fn read(fixture: &impl MetricsFixture, targets: &[ReadTarget]) -> Vec<Reading> {
    let readings = fixture.source().read(at(0), WITHIN, targets).await.expect("the source answers");
    let asked: Vec<_> = targets.iter().map(|target| (&target.pipeline, &target.host)).collect();
    let answered: Vec<_> = readings.iter().map(|reading| (&reading.pipeline, &reading.host)).collect();
    assert_eq!(answered, asked, "one reading per target, in their order");
    readings
}

async fn read_one(fixture: &impl MetricsFixture, target: &ReadTarget) -> HostReading {
    let mut readings = read(fixture, std::slice::from_ref(target)).await;
    readings.remove(0).result.expect("the collector is read")
}

async fn no_data(fixture: &impl MetricsFixture, target: &ReadTarget) -> String {
    let mut readings = read(fixture, std::slice::from_ref(target)).await;
    let error = readings.remove(0).result.expect_err("no data");
    let reason = match &error {
        Unreadable::NoData(reason) => Some(reason.clone()),
        Unreadable::ProviderError(_) => None,
    };
    assert!(reason.is_some(), "the collector is to blame and not the source: {error:?}");
    reason.expect("just seen")
}

fn counter(reading: &HostReading, measure: Measure) -> (f64, crate::time::Timestamp) {
    let counter = match reading.values.get(&measure) {
        Some(Value::Counter { total, epoch }) => Some((*total, *epoch)),
        Some(Value::Gauge { .. }) | None => None,
    };
    assert!(counter.is_some(), "{measure:?} is no counter: {reading:?}");
    counter.expect("just seen")
}

/// Nothing is asked, nothing is answered.
pub async fn no_targets_give_no_readings<F: MetricsFixture>(fixture: &F) {
    assert_eq!(read(fixture, &[]).await, []);
}

/// Every measure, every executable, the hash of the telemetry.
pub async fn a_collector_is_read_as_it_reports<F: MetricsFixture>(fixture: &F) {
    let report = report("one", busy());
    let seen = read_one(fixture, &started(fixture, &report).await).await;
    let wanted = HostReading { config_hash: report.hash.clone(), ..report.collector.reading(0) };
    assert_eq!(seen, wanted);
}

/// Also of one that is asked for twice.
pub async fn readings_come_in_the_order_of_the_targets<F: MetricsFixture>(fixture: &F) {
    let one = started(fixture, &report("one", busy())).await;
    let two = started(fixture, &report("two", busy().with_series(98.0))).await;
    let there = started(fixture, &report("one", busy().on("host-b").with_series(5.0))).await;
    let readings = read(fixture, &[two.clone(), there, one, two]).await;
    let series: Vec<_> = readings
        .into_iter()
        .map(|reading| reading.result.expect("is read").values.get(&Measure::ActiveSeries).copied())
        .collect();
    let gauge = |value| Some(Value::Gauge { value });
    assert_eq!(series, [gauge(98.0), gauge(5.0), gauge(474.0), gauge(98.0)]);
}

/// A dead collector is evidence about its own arm alone.
pub async fn one_that_is_down_disturbs_nobody<F: MetricsFixture>(fixture: &F) {
    let (dead, alive) = (report("dead", busy()), report("alive", busy()));
    let (dead, alive) = (started(fixture, &dead).await, started(fixture, &alive).await);
    fixture.replace(dead.endpoints.as_ref().expect("was started"), None).await;
    let readings = read(fixture, &[dead.clone(), alive]).await;
    let results: Vec<_> = readings.into_iter().map(|reading| reading.result).collect();
    assert!(
        matches!(results.as_slice(), [Err(Unreadable::NoData(reason)), Ok(_)] if !reason.is_empty()),
        "{results:?}"
    );
}

/// The deployer has not seen it yet.
pub async fn one_that_nobody_knows_where_to_read_is_no_data<F: MetricsFixture>(fixture: &F) {
    let unknown = ReadTarget { endpoints: None, ..started(fixture, &report("unknown", busy())).await };
    assert!(!no_data(fixture, &unknown).await.is_empty());
}

/// Differences can be taken.
pub async fn reading_again_shows_the_same_epoch_and_larger_totals<F: MetricsFixture>(fixture: &F) {
    let target = started(fixture, &report("steady", busy())).await;
    let first = read_one(fixture, &target).await;
    fixture.pass(Span::from_secs(15)).await;
    let second = read_one(fixture, &target).await;
    assert_eq!(second.read_at.since(first.read_at), Span::from_secs(15));
    for measure in [Measure::CpuSeconds, Measure::DatapointsSent] {
        let ((before, epoch), (now, same)) = (counter(&first, measure), counter(&second, measure));
        assert_eq!(epoch, same, "{measure:?}");
        assert!(now > before, "{measure:?}: {before} then {now}");
    }
}

/// A difference across a restart cannot be taken, and shows that.
pub async fn a_restarted_collector_counts_from_another_epoch<F: MetricsFixture>(fixture: &F) {
    let report = report("restarted", busy());
    let target = started(fixture, &report).await;
    let (_, first) = counter(&read_one(fixture, &target).await, Measure::CpuSeconds);
    fixture.pass(Span::from_secs(30)).await;
    let again = Report { collector: Collector { epoch: 20, ..busy() }, ..report };
    fixture.replace(target.endpoints.as_ref().expect("was started"), Some(&again)).await;
    let (total, second) = counter(&read_one(fixture, &target).await, Measure::CpuSeconds);
    assert_eq!((first, second), (at(-100), at(20)));
    assert!((total - 10.0 * busy().cpu_cores).abs() < 1e-9, "{total}");
}

/// The hash is the telemetry's, whatever was wanted.
pub async fn a_changed_configuration_shows<F: MetricsFixture>(fixture: &F) {
    let report = report("changed", busy());
    let target = started(fixture, &report).await;
    assert_eq!(read_one(fixture, &target).await.config_hash, report.hash);
    let changed = Report { hash: ConfigHash::of("another"), ..report };
    fixture.replace(target.endpoints.as_ref().expect("was started"), Some(&changed)).await;
    assert_eq!(read_one(fixture, &target).await.config_hash, changed.hash);
}

/// A port may be taken over by somebody else.
pub async fn another_pipeline_in_its_place_is_no_data<F: MetricsFixture>(fixture: &F) {
    let target = started(fixture, &report("own", busy())).await;
    fixture.replace(target.endpoints.as_ref().expect("was started"), Some(&report("other", busy()))).await;
    assert!(no_data(fixture, &target).await.contains("other"));
}

/// Silence is a measurement, not a gap.
pub async fn a_collector_that_emits_nothing_has_no_series<F: MetricsFixture>(fixture: &F) {
    let target = started(fixture, &report("silent", collector().with_series(0.0))).await;
    let seen = read_one(fixture, &target).await;
    assert_eq!(seen.values.get(&Measure::ActiveSeries), Some(&Value::Gauge { value: 0.0 }));
    assert!(seen.executables.is_empty());
}

/// Collectors do not count failures before the first one.
pub async fn failures_that_never_happened_are_zero<F: MetricsFixture>(fixture: &F) {
    let target = started(fixture, &report("flawless", busy())).await;
    let (total, _) = counter(&read_one(fixture, &target).await, Measure::DatapointsFailed);
    assert!(total.abs() < f64::EPSILON, "{total}");
    let flawed = Collector { failed_per_sec: 0.5, ..busy() };
    let target = started(fixture, &report("flawed", flawed)).await;
    let (total, _) = counter(&read_one(fixture, &target).await, Measure::DatapointsFailed);
    assert!((total - 50.0).abs() < 1e-9, "{total}");
}

/// Neither infinite values nor those that are no number are stored: they could not be read back.
pub async fn what_is_no_number_does_not_get_in<F: MetricsFixture>(fixture: &F) {
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let odd = Collector { memory_mib: value, cpu_cores: value, ..busy() };
        let seen = read_one(fixture, &started(fixture, &report("odd", odd)).await).await;
        let numbers = seen.values.values().map(|value| match value {
            Value::Gauge { value } => *value,
            Value::Counter { total, .. } => *total,
        });
        let numbers: Vec<f64> = numbers.chain(seen.executables.values().map(|one| one.memory_bytes)).collect();
        assert!(numbers.iter().all(|number| number.is_finite()), "{value}: {seen:?}");
        assert_eq!(seen.values.get(&Measure::MemoryBytes), None);
        assert_eq!(seen.values.get(&Measure::CpuSeconds), None);
        assert_eq!(seen.values.get(&Measure::ActiveSeries), Some(&Value::Gauge { value: 474.0 }));
    }
}
