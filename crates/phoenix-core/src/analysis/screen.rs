//! What one new sample may raise at once, before any look: an outage, its end, a breached guardrail, a silent candidate.
//!
//! Pure; what earlier samples amount to travels in the [`Digest`].

use serde::{Deserialize, Serialize};

use crate::analysis::sample::PairedSample;
use crate::experiment::Input;
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
}

/// What a sample amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct Screened {
    /// The digest including this sample.
    pub digest: Digest,
    /// What the state machine must hear of at once.
    pub raised: Option<Input>,
}

/// Screens one sample. `minimum_evidence` is how many instants in a row make a silent candidate a finding.
pub fn screen(spec: &ExperimentSpec, minimum_evidence: u64, digest: Digest, sample: &PairedSample) -> Screened {
    let _ = (spec, minimum_evidence, sample);
    Screened { digest, raised: None }
}
