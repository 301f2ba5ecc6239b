//! What ends a run early, and what does not.

use serde_json::json;

use crate::analysis::Verdict;
use crate::app::tests::world::{World, before, caller, changed, document, trimmed};
use crate::experiment::{PipelineType, Reason, State};
use crate::testing::build_samples::Collector;
use crate::testing::fake::{Behaviour, Readable};

fn guarded(name: &str) -> serde_json::Value {
    changed(name, &[("/policy", json!({"guardrails": {"memoryBytes": 100 << 20}}))])
}

fn fat(collector: Collector) -> Readable {
    Readable::Reports(Collector { memory_mib: 101.0, ..collector })
}

#[tokio::test]
async fn a_guardrail_that_the_candidate_breaches_ends_the_run_with_a_rejection() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(guarded("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 20).await;
    world.metrics.script(PipelineType::Candidate, fat(trimmed()));
    let breached_at = world.secs();
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Reject)));
    assert_eq!(ended.status.reason, Some(Reason::GuardrailBreached));
    assert!(ended.status.message.contains("101.0 MiB"), "{}", ended.status.message);
    assert!(world.secs() - breached_at < 5, "it took {} s", world.secs() - breached_at);
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!(
        comparison.samples.taken,
        u64::try_from(breached_at).unwrap() + 1,
        "the sample that showed it is among the evidence"
    );
    assert_eq!(comparison.verdict, Verdict::Reject, "the report does not say something else than the experiment");
    let reason = comparison.reasons.first().unwrap();
    assert!(reason.starts_with("GuardrailBreached: ") && reason.contains("101.0 MiB"), "{reason}");
}

/// Enough evidence for a promotion, and then it breaks.
#[tokio::test]
async fn a_candidate_that_saves_and_breaks_at_last_is_rejected_in_its_report_too() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(guarded("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 68).await;
    world.metrics.script(PipelineType::Candidate, fat(trimmed()));
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.status.ended_by, Some(Reason::GuardrailBreached));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert!(comparison.samples.judged >= 60, "{:?}", comparison.samples);
    assert_eq!((ended.status.verdict, comparison.verdict), (Some(Verdict::Reject), Verdict::Reject));
    assert_eq!(replica.queries.metrics(&caller(), "one").await.unwrap().comparison, Some(comparison));
}

#[tokio::test]
async fn a_guardrail_that_the_baseline_breaches_too_fails_the_experiment() {
    let world = World::new();
    world.metrics.script(PipelineType::Baseline, fat(before()));
    let replica = world.replica(1);
    let id = replica.start(guarded("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(
        (ended.state, ended.status.reason, ended.status.verdict),
        (State::Failed, Some(Reason::GuardrailBreached), None)
    );
}

#[tokio::test]
async fn a_candidate_that_crashes_is_rejected_and_a_baseline_that_crashes_fails_the_experiment() {
    for (kind, state, verdict) in [
        (PipelineType::Candidate, State::Completed, Some(Verdict::Reject)),
        (PipelineType::Baseline, State::Failed, None),
    ] {
        let world = World::new();
        let replica = world.replica(1);
        let id = replica.start(document("one")).await;
        world.run_into(&replica, &id, State::Running).await;
        world.run_for(&replica, 10).await;
        world.deployer.behave(kind, Behaviour::Fails { at_look: 1, message: "out of memory".to_owned() });
        let ended = world.run_to_end(&replica, &id).await;
        assert_eq!((ended.state, ended.status.verdict), (state, verdict), "{kind}");
        assert_eq!(ended.status.reason, Some(Reason::GuardrailBreached), "{kind}");
        assert!(ended.status.message.contains("out of memory"), "{}", ended.status.message);
    }
}

#[tokio::test]
async fn a_candidate_that_emits_nothing_for_the_minimum_evidence_is_rejected() {
    let world = World::new();
    world.metrics.script(
        PipelineType::Candidate,
        Readable::Reports(Collector { executables: Vec::new(), ..trimmed().with_series(0.0) }),
    );
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Reject)));
    assert_eq!(ended.status.ended_by, Some(Reason::CandidateEmitsNothing));
    assert_eq!(world.instruments.measured().stored, 120, "60 pairs are the minimum evidence");
}

#[tokio::test]
async fn an_arm_that_is_down_is_no_outage_and_never_promoted() {
    for kind in PipelineType::ALL {
        let world = World::new();
        world.metrics.script(kind, Readable::Down);
        let replica = world.replica(1);
        let id = replica.start(document("one")).await;
        let ended = world.run_to_end(&replica, &id).await;
        assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::EvidenceNeverCame)), "{kind}");
        assert!((70..80).contains(&world.secs()), "{kind}: the clock must go on: {} s", world.secs());
    }
}

#[tokio::test]
async fn a_source_that_fails_for_one_arm_alone_does_not_stop_the_clock() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.metrics.script(PipelineType::Candidate, Readable::Failing);
    world.run_for(&replica, 10).await;
    assert!(world.load(&id).await.status.clock.unwrap().running_since.is_some());
}

#[tokio::test]
async fn an_experiment_that_runs_is_looked_at_now_and_then_and_not_all_the_time() {
    use crate::testing::fake::Operation;
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    let before = world.deployer.calls(Operation::Observe);
    world.run_for(&replica, 60).await;
    let looks = world.deployer.calls(Operation::Observe) - before;
    assert!(looks <= 3, "{looks} looks in a minute of a run in which nothing happens");
}
