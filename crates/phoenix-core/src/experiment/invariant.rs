//! The numbered invariants of the crate, each written once as a predicate over data.
//!
//! Two groups: what a single decision can show ([`check`], [`check_wait`]), and what a store, a history and a deployer show of it later
//! ([`world`]). The same predicates are asserted by [`crate::experiment::decide()`] in debug builds, guard every commit in production, and
//! judge every test, the simulator first of all.
//!
//! Knows no port that could be asked: whoever asks brings what was seen.

mod due;
mod step;
pub mod world;

pub use due::{due_by, overdue};
pub use step::{check, check_wait};

/// A numbered sentence that holds whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its number. Numbers are kept for ever: they are labels of a metric.
    pub number: u8,
    /// The sentence.
    pub text: &'static str,
}

/// Every invariant, in the order of the numbers; the list in the crate's documentation is the same.
pub const INVARIANTS: [Invariant; 18] = [
    invariant(1, "A state changes only along the table of transitions."),
    invariant(2, "State, history event and effects of one decision are committed together or not at all."),
    invariant(
        3,
        "`revision` counts committed decisions and nothing else; the history has one event for each, in order, for ever.",
    ),
    invariant(4, "The result of an effect is applied once; a superseded one changes nothing."),
    invariant(5, "In a terminal state nothing is desired to be deployed, unless the user asked to keep it."),
    invariant(6, "No path leads from \"no usable samples\" to the verdict `promote`."),
    invariant(7, "There is a verdict in `completed` and nowhere else."),
    invariant(
        8,
        "The clock of a run counts no time twice, as run, as outage or as pause, and none that has not passed.",
    ),
    invariant(
        9,
        "What is fixed once stays: the pipelines, the beginning of the run, the planned samples, why the run ended.",
    ),
    invariant(
        10,
        "A decision is committed only on the revision that it was made about and, under a lease, only under the current fence.",
    ),
    invariant(11, "No state is stayed in beyond its deadline while a replica is at work."),
    invariant(12, "There is one sample per pipeline and instant, at multiples of the interval, and it never changes."),
    invariant(13, "The evidence is sealed when the run ends."),
    invariant(14, "In the end nothing runs that is not desired."),
    invariant(15, "Whatever has started comes to its end, and its cleanup is confirmed."),
    invariant(16, "The time of an experiment never goes back, whatever the clock does."),
    invariant(17, "A tenant has at most one experiment of a name that has not ended."),
    invariant(18, "A candidate that broke a guardrail or fell silent is rejected, whatever the samples say."),
];

const fn invariant(number: u8, text: &'static str) -> Invariant {
    Invariant { number, text }
}

/// An invariant that does not hold: a defect of this program, or of a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invariant {number} is broken ({}): {detail}", sentence(*.number))]
pub struct Broken {
    /// Which one.
    pub number: u8,
    /// What was seen instead.
    pub detail: String,
}

fn sentence(number: u8) -> &'static str {
    INVARIANTS.iter().find(|one| one.number == number).map_or("unknown", |one| one.text.trim_end_matches('.'))
}

/// `Ok` when it holds; else the broken invariant with what was seen.
fn holds(number: u8, is_so: bool, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if is_so { Ok(()) } else { Err(Broken { number, detail: detail() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_documents_exactly_these_invariants() {
        let documented: Vec<String> = include_str!("../lib.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! "))
            .filter(|line| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok()))
            .map(str::to_owned)
            .collect();
        let stated: Vec<String> = INVARIANTS.iter().map(|one| format!("{}. {}", one.number, one.text)).collect();
        assert_eq!(documented, stated);
        assert!((1..).zip(&INVARIANTS).all(|(number, one)| one.number == number), "numbers have gaps");
    }

    #[test]
    fn a_broken_one_says_which_and_what_was_seen() {
        let broken = holds(7, false, || "promote in failed".to_owned()).expect_err("does not hold");
        assert_eq!(
            broken.to_string(),
            "invariant 7 is broken (There is a verdict in `completed` and nowhere else): promote in failed"
        );
    }
}
