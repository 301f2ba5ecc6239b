//! What should be deployed for an experiment: the level that the executor brings the world to, again and again.

use crate::experiment::{Cleanup, Experiment, Pair, PipelineRef, State};

/// What should be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Desired {
    /// Nothing is asked of the deployer.
    Untouched,
    /// Both pipelines, with these configurations.
    Present(Pair<PipelineRef>),
    /// Neither pipeline; to be confirmed.
    Absent(Pair<PipelineRef>),
}

/// What should be deployed for this experiment, from its state alone.
pub fn desired(experiment: &Experiment) -> Desired {
    let Some(pipelines) = experiment.status.pipelines.clone() else {
        return Desired::Untouched;
    };
    match experiment.state {
        State::Pending | State::Initializing => Desired::Untouched,
        State::Deploying | State::Running | State::Analyzing => Desired::Present(pipelines),
        State::Completed | State::Failed | State::Cancelled => match experiment.status.cleanup {
            Cleanup::Pending => Desired::Absent(pipelines),
            Cleanup::Kept => Desired::Present(pipelines),
            Cleanup::NotDue | Cleanup::Confirmed => Desired::Untouched,
        },
    }
}
