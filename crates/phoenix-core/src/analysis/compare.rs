//! The comparison of a whole run: every indicator by its own rule, then the verdict over all of them.

use crate::analysis::assess::{Assessment, Assessor};
use crate::analysis::critical::Critical;
use crate::analysis::presence::Tracks;
use crate::analysis::retention::lost;
use crate::analysis::sample::PairedSample;
use crate::analysis::verdict::verdict;
use crate::analysis::window::Window;
use crate::analysis::{Comparison, Indicator, IndicatorResult, Outcome};
use crate::spec::{EvidencePolicy, ExperimentSpec, Role};
use crate::time::{Span, Timestamp};

/// Everything that a comparison rests on.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was asked for.
    pub spec: &'a ExperimentSpec,
    /// The longer collection interval of the two pipelines.
    pub collection_interval: Span,
    /// When both pipelines were ready: the warm-up begins here.
    pub ready_at: Timestamp,
    /// The samples from `ready_at` to the seal, in order.
    pub samples: &'a [PairedSample],
}

impl Evidence<'_> {
    /// Samples per measurement of the collectors, at least one.
    pub(super) fn stride(&self) -> usize {
        let interval = self.spec.schedule.sample_interval.as_micros().max(1);
        usize::try_from(self.collection_interval.as_micros().div_ceil(interval)).unwrap_or(usize::MAX).max(1)
    }
}

/// Compares both arms. Deterministic: the same evidence gives the same comparison.
pub fn compare(evidence: &Evidence<'_>) -> Comparison {
    let policy = &evidence.spec.policy;
    let window = Window::of(evidence);
    let tracks = Tracks::of(&window);
    let critical = Critical::new(&evidence.spec.critical_processes);
    let assessor = Assessor::new(evidence, &window, &tracks, &critical);
    let is_empty = assessor.baseline_is_empty();
    let indicators: Vec<IndicatorResult> = Indicator::ALL
        .into_iter()
        .map(|indicator| {
            let role = role_of(policy, indicator);
            result(policy, indicator, role, assessor.assess(indicator, role), is_empty)
        })
        .collect();
    let (verdict, reasons) = verdict(policy.primary, &indicators, assessor.silence());
    Comparison {
        verdict,
        reasons,
        indicators,
        lost: lost(&tracks, &critical, evidence.stride()),
        samples: window.counts,
        hosts: window.hosts,
    }
}

/// The role under the policy. The primary indicator is where the saving is sought, so a cost that is otherwise a gate becomes a saving;
/// and nothing is saved in a share, so one of which a saving is asked remains a gate.
fn role_of(policy: &EvidencePolicy, indicator: Indicator) -> Role {
    match policy.role(indicator) {
        Role::Gate if indicator == policy.primary && indicator.is_cost() => Role::Saving,
        Role::Saving if !indicator.is_cost() => Role::Gate,
        role @ (Role::Saving | Role::Gate | Role::Info) => role,
    }
}

fn result(
    policy: &EvidencePolicy,
    indicator: Indicator,
    role: Role,
    assessment: Assessment,
    baseline_is_empty: bool,
) -> IndicatorResult {
    let judged = assessment.judged && role != Role::Info;
    let (outcome, reason) = if baseline_is_empty {
        (Outcome::Invalid, "the baseline has no series, so there is nothing to compare with".to_owned())
    } else if role == Role::Info && assessment.outcome.is_claim() {
        (Outcome::Inconclusive, "shown for information".to_owned())
    } else {
        (assessment.outcome, assessment.reason)
    };
    IndicatorResult {
        indicator,
        role,
        baseline: assessment.baseline,
        candidate: assessment.candidate,
        change: assessment.change,
        interval: assessment.interval,
        margin: policy.margin(indicator),
        outcome,
        judged,
        reason,
        samples: assessment.samples,
    }
}
