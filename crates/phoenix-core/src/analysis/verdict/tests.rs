//! From outcomes to a verdict: what promotes, what rejects, and what only holds back.

use super::*;

/// A result that passes as a gate, or is improved as a saving.
fn good(indicator: Indicator) -> IndicatorResult {
    let role = indicator.default_role();
    IndicatorResult {
        indicator,
        role,
        baseline: None,
        candidate: None,
        change: None,
        interval: None,
        margin: indicator.default_margin(),
        outcome: if role == Role::Saving { Outcome::Improved } else { Outcome::Pass },
        judged: true,
        reason: "as it should be".to_owned(),
        samples: 60,
    }
}

fn all_good() -> Vec<IndicatorResult> {
    Indicator::ALL.into_iter().map(good).collect()
}

fn with(indicator: Indicator, change: impl Fn(&mut IndicatorResult)) -> Vec<IndicatorResult> {
    let mut results = all_good();
    results.iter_mut().filter(|result| result.indicator == indicator).for_each(change);
    results
}

fn judged(results: &[IndicatorResult]) -> (Verdict, Vec<String>) {
    verdict(Indicator::ActiveSeries, results, None)
}

const GATES: [Indicator; 5] = [
    Indicator::MemoryUsage,
    Indicator::CpuUsage,
    Indicator::ErrorRate,
    Indicator::CriticalRetention,
    Indicator::ValueAgreement,
];

#[test]
fn every_gate_passes_and_the_primary_is_improved_promotes() {
    let (verdict, reasons) = judged(&all_good());
    assert_eq!(verdict, Verdict::Promote);
    assert_eq!(
        reasons,
        [
            "active_series: as it should be",
            "gates: every one passes (memory_usage, cpu_usage, error_rate, critical_retention, value_agreement)"
        ]
    );
}

#[test]
fn any_other_outcome_of_any_gate_prevents_the_promotion() {
    let others = [Outcome::Inconclusive, Outcome::NoData, Outcome::ProviderError, Outcome::Invalid];
    for gate in GATES {
        for outcome in others {
            let (verdict, _) = judged(&with(gate, |result| result.outcome = outcome));
            assert_eq!(verdict, Verdict::Inconclusive, "{gate} {outcome}");
        }
        let (verdict, _) = judged(&with(gate, |result| result.outcome = Outcome::Regressed));
        assert_eq!(verdict, Verdict::Reject, "{gate}");
        let (verdict, _) = judged(&with(gate, |result| show(result, None)));
        assert_eq!(verdict, Verdict::Inconclusive, "{gate} without a value");
    }
}

/// Makes a result one that is shown and not judged.
fn show(result: &mut IndicatorResult, change: Option<f64>) {
    result.judged = false;
    result.outcome = Outcome::Inconclusive;
    result.reason = "not judged".to_owned();
    result.change = change;
}

#[test]
fn a_gate_that_is_shown_within_its_margin_is_named_and_holds_nothing_back() {
    let (verdict, reasons) = judged(&with(Indicator::MemoryUsage, |result| show(result, Some(0.1))));
    assert_eq!(verdict, Verdict::Promote);
    assert_eq!(
        reasons,
        [
            "active_series: as it should be",
            "gates: every one that is judged passes (cpu_usage, error_rate, critical_retention, value_agreement)",
            "memory_usage: not judged",
        ]
    );
    let (verdict, reasons) = judged(&with(Indicator::MemoryUsage, |result| show(result, Some(0.11))));
    assert_eq!(verdict, Verdict::Inconclusive);
    assert_eq!(reasons, ["memory_usage: not judged", "active_series: as it should be"]);
}

#[test]
fn a_regression_that_is_not_judged_or_only_informative_rejects_nothing() {
    let unjudged = with(Indicator::MemoryUsage, |result| {
        result.judged = false;
        result.outcome = Outcome::Regressed;
    });
    assert_eq!(judged(&unjudged).0, Verdict::Inconclusive);
    let informative = with(Indicator::MemoryUsage, |result| {
        result.role = Role::Info;
        result.outcome = Outcome::Regressed;
    });
    assert_eq!(judged(&informative).0, Verdict::Promote);
}

#[test]
fn the_primary_decides_and_another_saving_does_not() {
    for (outcome, expected) in [
        (Outcome::Pass, Verdict::Reject),
        (Outcome::Regressed, Verdict::Reject),
        (Outcome::Inconclusive, Verdict::Inconclusive),
        (Outcome::NoData, Verdict::Inconclusive),
        (Outcome::ProviderError, Verdict::Inconclusive),
        (Outcome::Invalid, Verdict::Inconclusive),
    ] {
        assert_eq!(judged(&with(Indicator::ActiveSeries, |result| result.outcome = outcome)).0, expected, "{outcome}");
        let other = with(Indicator::DatapointsRate, |result| result.outcome = outcome);
        assert_eq!(judged(&other).0, Verdict::Promote, "{outcome}");
    }
}

#[test]
fn a_primary_without_a_judged_saving_promotes_nothing() {
    let (found, reasons) = verdict(Indicator::ProcessCount, &all_good(), None);
    assert_eq!(found, Verdict::Inconclusive);
    assert_eq!(reasons, ["process_count: it is the primary indicator, and no saving of it is judged"]);
}

#[test]
fn rejecting_reasons_come_in_the_order_of_their_weight() {
    let mut results = all_good();
    for result in &mut results {
        result.outcome = Outcome::Regressed;
        result.reason = "bad".to_owned();
    }
    let (found, reasons) = verdict(Indicator::ActiveSeries, &results, Some("nothing comes".to_owned()));
    assert_eq!(found, Verdict::Reject);
    assert_eq!(
        reasons,
        [
            "candidate_emits_nothing: nothing comes",
            "critical_retention: bad",
            "value_agreement: bad",
            "memory_usage: bad",
            "cpu_usage: bad",
            "error_rate: bad",
            "active_series: bad"
        ]
    );
}

#[test]
fn one_reason_of_many_indicators_is_said_once_and_what_is_not_judged_comes_last() {
    let mut results = all_good();
    for result in &mut results {
        match result.indicator {
            Indicator::MemoryUsage | Indicator::CpuUsage => show(result, Some(0.2)),
            Indicator::ErrorRate | Indicator::ValueAgreement => {
                result.outcome = Outcome::Inconclusive;
                result.reason = "too few".to_owned();
            }
            Indicator::CriticalRetention => {
                result.outcome = Outcome::Invalid;
                result.reason = "never seen".to_owned();
            }
            Indicator::ActiveSeries | Indicator::DatapointsRate | Indicator::ProcessCount => {}
        }
    }
    assert_eq!(
        judged(&results).1,
        [
            "critical_retention: never seen",
            "error_rate, value_agreement: too few",
            "memory_usage, cpu_usage: not judged",
            "active_series: as it should be"
        ]
    );
}
