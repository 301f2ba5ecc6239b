//! Every input in every situation to a stated depth.

use std::collections::BTreeSet;

use phoenix_core::experiment::State;
use phoenix_core::testing::sim::walk::{Ended, alphabet, walk};

/// Inputs in a row. Six lead from the creation through every state to the confirmed cleanup.
const DEPTH: usize = 7;

#[test]
fn every_input_in_every_situation_keeps_the_invariants() {
    let walk = walk(DEPTH).unwrap_or_else(|broken| panic!("{broken}"));
    println!("{} situations, {} decisions", walk.situations, walk.decisions);
    assert!(walk.situations > 1_000, "{} situations are too few to be all of them", walk.situations);
    for state in State::ALL {
        for letter in alphabet() {
            assert!(walk.outcomes.contains_key(&(state, letter.name)), "{} was never tried in {state}", letter.name);
        }
    }
    let arrows = |(from, ended): (State, &Ended)| match ended {
        Ended::Moved(to) => Some((from, *to)),
        Ended::Noted | Ended::Unchanged | Ended::Refused => None,
    };
    let reached: BTreeSet<(State, State)> = walk
        .outcomes
        .iter()
        .flat_map(|((from, _), outcomes)| outcomes.iter().filter_map(move |ended| arrows((*from, ended))))
        .collect();
    let table: BTreeSet<(State, State)> =
        State::ALL.into_iter().flat_map(|from| from.successors().iter().map(move |to| (from, *to))).collect();
    assert_eq!(reached, table, "exactly the arrows of the table are reached");
}

#[test]
fn only_commands_are_ever_refused() {
    let walk = walk(4).unwrap_or_else(|broken| panic!("{broken}"));
    for letter in alphabet().filter(|letter| !letter.is_command) {
        for state in State::ALL {
            let outcomes = walk.outcomes.get(&(state, letter.name));
            let is_refused = outcomes.is_some_and(|outcomes| outcomes.contains(&Ended::Refused));
            assert!(!is_refused, "{} is refused in {state}", letter.name);
        }
    }
}
