//! Histories that once broke an invariant. They are what a failing seed prints, shrunk.

use phoenix_core::experiment::PipelineType::{Baseline, Candidate};
use phoenix_core::testing::sim::Blow::{Die, Fail, Suspend};
use phoenix_core::testing::sim::Order::{Cancel, Pause, Resume, Start, Stop};
use phoenix_core::testing::sim::Plan::{Long, Scheduled, Short};
use phoenix_core::testing::sim::Source::{Bloated, Silent};
use phoenix_core::testing::sim::Step::{Arm, Create, Jump, Live, Outage, Reports, Skip, Submit, Together, Wake};
use phoenix_core::testing::sim::{Coverage, Step, history, run};

fn replay(steps: &[Step]) -> Coverage {
    let outcome = run(steps, None);
    assert!(outcome.violation.is_none(), "{:#?}", outcome.violation);
    outcome.coverage
}

/// The clock is a day back while a run has time banked: its own time stands, and counts nothing that has not passed.
#[test]
fn a_run_that_is_stopped_after_the_clock_was_set_back_counts_no_time_that_has_not_passed() {
    replay(&[
        Create(0, 0, Short),
        Submit(0, 0, Start),
        Live(40),
        Outage(true),
        Live(20),
        Jump(-86_400),
        Submit(1, 0, Stop),
        Live(10),
    ]);
}

/// The scheduled end passes between the start and the deployment.
#[test]
fn an_end_that_has_passed_when_a_state_is_entered_ends_it_at_once() {
    replay(&[Create(0, 0, Scheduled), Submit(1, 0, Start), Jump(16), Skip(198), Live(10)]);
}

/// Two replicas die one after the other, and then the clock is set back: their leases end a day later.
#[test]
fn leases_of_the_dead_that_lie_a_day_ahead_end_after_all() {
    replay(&[
        Create(0, 0, Scheduled),
        Submit(1, 0, Start),
        Arm(0, 12, Die),
        Live(2),
        Live(6),
        Arm(1, 33, Die),
        Skip(343),
        Live(41),
        Jump(-86_400),
    ]);
}

/// A cancelled run takes no more time: its clock ends with it.
#[test]
fn the_clock_of_a_run_ends_however_it_ends() {
    for order in [Cancel, Stop] {
        replay(&[
            Create(0, 0, Short),
            Submit(0, 0, Start),
            Live(30),
            Submit(0, 0, Pause),
            Live(20),
            Submit(1, 0, Resume),
            Live(10),
            Submit(1, 0, order),
            Live(300),
        ]);
    }
}

/// What every history should be able to show: a promotion, a rejection for each reason, and a suspended replica that comes late.
#[test]
fn whole_experiments_come_to_what_they_should() {
    let promoted = replay(&[Create(0, 0, Long), Submit(0, 0, Start), Live(700)]);
    assert!(promoted.events.contains("experiment.completed Analysed"), "{:?}", promoted.events);
    let guarded = |source| {
        let steps = [
            Create(0, 0, phoenix_core::testing::sim::Plan::Guarded),
            Submit(1, 0, Start),
            Live(20),
            Reports(Candidate, source),
            Live(60),
        ];
        replay(&steps).events
    };
    assert!(guarded(Bloated).contains("experiment.completed GuardrailBreached"));
    assert!(guarded(Silent).contains("experiment.completed CandidateEmitsNothing"));
    let late = replay(&[
        Create(0, 0, Short),
        Submit(1, 0, Start),
        Live(30),
        Arm(0, 9, Suspend),
        Arm(1, 40, Fail),
        Reports(Baseline, Silent),
        Together(7),
        Live(400),
        Wake(0),
    ]);
    assert_eq!(late.ended, 1);
}

/// The same seed is the same history, and the same history comes to the same end.
#[test]
fn a_seed_is_all_that_a_history_depends_on() {
    for seed in 0..50 {
        let steps = history(seed);
        assert_eq!(steps, history(seed));
        assert_eq!(run(&steps, None), run(&steps, None), "seed {seed}");
    }
}
