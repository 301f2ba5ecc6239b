//! From the outcomes of all indicators to one verdict.
//!
//! *Promote* needs every judged gate to pass and the primary saving to be improved. Since all gates must pass, none of them needs a
//! correction for the number of gates (an intersection-union test). *Reject* needs one thing that is certain: a critical process lost, wrong
//! values, a gate regressed, or the saving refuted. Anything else is *inconclusive*.
//!
//! A gate that this version shows and does not judge proves nothing either way, and the reasons of a promotion say so. It holds the promotion
//! back when it has no value, or when the change that it shows is beyond its margin: then not even the numbers as they are speak for a pass.

use crate::analysis::{Indicator, IndicatorResult, Outcome, Verdict};
use crate::spec::Role;

/// The rule under which a silent candidate is reported.
const SILENT: &str = "candidate_emits_nothing";

/// The verdict and its reasons, the most important first. `silence` is set when the candidate was up and emitted nothing.
pub(super) fn verdict(
    primary: Indicator,
    results: &[IndicatorResult],
    silence: Option<String>,
) -> (Verdict, Vec<String>) {
    let mut rejecting: Vec<String> = silence.map(|reason| format!("{SILENT}: {reason}")).into_iter().collect();
    rejecting.extend(regressed_gates(results).map(sentence));
    rejecting
        .extend(results.iter().filter(|result| result.indicator == primary && result.refutes_saving()).map(sentence));
    if !rejecting.is_empty() {
        return (Verdict::Reject, rejecting);
    }
    let saving = results.iter().find(|result| is_improved_primary(primary, result));
    let open: Vec<&IndicatorResult> = results.iter().filter(|result| holds_back(primary, result)).collect();
    let mut reasons = grouped(&open);
    match saving {
        Some(saving) if open.is_empty() => (Verdict::Promote, promoting(saving, results)),
        Some(saving) => {
            reasons.push(sentence(saving));
            (Verdict::Inconclusive, reasons)
        }
        None => {
            if reasons.is_empty() {
                reasons.push(format!("{primary}: it is the primary indicator, and no saving of it is judged"));
            }
            (Verdict::Inconclusive, reasons)
        }
    }
}

/// Gates that regressed: lost processes first, then wrong values, then the others in reading order.
fn regressed_gates(results: &[IndicatorResult]) -> impl Iterator<Item = &IndicatorResult> {
    let mut regressed: Vec<&IndicatorResult> = results
        .iter()
        .filter(|result| result.role == Role::Gate && result.judged && result.outcome == Outcome::Regressed)
        .collect();
    regressed.sort_by_key(|result| match result.indicator {
        Indicator::CriticalRetention => 0,
        Indicator::ValueAgreement => 1,
        Indicator::ActiveSeries
        | Indicator::DatapointsRate
        | Indicator::MemoryUsage
        | Indicator::CpuUsage
        | Indicator::ErrorRate
        | Indicator::ProcessCount => 2,
    });
    regressed.into_iter()
}

fn is_improved_primary(primary: Indicator, result: &IndicatorResult) -> bool {
    result.indicator == primary && result.judged && result.role == Role::Saving && result.outcome == Outcome::Improved
}

/// Why the candidate is promoted: what it saves, what it keeps, and what nobody has judged.
fn promoting(saving: &IndicatorResult, results: &[IndicatorResult]) -> Vec<String> {
    let (judged, shown): (Vec<&IndicatorResult>, Vec<&IndicatorResult>) =
        results.iter().filter(|result| result.role == Role::Gate).partition(|result| passes(result));
    let names: Vec<&str> = judged.iter().map(|result| result.indicator.as_str()).collect();
    let every = if shown.is_empty() { "every one passes" } else { "every one that is judged passes" };
    let mut reasons = vec![sentence(saving), format!("gates: {every} ({})", names.join(", "))];
    reasons.extend(grouped(&shown));
    reasons
}

fn passes(result: &IndicatorResult) -> bool {
    result.judged && matches!(result.outcome, Outcome::Pass | Outcome::Improved)
}

/// True when the result stands between the candidate and its promotion.
fn holds_back(primary: Indicator, result: &IndicatorResult) -> bool {
    match result.role {
        Role::Gate => !passes(result) && !result.is_shown_within_margin(),
        Role::Saving => result.indicator == primary && !is_improved_primary(primary, result),
        Role::Info => false,
    }
}

/// One line per distinct reason, naming every indicator that it concerns; what is wrong comes before what is merely not known.
fn grouped(open: &[&IndicatorResult]) -> Vec<String> {
    let mut groups: Vec<(u8, &str, Vec<&str>)> = Vec::new();
    for result in open {
        let name = result.indicator.as_str();
        match groups.iter_mut().find(|(_, reason, _)| *reason == result.reason) {
            Some((_, _, names)) => names.push(name),
            None => groups.push((rank(result), &result.reason, vec![name])),
        }
    }
    groups.sort_by_key(|(rank, _, _)| *rank);
    groups.into_iter().map(|(_, reason, names)| format!("{}: {reason}", names.join(", "))).collect()
}

const fn rank(result: &IndicatorResult) -> u8 {
    match result.outcome {
        Outcome::Invalid => 0,
        Outcome::ProviderError => 1,
        Outcome::NoData => 2,
        Outcome::Regressed | Outcome::Improved | Outcome::Pass => 3,
        Outcome::Inconclusive if result.judged => 3,
        Outcome::Inconclusive => 4,
    }
}

fn sentence(result: &IndicatorResult) -> String {
    format!("{}: {}", result.indicator, result.reason)
}

#[cfg(test)]
mod tests;
