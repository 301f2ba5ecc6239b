//! The states and the table of transitions. Exactly these arrows exist.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Where an experiment is. In the database this is the column `phase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waits for its scheduled start or for the start command.
    Pending,
    /// Generates and checks both configurations.
    Initializing,
    /// Applies both pipelines and waits until they are ready.
    Deploying,
    /// Takes samples.
    Running,
    /// Computes the comparison and the verdict.
    Analyzing,
    /// Ended with a verdict.
    Completed,
    /// Could not be carried out.
    Failed,
    /// Ended by request.
    Cancelled,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Initializing,
        Self::Deploying,
        Self::Running,
        Self::Analyzing,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The states that may follow.
    pub const fn successors(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::Initializing, Self::Cancelled],
            Self::Initializing => &[Self::Deploying, Self::Failed],
            Self::Deploying => &[Self::Running, Self::Failed],
            Self::Running => &[Self::Analyzing, Self::Failed, Self::Cancelled],
            Self::Analyzing => &[Self::Completed, Self::Failed],
            Self::Completed | Self::Failed | Self::Cancelled => &[],
        }
    }

    /// True when the table holds the arrow from this state to `to`.
    pub fn may_become(self, to: Self) -> bool {
        self.successors().contains(&to)
    }

    /// True when nothing can follow.
    pub const fn is_terminal(self) -> bool {
        self.successors().is_empty()
    }

    /// The state's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Initializing => "initializing",
            Self::Deploying => "deploying",
            Self::Running => "running",
            Self::Analyzing => "analyzing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// A text that names no state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no state; states are pending, initializing, deploying, running, analyzing, completed, failed, cancelled"
)]
pub struct UnknownState(String);

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, written out: row = from, column = to, in the order of [`State::ALL`].
    const TABLE: [[u8; 8]; 8] = [
        // pen ini dep run ana com fai can
        [0, 1, 0, 0, 0, 0, 0, 1], // pending
        [0, 0, 1, 0, 0, 0, 1, 0], // initializing
        [0, 0, 0, 1, 0, 0, 1, 0], // deploying
        [0, 0, 0, 0, 1, 0, 1, 1], // running
        [0, 0, 0, 0, 0, 1, 1, 0], // analyzing
        [0, 0, 0, 0, 0, 0, 0, 0], // completed
        [0, 0, 0, 0, 0, 0, 0, 0], // failed
        [0, 0, 0, 0, 0, 0, 0, 0], // cancelled
    ];

    #[test]
    fn the_table_holds_exactly_these_arrows() {
        for (from, row) in State::ALL.into_iter().zip(TABLE) {
            for (to, allowed) in State::ALL.into_iter().zip(row) {
                assert_eq!(from.may_become(to), allowed == 1, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn valid_transition_pending_to_initializing() {
        assert!(State::Pending.may_become(State::Initializing));
    }

    #[test]
    fn invalid_transition_completed_to_running() {
        assert!(!State::Completed.may_become(State::Running));
    }

    #[test]
    fn words_round_trip() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("paused".parse::<State>().is_err());
    }
}
