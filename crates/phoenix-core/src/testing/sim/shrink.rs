//! Makes a failing history short: steps are left out as long as the same invariant is broken (delta debugging, Zeller and Hildebrandt 2002).

use crate::testing::sim::{Mutant, Step, run};

/// The shortest list that is found by leaving out steps, which breaks the same invariant; the steps themselves where they break none.
pub fn shrunk(steps: &[Step], mutant: Option<Mutant>) -> Vec<Step> {
    let Some(violation) = run(steps, mutant).violation else { return steps.to_vec() };
    let fails =
        |steps: &[Step]| run(steps, mutant).violation.is_some_and(|other| other.invariant == violation.invariant);
    let mut steps = steps.to_vec();
    let mut length = steps.len().div_ceil(2);
    loop {
        let before = steps.len();
        steps = without_chunks(steps, length, &fails);
        if length == 1 && steps.len() == before {
            return steps;
        }
        length = length.div_ceil(2).max(1);
    }
}

/// Leaves out every run of so many steps that is not needed.
fn without_chunks(mut steps: Vec<Step>, length: usize, fails: &impl Fn(&[Step]) -> bool) -> Vec<Step> {
    let mut from = 0;
    while from < steps.len() {
        let mut shorter = steps.clone();
        shorter.drain(from..(from + length).min(steps.len()));
        if fails(&shorter) {
            steps = shorter;
        } else {
            from += length;
        }
    }
    steps
}
