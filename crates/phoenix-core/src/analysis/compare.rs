//! The comparison of a whole run: every indicator by its own rule, then the verdict over all of them.

use crate::analysis::assess::{Assessment, Assessor};
use crate::analysis::critical::Critical;
use crate::analysis::measured::Measured;
use crate::analysis::presence::Tracks;
use crate::analysis::retention::lost;
use crate::analysis::sample::PairedSample;
use crate::analysis::verdict::verdict;
use crate::analysis::window::{Window, marks_pause};
use crate::analysis::{Comparison, Indicator, IndicatorResult, Outcome};
use crate::experiment::Experiment;
use crate::spec::{EvidencePolicy, ExperimentSpec, Role};
use crate::time::{Span, Timestamp};

/// What a comparison rests on besides the samples, which are those from `ready_at` to the end of the run.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was asked for.
    pub spec: &'a ExperimentSpec,
    /// The longer collection interval of the two pipelines.
    pub collection_interval: Span,
    /// When both pipelines were ready: the warm-up begins here.
    pub ready_at: Timestamp,
}

impl<'a> Evidence<'a> {
    /// That of an experiment; `None` before its run has begun.
    pub fn of(experiment: &'a Experiment) -> Option<Self> {
        let pipelines = experiment.status.pipelines.as_ref()?;
        Some(Self {
            spec: &experiment.spec,
            collection_interval: pipelines.baseline.collection_interval.max(pipelines.candidate.collection_interval),
            ready_at: experiment.status.clock?.ready_at,
        })
    }

    /// Samples per measurement of the collectors, at least one.
    pub(super) fn stride(&self) -> usize {
        let interval = self.spec.schedule.sample_interval.as_micros().max(1);
        usize::try_from(self.collection_interval.as_micros().div_ceil(interval)).unwrap_or(usize::MAX).max(1)
    }
}

/// The comparison of both arms, fed sample by sample and in order. Deterministic: the same evidence gives the same comparison.
///
/// Samples are folded as they come and not kept: what is held depends on the executables and on the collection interval, and not on how
/// long the run is.
#[derive(Debug)]
pub struct Analysis<'a> {
    evidence: Evidence<'a>,
    critical: Critical<'a>,
    window: Window,
    measured: Measured,
    tracks: Tracks,
}

impl<'a> Analysis<'a> {
    /// An analysis without any sample yet.
    pub fn of(evidence: Evidence<'a>) -> Self {
        Self {
            critical: Critical::new(&evidence.spec.critical_processes),
            window: Window::of(&evidence),
            measured: Measured::of(&evidence),
            tracks: Tracks::new(evidence.stride()),
            evidence,
        }
    }

    /// Takes in the next sample.
    pub fn take(&mut self, sample: &PairedSample) {
        if marks_pause(sample) {
            // What a counter grew by over a pause is nothing that was to be measured.
            self.measured.forget_earlier();
            return;
        }
        let Some(pair) = self.window.take(sample) else { return };
        self.measured.take(&pair);
        if pair.judged {
            self.tracks.take(&pair, &self.critical);
        }
    }

    /// The comparison of all samples up to here.
    pub fn conclude(self) -> Comparison {
        let Self { evidence, critical, window, measured, tracks } = self;
        let policy = &evidence.spec.policy;
        let measured = measured.within(window.coverage);
        let tracks = tracks.ended();
        let assessor = Assessor {
            evidence: &evidence,
            coverage: window.coverage,
            measured: &measured,
            tracks: &tracks,
            critical: &critical,
        };
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
            lost: lost(&tracks, evidence.stride()),
            samples: window.counts,
            hosts: window.hosts.into_iter().collect(),
        }
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
