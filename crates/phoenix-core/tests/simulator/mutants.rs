//! The simulator catches what is broken on purpose, names the right invariant, and shrinks what it found.

use phoenix_core::experiment::invariant::INVARIANTS;
use phoenix_core::testing::sim::{Mutant, history, run, shrunk};

#[test]
fn every_invariant_has_a_mutant() {
    for invariant in INVARIANTS {
        let has_one = Mutant::ALL.iter().any(|mutant| mutant.breaks() == invariant.number);
        assert!(has_one, "nothing shows that invariant {} would be noticed: {}", invariant.number, invariant.text);
    }
}

/// Looks for the mutant within so many seeds; what breaks first must be its invariant, also after the history was shrunk.
fn assert_caught(mutant: Mutant, seeds: u64) {
    let found = (0..seeds).find_map(|seed| Some((seed, run(&history(seed), Some(mutant)).violation?)));
    let Some((seed, violation)) = found else { panic!("{mutant:?} was not caught within {seeds} seeds") };
    assert_eq!(violation.invariant, mutant.breaks(), "{mutant:?}, seed {seed}: {violation:#?}");
    let before = history(seed);
    let steps = shrunk(&before, Some(mutant));
    let still = run(&steps, Some(mutant)).violation;
    assert_eq!(still.map(|still| still.invariant), Some(mutant.breaks()), "{steps:?}");
    assert!(run(&steps, None).violation.is_none(), "{mutant:?} is not needed for {steps:?}");
    println!("{mutant:?}: seed {seed}, {} steps of {}: {steps:?}", steps.len(), before.len());
}

/// One test for each mutant, and a match that knows them all.
macro_rules! caught {
    ($($test:ident: $mutant:ident within $seeds:literal,)+) => {
        $(
            #[test]
            fn $test() {
                assert_caught(Mutant::$mutant, $seeds);
            }
        )+

        #[test]
        fn every_mutant_has_a_test() {
            let tested = [$(Mutant::$mutant),+];
            assert_eq!(tested, Mutant::ALL);
        }
    };
}

caught! {
    invariant_1_notices_an_arrow_that_is_not_there: TakesAnArrowThatIsNotThere within 10,
    invariant_2_notices_a_lost_effect: LosesEffects within 10,
    invariant_2_notices_a_lost_row: LosesTheRow within 10,
    invariant_3_notices_a_hidden_event: HidesAnEvent within 10,
    invariant_4_notices_a_late_result: AppliesLateResults within 20_000,
    invariant_4_notices_a_result_that_is_applied_twice: AppliesTwice within 10,
    invariant_5_notices_pipelines_that_nobody_asked_to_keep: KeepsPipelines within 10,
    invariant_6_notices_a_promotion_without_evidence: PromotesWithoutEvidence within 200,
    invariant_6_notices_a_lost_comparison: LosesTheComparison within 2_000,
    invariant_7_notices_a_verdict_in_failed: KeepsAVerdictInFailed within 200,
    invariant_8_notices_an_outage_that_counts_as_run: CountsAnOutageAsRun within 200,
    invariant_8_notices_a_pause_that_counts_as_run: CountsAPauseAsRun within 200,
    invariant_9_notices_a_changed_plan: PlansAgain within 10,
    invariant_10_notices_a_commit_on_an_old_revision: IgnoresTheRevision within 20_000,
    invariant_10_notices_a_commit_under_an_old_fence: IgnoresTheFence within 1_000,
    invariant_11_notices_a_forgotten_deadline: ForgetsDeadlines within 100,
    invariant_12_notices_an_instant_that_is_there_twice: SamplesTwice within 10,
    invariant_12_notices_a_replaced_sample: ReplacesSamples within 5_000,
    invariant_13_notices_evidence_that_came_late: TakesLateSamples within 2_000,
    invariant_14_notices_a_pipeline_that_is_left: LeavesPipelines within 10,
    invariant_15_notices_a_cleanup_that_never_ends: NeverConfirms within 10,
    invariant_16_notices_time_that_goes_back: EntersInThePast within 10,
    invariant_17_notices_a_name_that_is_given_twice: GivesNamesTwice within 200,
    invariant_18_notices_a_forgiven_breach: ForgivesABreach within 1_000,
}
