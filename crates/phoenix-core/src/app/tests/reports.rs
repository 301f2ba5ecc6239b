//! What a report holds: by default, on request, and before there is a comparison.

use serde_json::json;

use crate::analysis::{Basis, Comparison, Indicator, OverTime, Prices};
use crate::app::tests::world::{World, caller, cancel, changed, document, stranger, trimmed};
use crate::app::{Include, Report};
use crate::error::Code;
use crate::experiment::{Command, EventKind, PipelineType, State};
use crate::testing::build::at;
use crate::testing::build_samples::Collector;
use crate::testing::fake::Readable;

const ALL: Include = Include { series: true, configurations: true, events: true };

/// The judged steps hold the very samples that the comparison was made of.
fn agree(found: &OverTime, comparison: &Comparison) {
    let sum = |value: fn(&crate::analysis::Step) -> u64| found.steps.iter().map(value).sum::<u64>();
    assert_eq!(sum(|step| step.taken), comparison.samples.taken);
    assert_eq!(sum(|step| if step.judged { step.usable } else { 0 }), comparison.samples.judged);
    for curve in &found.curves {
        let result = comparison.indicator(curve.indicator).unwrap();
        for (kind, expected) in [(PipelineType::Baseline, result.baseline), (PipelineType::Candidate, result.candidate)]
        {
            let judged = found.steps.iter().zip(&curve.samples).zip(curve.values(kind));
            let judged = judged.filter(|((step, samples), _)| step.judged && **samples > 0);
            let (mut total, mut weights) = (0.0, 0.0);
            for ((_, samples), value) in judged {
                let weight = f64::from(u32::try_from(*samples).unwrap());
                total += value.unwrap() * weight;
                weights += weight;
            }
            let (mean, expected) = (total / weights, expected.unwrap());
            assert!(
                (mean - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                "{}: {mean} {expected}",
                curve.indicator
            );
        }
    }
}

#[tokio::test]
async fn a_finished_experiment_is_reported_with_its_savings_and_on_request_with_everything() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_to_end(&replica, &id).await;
    world.run_for(&replica, 30).await;
    let short = replica.queries.report(&caller(), "one").await.unwrap();
    let savings = short.savings.clone().unwrap();
    let saved = savings.active_series.unwrap();
    assert_eq!((saved.per_host, saved.basis, savings.hosts), (376.0, Basis::EverySample, 1));
    assert_eq!((&short.series, &short.configurations, &short.events), (&None, &None, &None));
    let text = serde_json::to_value(&short).unwrap();
    let keys: Vec<&str> = text.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["experiment", "comparison", "savings"]);

    let whole = replica.queries.report_with(&caller(), "one", ALL).await.unwrap();
    assert_eq!((&whole.experiment, &whole.comparison), (&short.experiment, &short.comparison));
    agree(whole.series.as_ref().unwrap(), whole.comparison.as_ref().unwrap());
    let kinds: Vec<_> = whole.configurations.as_ref().unwrap().iter().map(|one| one.pipeline_type).collect();
    assert_eq!(kinds, PipelineType::ALL);
    let events = whole.events.as_ref().unwrap();
    assert_eq!((events[0].kind, events.last().unwrap().kind), (EventKind::Created, EventKind::CleanedUp));
    let read: Report = serde_json::from_value(serde_json::to_value(&whole).unwrap()).unwrap();
    assert_eq!(read, whole);
    let error = replica.queries.report_with(&stranger(), "one", ALL).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
}

#[tokio::test]
async fn a_run_that_a_guardrail_cut_off_shows_the_samples_that_were_judged_and_no_others() {
    let world = World::new();
    let replica = world.replica(1);
    let guarded = changed("one", &[("/policy", json!({"guardrails": {"memoryBytes": 100 << 20}}))]);
    let id = replica.start(guarded).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 20).await;
    world.metrics.script(PipelineType::Candidate, Readable::Reports(Collector { memory_mib: 101.0, ..trimmed() }));
    world.run_to_end(&replica, &id).await;
    let report = replica.queries.report_with(&caller(), "one", ALL).await.unwrap();
    agree(report.series.as_ref().unwrap(), report.comparison.as_ref().unwrap());
}

#[tokio::test]
async fn a_pause_and_an_outage_are_marked_where_they_were() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 10).await;
    replica.command(&id, Command::Pause { message: String::new() }).await.unwrap();
    world.run_for(&replica, 20).await;
    replica.command(&id, Command::Resume { message: String::new() }).await.unwrap();
    world.run_for(&replica, 10).await;
    world.metrics.fail(true);
    world.run_for(&replica, 5).await;
    world.metrics.fail(false);
    world.run_to_end(&replica, &id).await;
    let report = replica.queries.report_with(&caller(), "one", ALL).await.unwrap();
    let found = report.series.as_ref().unwrap();
    agree(found, report.comparison.as_ref().unwrap());
    let paused: Vec<_> = found.steps.iter().filter(|step| step.paused).collect();
    assert!((19..=21).contains(&paused.len()), "{} steps", paused.len());
    assert!(paused.iter().all(|step| step.from >= at(9) && step.until <= at(32)), "{paused:?}");
    assert_eq!(found.steps.iter().map(|step| step.outages).sum::<u64>(), 5);
}

#[tokio::test]
async fn an_experiment_is_reported_at_any_time_with_what_is_known() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let report = async || replica.queries.report_with(&caller(), "one", ALL).await.unwrap();
    let early = report().await;
    assert_eq!((early.comparison, early.savings, early.series), (None, None, None));
    assert_eq!((early.configurations.unwrap().len(), early.events.unwrap().len()), (0, 2));
    assert_eq!(replica.queries.series(&caller(), "one", 10).await.unwrap(), None);

    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 25).await;
    let running = report().await;
    assert_eq!(running.comparison, None);
    let found = running.series.unwrap();
    assert_eq!((found.from, found.judged_from, found.until), (at(0), at(5), at(25)));
    assert_eq!(found.steps.iter().map(|step| step.taken).sum::<u64>(), 25);

    replica.command(&id, cancel()).await.unwrap();
    world.run_for(&replica, 50).await;
    let cancelled = report().await.series.unwrap();
    assert_eq!(cancelled.curves, found.curves, "nothing is added after the end");
    let coarse = replica.queries.series(&caller(), "one", 4).await.unwrap().unwrap();
    assert!(coarse.steps.len() <= 4, "{}", coarse.steps.len());
    assert!(replica.queries.series(&caller(), "one", usize::MAX).await.unwrap().unwrap().steps.len() <= 2_000);
    assert_eq!(replica.queries.series(&stranger(), "one", 4).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn prices_are_those_of_the_controller() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_to_end(&replica, &id).await;
    let prices = Prices { per_thousand_series_month: 10.0, per_million_datapoints: 0.0, currency: "EUR".to_owned() };
    let queries = replica.queries.clone().with_prices(prices);
    let savings = queries.report(&caller(), "one").await.unwrap().savings.unwrap();
    assert_eq!(savings.assumption, "10 EUR per 1 000 series and month");
    assert!((savings.money.unwrap().per_host - 3.76).abs() < 1e-9);
    let comparison = queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert!(comparison.indicator(Indicator::ActiveSeries).is_some());
}
