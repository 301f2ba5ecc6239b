//! The result of an analysis: what is stored, printed and sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::analysis::Indicator;
use crate::id::HostName;
use crate::spec::Role;

/// What the evidence says about the candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every judged gate passes or improves and the primary saving is improved.
    Promote,
    /// A gate regressed, a critical process is lost, values are wrong, or the saving is refuted.
    Reject,
    /// Anything else.
    Inconclusive,
}

impl Verdict {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Reject => "reject",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the evidence says about one indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Better by at least the saving sought.
    Improved,
    /// Not worse than the margin. Of a saving: not worse, and the saving sought is refuted.
    Pass,
    /// Worse than the margin. Of a saving: worse at all.
    Regressed,
    /// The evidence does not decide.
    Inconclusive,
    /// An arm delivered nothing.
    NoData,
    /// The metrics source failed.
    ProviderError,
    /// The comparison makes no sense, for instance an empty baseline.
    Invalid,
}

impl Outcome {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Improved => "improved",
            Self::Pass => "pass",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
            Self::NoData => "no_data",
            Self::ProviderError => "provider_error",
            Self::Invalid => "invalid",
        }
    }

    /// True when the outcome says something about the candidate rather than about the evidence.
    pub const fn is_claim(self) -> bool {
        match self {
            Self::Improved | Self::Pass | Self::Regressed | Self::Inconclusive => true,
            Self::NoData | Self::ProviderError | Self::Invalid => false,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The whole comparison of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, most important first: `{indicator or rule}: {what was found}`.
    pub reasons: Vec<String>,
    /// Every indicator, in reading order.
    pub indicators: Vec<IndicatorResult>,
    /// Executables that the candidate lost: never seen by it, or critical and gone for too long. Critical ones first.
    pub lost: Vec<LostExecutable>,
    /// Which samples were used.
    pub samples: SampleCounts,
    /// Hosts that both arms reported.
    pub hosts: Vec<HostName>,
}

/// One indicator of the comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndicatorResult {
    /// Which.
    pub indicator: Indicator,
    /// What it counts for.
    pub role: Role,
    /// Mean of the baseline over the judged instants, summed over hosts, in the indicator's unit. Of `critical_retention`: critical
    /// executables that it saw. Of `value_agreement`: executables that could be compared.
    pub baseline: Option<f64>,
    /// Mean of the candidate. Of `critical_retention`: those of the baseline's that it saw, too. Of `value_agreement`: those that agree.
    pub candidate: Option<f64>,
    /// Change of the candidate: absolute for the error rate, relative to the baseline for all others (-0.1 is 10 % less).
    pub change: Option<f64>,
    /// Smallest and largest change in any judged sample; `None` where nothing deterministic can be said.
    pub interval: Option<(f64, f64)>,
    /// Saving sought or loss tolerated, as a share.
    pub margin: f64,
    /// What the evidence says.
    pub outcome: Outcome,
    /// True when the outcome rests on a rule; false means that the values are shown and nothing is claimed.
    pub judged: bool,
    /// Why this outcome, for people.
    pub reason: String,
    /// Pairs of samples that the indicator rests on.
    pub samples: u64,
}

/// An executable that the candidate lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LostExecutable {
    /// Its name.
    pub executable: String,
    /// The host.
    pub host: HostName,
    /// True when a pattern of `criticalProcesses` matches.
    pub critical: bool,
    /// Judged instants at which the baseline reported it.
    pub seen_by_baseline: u64,
    /// Judged instants at which the candidate reported it, too.
    pub seen_by_candidate: u64,
}

/// Which samples a comparison used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleCounts {
    /// Instants within the run.
    pub taken: u64,
    /// Dropped as warm-up.
    pub warm_up: u64,
    /// Of these, usable pairs: evidence that both pipelines could be read.
    #[serde(default)]
    pub warm_up_usable: u64,
    /// Without a usable value of the baseline, of the candidate, or of both.
    pub missing: u64,
    /// Pairs that were judged.
    pub judged: u64,
}

impl SampleCounts {
    /// Pairs with a value of both arms, judged or not; zero means that evidence never came.
    pub const fn usable(&self) -> u64 {
        self.judged.saturating_add(self.warm_up_usable)
    }
}

impl IndicatorResult {
    /// True when the values are shown, nothing is claimed of them, and the change that they show is within the margin of a gate.
    pub fn is_shown_within_margin(&self) -> bool {
        let is_shown = !self.judged && self.outcome == Outcome::Inconclusive;
        is_shown && self.change.is_some_and(|change| change <= self.margin)
    }

    /// True when the evidence says that the saving sought is not there: it is missing, or more is spent, in every sample.
    pub fn refutes_saving(&self) -> bool {
        self.judged && self.role == Role::Saving && matches!(self.outcome, Outcome::Pass | Outcome::Regressed)
    }
}

impl Comparison {
    /// The result of one indicator.
    pub fn indicator(&self, indicator: Indicator) -> Option<&IndicatorResult> {
        self.indicators.iter().find(|result| result.indicator == indicator)
    }
}
