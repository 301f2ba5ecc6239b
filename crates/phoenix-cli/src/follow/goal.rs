//! What is waited for: the end of an experiment, or that it has come so far.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use phoenix_core::experiment::{Experiment, State};

/// The word for the end, whichever it is.
const ENDED: &str = "ended";

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The end, and that its pipelines are gone.
    Ended,
    /// This state, or one behind it.
    Reached(State),
}

impl Goal {
    /// Reads the word of a goal.
    pub(crate) fn parser() -> impl TypedValueParser<Value = Self> {
        let states = State::ALL.into_iter().filter(|state| *state != State::Pending);
        let words = std::iter::once(ENDED).chain(states.map(State::as_str));
        PossibleValuesParser::new(words)
            .try_map(|word| if word == ENDED { Ok(Self::Ended) } else { word.parse().map(Self::Reached) })
    }

    /// True when the experiment is where it was wanted and goes on. Whether it has ended is another question.
    pub(crate) fn is_passed_by(self, experiment: &Experiment) -> bool {
        match self {
            Self::Ended => false,
            // Every way leads forward, and states are in the order of the way; so whoever looks late still sees that it was there.
            Self::Reached(wanted) => !experiment.state.is_terminal() && experiment.state >= wanted,
        }
    }

    /// What a message says was waited for.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ended => ENDED,
            Self::Reached(state) => state.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use phoenix_core::testing::build::experiment;

    use super::*;

    #[test]
    fn a_state_is_reached_by_being_in_it_or_behind_it_and_no_end_is_a_state_on_the_way() {
        let mut experiment = experiment("e1", "one");
        let mut passes = |goal: Goal| {
            let passed = State::ALL.into_iter().filter(|state| {
                experiment.state = *state;
                goal.is_passed_by(&experiment)
            });
            passed.map(State::as_str).collect::<Vec<_>>()
        };
        assert_eq!(passes(Goal::Reached(State::Deploying)), ["deploying", "running", "analyzing"]);
        assert_eq!(passes(Goal::Reached(State::Completed)), [""; 0]);
        assert_eq!(passes(Goal::Ended), [""; 0]);
    }
}
