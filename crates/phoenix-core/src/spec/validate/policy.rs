//! The ranges of a policy.

use super::text::{self, Range};
use crate::analysis::Indicator;
use crate::spec::{EvidencePolicy, IndicatorPolicy, Role, Violation};
use crate::time::Span;

pub(in crate::spec) const MOST_SAMPLES: u32 = 1_000_000;
pub(in crate::spec) const LONGEST_OUTAGE: Span = Span::from_mins(7 * 24 * 60);
pub(in crate::spec) const LONGEST_TAU: Span = Span::from_mins(24 * 60);
pub(in crate::spec) const SMALLEST_MEMORY: u64 = 16 * 1024 * 1024;
/// A gate that tolerates ten times the cost, or more, is none.
pub(in crate::spec) const LARGEST_MARGIN: f64 = 10.0;
pub(in crate::spec) const ONE_MICROSECOND: Span = Span::from_micros(1);

/// Checks a policy; what was left out has its default.
pub(super) fn policy(policy: Option<EvidencePolicy>, found: &mut Vec<Violation>) -> EvidencePolicy {
    let policy = policy.unwrap_or_default();
    check_primary(&policy, found);
    for (indicator, own) in &policy.indicators {
        check_indicator(*indicator, own, &policy, found);
    }
    if !(1..=MOST_SAMPLES).contains(&policy.minimum_samples) {
        let message = format!("{} is outside the range", policy.minimum_samples);
        let hint = format!("allowed: 1 to {MOST_SAMPLES}; fewer than 60 are never judged, whatever stands here");
        found.push(Violation::new("spec.policy.minimumSamples", message).with_hint(hint));
    }
    let budget = Range { min: ONE_MICROSECOND, max: LONGEST_OUTAGE };
    text::within(policy.outage_budget, "spec.policy.outageBudget", budget, found);
    if let Some(bytes) = policy.guardrails.memory_bytes.filter(|bytes| *bytes < SMALLEST_MEMORY) {
        let hint = format!("allowed: {SMALLEST_MEMORY} (16 MiB) or more; an idle collector takes 40 to 60 MiB");
        let violation = Violation::new("spec.policy.guardrails.memoryBytes", format!("{bytes} is too small"));
        found.push(violation.with_hint(hint));
    }
    policy
}

/// A saving of the primary indicator is what a promotion rests on, so one that could not be had is refused before a whole run for nothing.
fn check_primary(policy: &EvidencePolicy, found: &mut Vec<Violation>) {
    let primary = policy.primary;
    let (message, hint) = if primary.is_cost() && !primary.is_judged() {
        let judged: Vec<&str> = Indicator::ALL
            .into_iter()
            .filter(|indicator| indicator.is_cost() && indicator.is_judged())
            .map(Indicator::as_str)
            .collect();
        let message = format!("{primary} is shown and not judged in this version, so nothing could be promoted");
        (message, format!("allowed: {}", judged.join(", ")))
    } else if policy.role(primary) != Role::Saving {
        let message = format!("{primary} does not have the role saving, so nothing could be promoted");
        let allowed = "allowed: an indicator with that role";
        (message, format!("{allowed} ({}), or set spec.policy.indicators.{primary}.role", savings(policy)))
    } else {
        return;
    };
    found.push(Violation::new("spec.policy.primary", message).with_hint(hint));
}

/// The indicators that may be primary under the policy.
fn savings(policy: &EvidencePolicy) -> String {
    let savings: Vec<&str> = Indicator::ALL
        .into_iter()
        .filter(|indicator| indicator.is_cost() && indicator.is_judged() && policy.role(*indicator) == Role::Saving)
        .map(Indicator::as_str)
        .collect();
    if savings.is_empty() { "none".to_owned() } else { savings.join(", ") }
}

fn check_indicator(indicator: Indicator, own: &IndicatorPolicy, policy: &EvidencePolicy, found: &mut Vec<Violation>) {
    let at = |key: &str| format!("spec.policy.indicators.{indicator}.{key}");
    let is_saving = policy.role(indicator) == Role::Saving;
    if is_saving && !indicator.is_cost() {
        let hint = "allowed: gate or info; savings are sought of what is paid for";
        found.push(Violation::new(at("role"), format!("{indicator} is no cost")).with_hint(hint));
    }
    let is_fixed = matches!(indicator, Indicator::CriticalRetention | Indicator::ValueAgreement);
    if is_fixed && policy.role(indicator) == Role::Info {
        let hint =
            "allowed: gate; leave the role out. To lose a process on purpose, take it out of spec.criticalProcesses";
        let message = format!("{indicator} is always a gate: what it finds is never worth a saving");
        found.push(Violation::new(at("role"), message).with_hint(hint));
    }
    if let Some(margin) = own.margin {
        // A cost can more than double, but neither a saving nor a share can be more than everything.
        let limit = if is_saving || !indicator.is_cost() { 1.0 } else { LARGEST_MARGIN };
        if !(0.0..limit).contains(&margin) {
            let hint = format!("allowed: a share from 0 to less than {limit}; 0.1 is 10 %");
            found.push(Violation::new(at("margin"), format!("{margin} is outside the range")).with_hint(hint));
        }
    }
    if let Some(tau) = own.tau {
        text::within(tau, &at("tau"), Range { min: ONE_MICROSECOND, max: LONGEST_TAU }, found);
    }
}
