//! Reading the state of an experiment, which is wrapped so that its absence can be seen.

use crate::controller::v1::Experiment;
use crate::controller::v1::experiment_state::State;

impl Experiment {
    /// Where it is. The controller always says so; a message that does not reads as `PENDING`.
    pub fn current_state(&self) -> State {
        self.state.unwrap_or_default().value()
    }
}

impl State {
    /// True when nothing can follow.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Cancelled => true,
            Self::Pending | Self::Initializing | Self::Deploying | Self::Running | Self::Analyzing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::v1::ExperimentState;

    #[test]
    fn a_state_is_read_through_its_wrapper() {
        let state = Some(ExperimentState { value: State::Failed.into() });
        let failed = Experiment { state, ..Default::default() }.current_state();
        assert!(failed == State::Failed && failed.is_terminal());
        assert!(!Experiment::default().current_state().is_terminal());
    }
}
