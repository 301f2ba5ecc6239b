//! Reports over REST: small by default, whole on request.

use phoenix_core::analysis::Prices;
use serde_json::{Value, json};

use crate::ask::EXPERIMENTS;
use crate::world::World;

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("a map").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_report_is_small_and_grows_by_what_is_asked_for() {
    let world = World::new();
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(90).await;
    let path = format!("{EXPERIMENTS}/one/report");
    let report = world.get(&path).await.good();
    assert_eq!(keys(&report), ["experiment", "comparison", "savings"]);
    let savings = &report["savings"];
    assert_eq!(savings["assumption"], "8 USD per 1 000 series and month");
    assert_eq!(savings["activeSeries"]["perHost"], 376.0);
    assert_eq!((&savings["money"]["basis"], &savings["hosts"]), (&json!("every_sample"), &json!(1)));

    let whole = world.get(&format!("{path}?include=series,configurations,events")).await.good();
    assert_eq!(keys(&whole), ["experiment", "comparison", "savings", "series", "configurations", "events"]);
    assert_eq!(whole["configurations"], world.get(&format!("{EXPERIMENTS}/{id}/configurations")).await.good());
    assert_eq!(whole["events"], world.get(&format!("{EXPERIMENTS}/{id}/events")).await.good());
    assert_eq!(whole["series"], world.get(&format!("{EXPERIMENTS}/{id}/series")).await.good());
    let some = world.get(&format!("{path}?include=events")).await.good();
    assert_eq!(keys(&some), ["experiment", "comparison", "savings", "events"]);

    let problem = world.get(&format!("{path}?include=series,everything")).await;
    assert!(problem.text().contains("\\\"everything\\\" is no part of a report"), "{}", problem.text());
    problem.problem(400, "VALIDATION_FAILED");
    world.get(&format!("{path}?parts=series")).await.problem(400, "VALIDATION_FAILED");
    world.get(&format!("{EXPERIMENTS}/nobody/report?include=series")).await.problem(404, "NOT_FOUND");
}

#[tokio::test]
async fn a_run_over_time_has_as_many_steps_as_are_asked_for_at_most() {
    let world = World::new();
    let id = world.create("one").await;
    let path = format!("{EXPERIMENTS}/{id}/series");
    assert_eq!(world.get(&path).await.good(), json!(null), "before the run");
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(30).await;
    let series = world.get(&format!("{path}?steps=7")).await.good();
    let steps = series["steps"].as_array().expect("a list").len();
    assert!((2..=7).contains(&steps), "{steps} steps");
    let first = &series["curves"][0];
    assert_eq!(first["indicator"], "active_series");
    assert_eq!(first["candidate"][steps - 1], 98.0);
    for wrong in ["steps=1", "steps=2001", "steps=x", "buckets=3"] {
        world.get(&format!("{path}?{wrong}")).await.problem(400, "VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn money_is_counted_in_the_prices_of_the_configuration() {
    let mut world = World::new();
    let prices = Prices { per_thousand_series_month: 10.0, per_million_datapoints: 0.1, currency: "EUR".to_owned() };
    world.api.queries = world.api.queries.clone().with_prices(prices);
    let id = world.create("one").await;
    world.command(&id, "start").await;
    world.drive().await;
    world.pass(90).await;
    let savings = world.get(&format!("{EXPERIMENTS}/{id}/report")).await.good()["savings"].clone();
    let assumption = "10 EUR per 1 000 series and month, 0.1 EUR per million datapoints, 730 hours a month";
    assert_eq!(savings["assumption"], assumption);
    assert_eq!(savings["prices"]["currency"], "EUR");
}
