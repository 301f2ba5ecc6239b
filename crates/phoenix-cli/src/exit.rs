//! Exit codes: part of the interface, scripts rely on them.

use std::process::ExitCode;

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Experiment, Reason, State};

use crate::server::RequestError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done; of an experiment: promote.
    Done,
    /// Failed for another reason.
    Failed,
    /// Wrong usage or invalid input.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// No valid token, or not the permission.
    NotAllowed,
    /// The server does not answer, or not now.
    Unavailable,
    /// The verdict is reject.
    Reject,
    /// The verdict is inconclusive.
    Inconclusive,
    /// The experiment could not be carried out.
    ExperimentFailed,
    /// The experiment was ended by request.
    Cancelled,
    /// It did not end in the time it was given.
    WaitedTooLong,
}

impl Outcome {
    /// The code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::NotFound => 3,
            Self::NotAllowed => 4,
            Self::Unavailable => 5,
            Self::Reject => 10,
            Self::Inconclusive => 11,
            Self::ExperimentFailed => 12,
            Self::Cancelled => 13,
            Self::WaitedTooLong => 14,
        }
    }

    /// What an error means for the caller of the program.
    pub(crate) fn of_error(error: &anyhow::Error) -> Self {
        if error.is::<InvalidInput>() {
            return Self::Invalid;
        }
        match error.downcast_ref::<RequestError>() {
            Some(request) => request.outcome(),
            None => Self::Failed,
        }
    }

    /// What an experiment that has ended means for the caller of the program.
    pub(crate) fn of_experiment(experiment: &Experiment) -> Self {
        match (experiment.state, experiment.status.verdict) {
            (State::Completed, Some(Verdict::Promote)) => Self::Done,
            (State::Completed, Some(Verdict::Reject)) => Self::Reject,
            (State::Completed, Some(Verdict::Inconclusive) | None) => Self::Inconclusive,
            (State::Cancelled, _) => Self::Cancelled,
            (State::Failed, _) if experiment.status.reason == Some(Reason::CancelRequested) => Self::Cancelled,
            (State::Failed, _) => Self::ExperimentFailed,
            (State::Pending | State::Initializing | State::Deploying | State::Running | State::Analyzing, _) => {
                Self::WaitedTooLong
            }
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome.code())
    }
}

/// The input is wrong; the text says where and how.
#[derive(Debug)]
pub(crate) struct InvalidInput(pub(crate) String);

impl std::fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidInput {}

#[cfg(test)]
mod tests {
    use phoenix_core::testing::build::experiment;

    use super::*;

    #[test]
    fn a_cancelled_experiment_ends_with_13_whatever_its_state_is_called() {
        let mut ended = experiment("e1", "one");
        ended.state = State::Failed;
        ended.status.reason = Some(Reason::CancelRequested);
        assert_eq!(Outcome::of_experiment(&ended).code(), 13);
        ended.status.reason = Some(Reason::DeployingDeadline);
        assert_eq!(Outcome::of_experiment(&ended).code(), 12);
        ended.state = State::Cancelled;
        assert_eq!(Outcome::of_experiment(&ended).code(), 13);
    }

    #[test]
    fn a_verdict_is_an_exit_code() {
        let mut ended = experiment("e1", "one");
        ended.state = State::Completed;
        for (verdict, code) in [(Verdict::Promote, 0), (Verdict::Reject, 10), (Verdict::Inconclusive, 11)] {
            ended.status.verdict = Some(verdict);
            assert_eq!(Outcome::of_experiment(&ended).code(), code);
        }
    }
}
