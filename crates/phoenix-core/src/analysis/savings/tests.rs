//! Amounts, by literal numbers.

use super::*;
use crate::analysis::{SampleCounts, Verdict};

fn result(indicator: Indicator, baseline: f64, candidate: f64, outcome: Outcome) -> IndicatorResult {
    let change = candidate / baseline - 1.0;
    IndicatorResult {
        indicator,
        role: indicator.default_role(),
        baseline: Some(baseline),
        candidate: Some(candidate),
        change: Some(change),
        interval: Some((change, change)),
        margin: 0.1,
        outcome,
        judged: true,
        reason: String::new(),
        samples: 100,
    }
}

fn series(baseline: f64, candidate: f64, outcome: Outcome) -> IndicatorResult {
    result(Indicator::ActiveSeries, baseline, candidate, outcome)
}

/// A rate as it is today: shown and not judged.
fn rate(baseline: f64, candidate: f64) -> IndicatorResult {
    IndicatorResult {
        interval: None,
        judged: false,
        ..result(Indicator::DatapointsRate, baseline, candidate, Outcome::Inconclusive)
    }
}

fn comparison(hosts: usize, indicators: Vec<IndicatorResult>) -> Comparison {
    Comparison {
        verdict: Verdict::Inconclusive,
        reasons: Vec::new(),
        indicators,
        lost: Vec::new(),
        samples: SampleCounts::default(),
        hosts: (0..hosts).map(|number| format!("host-{number}").parse().expect("valid")).collect(),
    }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn series_are_priced_per_thousand_and_month_on_each_host_and_on_all() {
    let found = comparison(2, vec![series(948.0, 196.0, Outcome::Improved), rate(184.0, 40.0)]);
    let savings = Savings::of(&found, &Prices::default()).expect("an amount");
    let saved = savings.active_series.expect("series");
    assert_eq!((savings.hosts, saved.per_host, saved.total, saved.basis), (2, 376.0, 752.0, Basis::EverySample));
    let (low, high) = saved.range.expect("a range");
    close(low, 752.0);
    close(high, 752.0);
    let money = savings.money.expect("a price");
    close(money.per_host, 3.008);
    close(money.total, 6.016);
    assert_eq!(money.basis, Basis::EverySample);
    let datapoints = savings.datapoints_rate.expect("a rate");
    assert_eq!((datapoints.per_host, datapoints.range, datapoints.basis), (72.0, None, Basis::Means));
    assert_eq!(savings.assumption, "8 USD per 1 000 series and month");
}

#[test]
fn datapoints_are_priced_per_million_and_make_the_sum_as_unsure_as_they_are() {
    let prices = Prices { per_thousand_series_month: 0.5, per_million_datapoints: 0.25, currency: "EUR".to_owned() };
    let found = comparison(1, vec![series(1_000.0, 200.0, Outcome::Improved), rate(100.0, 50.0)]);
    let savings = Savings::of(&found, &prices).expect("an amount");
    // 50 datapoints/s are 131.4 million in 730 hours.
    let money = savings.money.expect("a price");
    close(money.total, 800.0 * 0.000_5 + 131.4 * 0.25);
    assert_eq!((money.basis, money.range), (Basis::Means, None));
    let assumption = "0.5 EUR per 1 000 series and month, 0.25 EUR per million datapoints, 730 hours a month";
    assert_eq!(savings.assumption, assumption);
}

#[test]
fn what_costs_nothing_has_no_amount_of_money() {
    let free = Prices { per_thousand_series_month: 0.0, ..Prices::default() };
    let found = comparison(1, vec![series(474.0, 98.0, Outcome::Improved), rate(92.0, 20.0)]);
    let savings = Savings::of(&found, &free).expect("an amount");
    assert_eq!((savings.money, savings.assumption.as_str()), (None, ""));
    assert_eq!(savings.active_series.map(|saved| saved.total), Some(376.0));
}

#[test]
fn a_candidate_that_costs_more_saves_a_negative_amount() {
    let mut costs = series(100.0, 150.0, Outcome::Regressed);
    costs.interval = Some((0.4, 0.6));
    let savings = Savings::of(&comparison(1, vec![costs]), &Prices::default()).expect("an amount");
    let saved = savings.active_series.expect("series");
    assert_eq!((saved.total, saved.range, saved.basis), (-50.0, Some((-60.0, -40.0)), Basis::EverySample));
    close(savings.money.expect("a price").total, -0.4);
}

#[test]
fn what_is_not_decided_rests_on_the_means_alone() {
    let basis = |result| Savings::of(&comparison(1, vec![result]), &Prices::default())?.money.map(|money| money.basis);
    assert_eq!(basis(series(474.0, 98.0, Outcome::Inconclusive)), Some(Basis::Means), "too few samples, for instance");
    let unjudged = IndicatorResult { judged: false, ..series(474.0, 98.0, Outcome::Inconclusive) };
    assert_eq!(basis(unjudged), Some(Basis::Means));
    let wavering = IndicatorResult { interval: Some((-0.05, 0.01)), ..series(100.0, 98.0, Outcome::Pass) };
    assert_eq!(basis(wavering), Some(Basis::Means));
    assert_eq!(basis(series(100.0, 95.0, Outcome::Pass)), Some(Basis::EverySample));
}

#[test]
fn without_evidence_or_without_series_there_is_no_amount() {
    let of = |found: &Comparison| Savings::of(found, &Prices::default());
    assert_eq!(of(&comparison(0, vec![series(474.0, 98.0, Outcome::Improved)])), None, "no host");
    assert_eq!(of(&comparison(1, vec![series(474.0, 98.0, Outcome::NoData)])), None);
    assert_eq!(of(&comparison(1, vec![series(474.0, 98.0, Outcome::Invalid)])), None);
    let silent = comparison(1, vec![series(474.0, 0.0, Outcome::Inconclusive), rate(92.0, 0.0)]);
    assert_eq!(of(&silent), None, "silence saves nothing");
    assert_eq!(of(&comparison(1, Vec::new())), None);
}
