//! Measured values and the comparison.

use crate::request::{create, start};
use crate::world::World;

#[tokio::test]
async fn values_are_there_with_the_first_samples_and_the_comparison_at_the_end() {
    let world = World::new();
    let client = world.client().await;
    let id = client.create_experiment(create("one")).await.expect("created").id;
    let before = client.get_experiment_metrics("one").await.expect("an answer");
    assert_eq!((before.id.as_str(), before.baseline_metrics, before.variant_metrics), (id.as_str(), None, None));
    assert_eq!(before.comparison_result, None);

    client.start_experiment(start("one")).await.expect("started");
    world.drive().await;
    world.pass(3).await;
    let running = client.get_experiment_metrics("one").await.expect("an answer");
    let (baseline, variant) = (running.baseline_metrics.expect("sampled"), running.variant_metrics.expect("sampled"));
    assert_eq!((baseline.active_series, variant.active_series), (Some(474.0), Some(98.0)));
    assert_eq!((baseline.process_count, variant.process_count), (Some(2.0), Some(1.0)));
    assert_eq!((baseline.critical_retention, variant.critical_retention), (Some(1.0), Some(1.0)));
    assert_eq!((baseline.datapoints_per_sec, baseline.error_rate), (Some(92.0), Some(0.0)));
    assert!(baseline.collected_at.is_some());
    assert_eq!(running.comparison_result, None);

    world.pass(80).await;
    let ended = client.get_experiment_metrics("one").await.expect("an answer");
    assert_eq!(ended.variant_metrics.expect("still there after the cleanup").active_series, Some(98.0));
    let comparison = ended.comparison_result.expect("a comparison");
    assert_eq!((comparison.verdict.as_str(), comparison.hosts.len()), ("promote", 1), "{comparison:#?}");
    let series = comparison.indicators.iter().find(|result| result.indicator == "active_series").expect("judged");
    assert_eq!((series.outcome.as_str(), series.role.as_str(), series.judged), ("improved", "saving", true));
    assert_eq!((series.baseline, series.candidate), (Some(474.0), Some(98.0)));
    let lost: Vec<&str> = comparison.lost_processes.iter().map(|lost| lost.executable.as_str()).collect();
    assert_eq!(lost, ["kswapd0"]);
    assert_eq!(comparison.samples.expect("counted").judged, 60);
}
