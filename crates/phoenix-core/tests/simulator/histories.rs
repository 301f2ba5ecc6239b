//! Many histories without a violation, and that they get somewhere.

use std::fmt::Write as _;

use phoenix_core::experiment::State;
use phoenix_core::testing::sim::{Coverage, history, run, shrunk};

/// How many histories are lived through unless told otherwise: what fits into the tests that everybody runs.
const HISTORIES: u64 = 30_000;

/// Fewer than these prove little, and need not get everywhere.
const ENOUGH: u64 = 10_000;
/// What happens in one of so many histories, besides all transitions: event and reason.
const EVENTS: [&str; 33] = [
    "experiment.analyzing CandidateEmitsNothing",
    "experiment.analyzing DurationElapsed",
    "experiment.analyzing GuardrailBreached",
    "experiment.analyzing OutageBudgetExhausted",
    "experiment.analyzing ScheduledEnd",
    "experiment.analyzing StopRequested",
    "experiment.cancelled CancelRequested",
    "experiment.cancelled PendingExpired",
    "experiment.cleaned_up PipelinesRemoved",
    "experiment.completed Analysed",
    "experiment.completed CandidateEmitsNothing",
    "experiment.completed GuardrailBreached",
    "experiment.created Created",
    "experiment.deleted DeleteRequested",
    "experiment.deleted RetentionElapsed",
    "experiment.deploying Generated",
    "experiment.failed AbortRequested",
    "experiment.failed AnalyzingDeadline",
    "experiment.failed ComponentMissing",
    "experiment.failed DeployingDeadline",
    "experiment.failed EvidenceNeverCame",
    "experiment.failed GuardrailBreached",
    "experiment.failed InitializingDeadline",
    "experiment.failed PipelineFailed",
    "experiment.failed ScheduledEnd",
    "experiment.outage_began OutageBegan",
    "experiment.outage_ended OutageEnded",
    "experiment.paused PauseRequested",
    "experiment.redeploying DeployRequested",
    "experiment.resumed ResumeRequested",
    "experiment.running PipelinesReady",
    "experiment.started ScheduledStart",
    "experiment.started StartRequested",
];
/// Calls of ports that are struck in one of so many histories, before and behind the call.
const FAULTS: [&str; 18] = [
    "create",
    "load",
    "commit",
    "delete",
    "claim_due",
    "settle",
    "pending",
    "postpone",
    "record_observations",
    "claim_sampling",
    "record_samples",
    "samples",
    "ensure",
    "observe",
    "remove",
    "generate",
    "read",
    "acquire",
];

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how many")]
fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn histories() -> u64 {
    number("PHOENIX_SIM_HISTORIES", HISTORIES)
}

/// The seeds of this run: every second one, so that two tests share them and run beside each other.
fn seeds(first: u64) -> impl Iterator<Item = u64> {
    let begin = number("PHOENIX_SIM_SEED", 0);
    (begin + first..begin + histories()).step_by(2)
}

/// What to paste into a test, for a seed that breaks an invariant.
fn report(seed: u64) -> String {
    let steps = shrunk(&history(seed), None);
    let violation = run(&steps, None).violation;
    let mut text = format!("seed {seed}: {violation:#?}\nshrunk to {} steps:\n\nreplay(&[\n", steps.len());
    for step in &steps {
        let _ = writeln!(text, "    {step:?},");
    }
    text + "]);\n"
}

fn live(first: u64) -> Coverage {
    let mut coverage = Coverage::default();
    for seed in seeds(first) {
        let outcome = run(&history(seed), None);
        assert!(outcome.violation.is_none(), "{}", report(seed));
        coverage = coverage.and(outcome.coverage);
    }
    coverage
}

#[test]
fn no_history_of_an_even_seed_breaks_an_invariant() {
    assert_it_gets_somewhere(&live(0));
}

#[test]
fn no_history_of_an_odd_seed_breaks_an_invariant() {
    assert_it_gets_somewhere(&live(1));
}

/// A simulator that never gets anywhere finds nothing.
fn assert_it_gets_somewhere(coverage: &Coverage) {
    println!("{} experiments ended; struck: {:?}; {:#?}", coverage.ended, coverage.faults, coverage.events);
    if histories() < ENOUGH {
        return;
    }
    for from in State::ALL {
        for to in from.successors() {
            assert!(coverage.transitions.contains(&(from, *to)), "no history leads from {from} to {to}");
        }
    }
    for event in EVENTS {
        assert!(coverage.events.contains(event), "no history comes to {event}");
    }
    for call in FAULTS {
        for happened in [false, true] {
            assert!(coverage.faults.contains(&(call, happened)), "no fault strikes {call}, happened: {happened}");
        }
    }
}
