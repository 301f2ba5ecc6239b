//! Everything that a decision can be about.

use crate::analysis::Verdict;
use crate::experiment::{GeneratedPipeline, Pair, PipelineObservation, PipelineType, Reason};
use crate::id::EffectId;
use crate::time::Timestamp;

/// One input of [`crate::experiment::decide()`].
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A client's command.
    Command(Command),
    /// Time has passed: schedule, duration and deadlines are looked at.
    Tick,
    /// Both pipelines as the deployer sees them.
    Observed(Box<Pair<PipelineObservation>>),
    /// A one-shot effect has ended.
    EffectEnded {
        /// Which; a superseded one changes nothing.
        id: EffectId,
        /// How.
        outcome: EffectOutcome,
    },
    /// A sample shows that evidence cannot be had, since the given instant.
    OutageBegan {
        /// The first missed instant.
        since: Timestamp,
    },
    /// A sample shows that evidence can be had again.
    OutageEnded {
        /// The first instant with evidence.
        at: Timestamp,
    },
    /// A sample breaches a guardrail.
    GuardrailBreached {
        /// Whose.
        by: Party,
        /// Which limit, for people.
        message: String,
    },
    /// The candidate has emitted nothing for the minimum evidence, while the baseline had series.
    CandidateEmitsNothing,
}

/// A client's command. `UpdateExperimentState` and the REST commands speak it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Leave `pending`.
    Start,
    /// End the run and judge what there is.
    Stop {
        /// Why, for people.
        message: String,
    },
    /// End without a verdict.
    Cancel {
        /// Why, for people.
        message: String,
    },
    /// End as failed.
    Abort {
        /// Why, for people.
        message: String,
    },
    /// Let the clock of a run stand: nothing is judged until it is resumed, the pipelines stay.
    Pause {
        /// Why, for people.
        message: String,
    },
    /// Let the clock of a paused run go on.
    Resume {
        /// Why, for people.
        message: String,
    },
    /// Deploy one pipeline again.
    Redeploy {
        /// Which.
        pipeline: PipelineType,
    },
}

/// Whose doing something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The baseline's.
    Baseline,
    /// The candidate's.
    Candidate,
    /// Both pipelines'.
    Both,
}

/// How a one-shot effect ended.
#[derive(Clone, Debug, PartialEq)]
pub enum EffectOutcome {
    /// Both configurations are generated, valid, and can run on the target.
    Generated {
        /// Both.
        pipelines: Box<Pair<GeneratedPipeline>>,
        /// What there is to say about the target all the same, for people.
        warnings: String,
    },
    /// The samples are compared; the comparison itself is stored with the decision.
    Analysed(Analysed),
    /// The effect cannot succeed.
    Failed {
        /// Why.
        reason: Reason,
        /// The same for people.
        message: String,
    },
}

/// What a decision needs to know of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysed {
    /// The verdict.
    pub verdict: Verdict,
    /// Its first reason, for people.
    pub message: String,
    /// Pairs of samples that were judged, and those in the warm-up; zero of both means that evidence never came.
    pub usable_samples: u64,
}
