//! States: the closed enumeration of the messages, whose zero also means that nothing was set.

use phoenix_core::experiment::State;
use phoenix_core::spec::Violation;
use phoenix_proto::controller::v1 as proto;
use phoenix_proto::controller::v1::experiment_state::State as Shown;

/// A state as a message.
pub(in crate::grpc) fn state(state: State) -> proto::ExperimentState {
    proto::ExperimentState { value: shown(state).into() }
}

/// The state that a command is spoken in. Unset and unknown ones are refused; which of the eight make a command is for the core to say.
pub(in crate::grpc) fn requested(state: Option<proto::ExperimentState>) -> Result<State, Violation> {
    let hint = "ask for INITIALIZING (start), ANALYZING (stop), CANCELLED (cancel) or FAILED (abort)";
    let state = state.ok_or_else(|| Violation::new("state", "missing").with_hint(hint))?;
    known(state.value).ok_or_else(|| Violation::new("state", format!("{} is no state", state.value)).with_hint(hint))
}

/// The states of a filter.
pub(in crate::grpc) fn filter(states: &[i32]) -> Result<Vec<State>, Vec<Violation>> {
    let read = |(index, number): (usize, &i32)| {
        known(*number).ok_or_else(|| {
            let violation = Violation::new(format!("states[{index}]"), format!("{number} is no state"));
            violation.with_hint("allowed: 0 (PENDING) to 7 (CANCELLED)")
        })
    };
    let (states, violations): (Vec<_>, Vec<_>) = states.iter().enumerate().map(read).partition(Result::is_ok);
    let violations: Vec<Violation> = violations.into_iter().filter_map(Result::err).collect();
    if violations.is_empty() { Ok(states.into_iter().filter_map(Result::ok).collect()) } else { Err(violations) }
}

fn known(number: i32) -> Option<State> {
    Shown::try_from(number).ok().map(read)
}

const fn shown(state: State) -> Shown {
    match state {
        State::Pending => Shown::Pending,
        State::Initializing => Shown::Initializing,
        State::Deploying => Shown::Deploying,
        State::Running => Shown::Running,
        State::Analyzing => Shown::Analyzing,
        State::Completed => Shown::Completed,
        State::Failed => Shown::Failed,
        State::Cancelled => Shown::Cancelled,
    }
}

const fn read(state: Shown) -> State {
    match state {
        Shown::Pending => State::Pending,
        Shown::Initializing => State::Initializing,
        Shown::Deploying => State::Deploying,
        Shown::Running => State::Running,
        Shown::Analyzing => State::Analyzing,
        Shown::Completed => State::Completed,
        Shown::Failed => State::Failed,
        Shown::Cancelled => State::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_both_ways_under_its_own_word() {
        for one in State::ALL {
            assert_eq!(requested(Some(state(one))), Ok(one));
            assert_eq!(filter(&[state(one).value]), Ok(vec![one]));
            assert_eq!(shown(one).as_str_name(), one.as_str().to_uppercase());
        }
    }

    #[test]
    fn an_unset_state_is_missing_and_an_unknown_one_is_named() {
        assert_eq!(requested(None).expect_err("refused").to_string().lines().next(), Some("state: missing"));
        let unknown = requested(Some(proto::ExperimentState { value: 8 })).expect_err("refused");
        assert_eq!(unknown.message, "8 is no state");
        let violations = filter(&[1, -1, 2, 99]).expect_err("refused");
        let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["states[1]", "states[3]"]);
    }
}
