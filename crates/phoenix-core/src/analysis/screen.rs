//! What one new sample may raise at once, before any look: an outage, its end, a breached guardrail, a silent candidate.
//!
//! Pure; what earlier samples amount to travels in the [`Digest`].

use serde::{Deserialize, Serialize};

use crate::analysis::sample::{ArmSample, Measure, PairedSample, SampleOutcome};
use crate::analysis::series::{gauge, host_gauge};
use crate::analysis::window::source_failed;
use crate::analysis::words::{float, mebibytes};
use crate::experiment::{Input, Party, PipelineType};
use crate::spec::ExperimentSpec;
use crate::time::Timestamp;

/// What the samples so far amount to, for the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Digest {
    /// First instant of the present outage; `None` while evidence comes.
    pub outage_since: Option<Timestamp>,
    /// Instants in a row at which the candidate was up and emitted nothing while the baseline had series.
    pub candidate_silent: u64,
    /// True while the run is paused and the pause is marked in the samples.
    pub paused: bool,
}

/// What a sample amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// The digest including this sample.
    pub digest: Digest,
    /// What the state machine must hear of at once, in this order.
    pub raised: Vec<Input>,
}

/// Screens one sample. `minimum_evidence` is how many instants in a row make a silent candidate a finding.
pub fn screen(spec: &ExperimentSpec, minimum_evidence: u64, digest: Digest, sample: &PairedSample) -> Screened {
    let (outage_since, outage) = screen_outage(digest.outage_since, sample);
    let candidate_silent = count_silence(digest.candidate_silent, sample);
    let silent = (candidate_silent >= minimum_evidence.max(1)).then_some(Input::CandidateEmitsNothing);
    let raised = [outage, screen_guardrails(spec, sample), silent].into_iter().flatten().collect();
    Screened { digest: Digest { outage_since, candidate_silent, paused: false }, raised }
}

/// An outage begins when the metrics source fails for both arms, and ends at the first sample that shows anything else. A sample without
/// any row shows nothing.
fn screen_outage(since: Option<Timestamp>, sample: &PairedSample) -> (Option<Timestamp>, Option<Input>) {
    let shows_nothing = sample.baseline.is_none() && sample.candidate.is_none();
    match (since, source_failed(sample)) {
        (None, true) => (Some(sample.instant), Some(Input::OutageBegan { since: sample.instant })),
        (Some(_), false) if !shows_nothing => (None, Some(Input::OutageEnded { at: sample.instant })),
        (since, _) => (since, None),
    }
}

/// Instants in a row. A failing source says nothing about the candidate and keeps the count; anything but silence ends it.
fn count_silence(so_far: u64, sample: &PairedSample) -> u64 {
    let (Some(baseline), Some(candidate)) = (&sample.baseline, &sample.candidate) else { return so_far };
    if [baseline, candidate].into_iter().any(|arm| arm.outcome == SampleOutcome::ProviderError) {
        return so_far;
    }
    let is_silent = series_of(candidate).is_some_and(|series| series <= 0.0);
    let is_heard = series_of(baseline).is_some_and(|series| series > 0.0);
    if is_silent && is_heard { so_far.saturating_add(1) } else { 0 }
}

fn series_of(arm: &ArmSample) -> Option<f64> {
    let is_read = arm.outcome == SampleOutcome::Ok && !arm.hosts.is_empty();
    if is_read { gauge(arm, Measure::ActiveSeries) } else { None }
}

/// The breach of a guardrail that a sample shows, and nothing else: what holds in a pause too.
pub fn screen_guardrails(spec: &ExperimentSpec, sample: &PairedSample) -> Option<Input> {
    let limit = float(spec.policy.guardrails.memory_bytes?);
    let baseline = largest_breach(PipelineType::Baseline, sample.baseline.as_ref(), limit);
    let candidate = largest_breach(PipelineType::Candidate, sample.candidate.as_ref(), limit);
    let by = match (&baseline, &candidate) {
        (None, None) => return None,
        (Some(_), None) => Party::Baseline,
        (None, Some(_)) => Party::Candidate,
        (Some(_), Some(_)) => Party::Both,
    };
    let message = [candidate, baseline].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Some(Input::GuardrailBreached { by, message })
}

/// The arm's largest collector above the limit, in words. A host that was read counts even where the arm as a whole could not be.
fn largest_breach(kind: PipelineType, arm: Option<&ArmSample>, limit: f64) -> Option<String> {
    let (host, memory) = arm?
        .hosts
        .iter()
        .filter_map(|(host, reading)| host_gauge(reading, Measure::MemoryBytes).map(|memory| (host, memory)))
        .filter(|(_, memory)| *memory > limit)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(format!(
        "the collector of the {kind} on {host} uses {}, and the guardrail is {}",
        mebibytes(memory),
        mebibytes(limit)
    ))
}

#[cfg(test)]
mod tests;
