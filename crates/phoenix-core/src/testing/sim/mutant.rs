//! Deliberately broken parts, at least one for every invariant. Each is a wrapper around a port or around the decision function; the parts
//! themselves know nothing of it.

mod decides;
mod deployer;
mod events;
mod samples;
mod store;

use std::sync::Arc;

use crate::experiment::{Decide, decide};
use crate::ports::deployer::Deployer;
use crate::ports::samples::SampleStore;
use crate::ports::store::{EventLog, ExperimentStore};

/// A deliberately broken part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A start leads from `pending` to `running`.
    TakesAnArrowThatIsNotThere,
    /// The store drops the effects of a decision.
    LosesEffects,
    /// The store commits the event of a decision and leaves the row as it was.
    LosesTheRow,
    /// The history does not show its third event.
    HidesAnEvent,
    /// The result of a superseded effect is taken for the present one's.
    AppliesLateResults,
    /// The store applies a generation's result a second time.
    AppliesTwice,
    /// Pipelines are kept that nobody asked to keep.
    KeepsPipelines,
    /// Promotes when there was no usable sample.
    PromotesWithoutEvidence,
    /// The store drops the comparison.
    LosesTheComparison,
    /// A failure that comes while the comparison is awaited carries a verdict.
    KeepsAVerdictInFailed,
    /// At the end of an outage its time counts as run, too.
    CountsAnOutageAsRun,
    /// At the end of a pause its time counts as run, too.
    CountsAPauseAsRun,
    /// The number of planned samples changes while the experiment runs.
    PlansAgain,
    /// The store commits on whatever revision is stored.
    IgnoresTheRevision,
    /// The store commits under whatever fence.
    IgnoresTheFence,
    /// What has to happen by time alone does not.
    ForgetsDeadlines,
    /// The store shows the first instant of a run twice.
    SamplesTwice,
    /// A sample that is stored again replaces what was there.
    ReplacesSamples,
    /// Samples that come after the end of the run are evidence, too.
    TakesLateSamples,
    /// A removal is confirmed and leaves the pipeline running.
    LeavesPipelines,
    /// The end of the cleanup is not noticed.
    NeverConfirms,
    /// A state is entered a second before it is.
    EntersInThePast,
    /// Names are given twice.
    GivesNamesTwice,
    /// A candidate that broke a guardrail is judged by its samples.
    ForgivesABreach,
}

impl Mutant {
    /// Every mutant.
    pub const ALL: [Self; 24] = [
        Self::TakesAnArrowThatIsNotThere,
        Self::LosesEffects,
        Self::LosesTheRow,
        Self::HidesAnEvent,
        Self::AppliesLateResults,
        Self::AppliesTwice,
        Self::KeepsPipelines,
        Self::PromotesWithoutEvidence,
        Self::LosesTheComparison,
        Self::KeepsAVerdictInFailed,
        Self::CountsAnOutageAsRun,
        Self::CountsAPauseAsRun,
        Self::PlansAgain,
        Self::IgnoresTheRevision,
        Self::IgnoresTheFence,
        Self::ForgetsDeadlines,
        Self::SamplesTwice,
        Self::ReplacesSamples,
        Self::TakesLateSamples,
        Self::LeavesPipelines,
        Self::NeverConfirms,
        Self::EntersInThePast,
        Self::GivesNamesTwice,
        Self::ForgivesABreach,
    ];

    /// The number of the invariant that it breaks.
    pub const fn breaks(self) -> u8 {
        match self {
            Self::TakesAnArrowThatIsNotThere => 1,
            Self::LosesEffects | Self::LosesTheRow => 2,
            Self::HidesAnEvent => 3,
            Self::AppliesLateResults | Self::AppliesTwice => 4,
            Self::KeepsPipelines => 5,
            Self::PromotesWithoutEvidence | Self::LosesTheComparison => 6,
            Self::KeepsAVerdictInFailed => 7,
            Self::CountsAnOutageAsRun | Self::CountsAPauseAsRun => 8,
            Self::PlansAgain => 9,
            Self::IgnoresTheRevision | Self::IgnoresTheFence => 10,
            Self::ForgetsDeadlines => 11,
            Self::SamplesTwice | Self::ReplacesSamples => 12,
            Self::TakesLateSamples => 13,
            Self::LeavesPipelines => 14,
            Self::NeverConfirms => 15,
            Self::EntersInThePast => 16,
            Self::GivesNamesTwice => 17,
            Self::ForgivesABreach => 18,
        }
    }

    /// The decision function with this defect.
    pub(super) fn decide(self) -> Decide {
        match self {
            Self::TakesAnArrowThatIsNotThere => decides::takes_an_arrow_that_is_not_there,
            Self::AppliesLateResults => decides::applies_late_results,
            Self::KeepsPipelines => decides::keeps_pipelines,
            Self::PromotesWithoutEvidence => decides::promotes_without_evidence,
            Self::KeepsAVerdictInFailed => decides::keeps_a_verdict_in_failed,
            Self::CountsAnOutageAsRun => decides::counts_an_outage_as_run,
            Self::CountsAPauseAsRun => decides::counts_a_pause_as_run,
            Self::PlansAgain => decides::plans_again,
            Self::ForgetsDeadlines => decides::forgets_deadlines,
            Self::NeverConfirms => decides::never_confirms,
            Self::EntersInThePast => decides::enters_in_the_past,
            Self::ForgivesABreach => decides::forgives_a_breach,
            _ => decide,
        }
    }

    /// The store of experiments with this defect.
    pub(super) fn experiments(self, store: Arc<dyn ExperimentStore>) -> Arc<dyn ExperimentStore> {
        match self {
            Self::LosesEffects
            | Self::LosesTheRow
            | Self::AppliesTwice
            | Self::LosesTheComparison
            | Self::IgnoresTheRevision
            | Self::IgnoresTheFence
            | Self::GivesNamesTwice => Arc::new(store::Broken { store, mutant: self }),
            _ => store,
        }
    }

    /// The history with this defect.
    pub(super) fn events(self, log: Arc<dyn EventLog>) -> Arc<dyn EventLog> {
        if self == Self::HidesAnEvent { Arc::new(events::Hiding(log)) } else { log }
    }

    /// The store of samples with this defect.
    pub(super) fn samples(self, store: Arc<dyn SampleStore>) -> Arc<dyn SampleStore> {
        match self {
            Self::SamplesTwice | Self::ReplacesSamples | Self::TakesLateSamples => samples::Broken::over(store, self),
            _ => store,
        }
    }

    /// The deployer with this defect.
    pub(super) fn deployer(self, deployer: Arc<dyn Deployer>) -> Arc<dyn Deployer> {
        if self == Self::LeavesPipelines { deployer::Leaving::over(deployer) } else { deployer }
    }
}
