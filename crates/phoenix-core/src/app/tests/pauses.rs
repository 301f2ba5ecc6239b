//! Pauses by request, and the freeze of the whole controller.

use serde_json::json;

use crate::analysis::Verdict;
use crate::analysis::sample::SampleOutcome;
use crate::app::Control;
use crate::app::tests::world::{Replica, World, before, caller, changed, document, trimmed};
use crate::error::Code;
use crate::experiment::{Command, EventKind, PipelineType, Reason, State};
use crate::id::ExperimentId;
use crate::testing::build::at;
use crate::testing::build_samples::Collector;
use crate::testing::fake::Readable;
use crate::time::Span;

fn pause() -> Command {
    Command::Pause { message: "maintenance".to_owned() }
}

fn resume() -> Command {
    Command::Resume { message: String::new() }
}

async fn running_for(world: &World, replica: &Replica, document: serde_json::Value, secs: u64) -> ExperimentId {
    let id = replica.start(document).await;
    world.run_into(replica, &id, State::Running).await;
    world.run_for(replica, secs).await;
    id
}

async fn outcomes(replica: &Replica) -> Vec<(i64, SampleOutcome)> {
    let samples = replica.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    let secs = |sample: &crate::analysis::sample::PairedSample| sample.instant.since(at(0)).as_micros() / 1_000_000;
    let one = |sample: &crate::analysis::sample::PairedSample| {
        (i64::try_from(secs(sample)).unwrap(), sample.candidate.as_ref().unwrap().outcome)
    };
    samples.iter().map(one).collect()
}

/// Whatever happens to the hosts in a pause, it is no evidence, and nothing is computed across it.
#[tokio::test]
async fn what_happens_in_a_pause_is_not_judged() {
    let world = World::new();
    let replica = world.replica(1);
    let id = running_for(&world, &replica, document("one"), 30).await;
    replica.command(&id, pause()).await.unwrap();
    // Both collectors are down, then are busy: a rate over the pause would show it.
    world.metrics.script(PipelineType::Candidate, Readable::Down);
    world.metrics.script(PipelineType::Baseline, Readable::Down);
    world.run_for(&replica, 1_000).await;
    assert_eq!(world.load(&id).await.state, State::Running, "a pause is no outage and has no budget");
    world.metrics.script(PipelineType::Baseline, Readable::Reports(before()));
    world.metrics.script(PipelineType::Candidate, Readable::Reports(trimmed()));
    replica.command(&id, resume()).await.unwrap();
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Promote)), "{:?}", ended.status);
    let clock = ended.status.clock.unwrap();
    assert_eq!(
        (clock.elapsed, clock.outage_used),
        (Span::from_secs(71), Span::ZERO),
        "and a look after the last sample"
    );
    let kinds = world.kinds(&id).await;
    for kind in [EventKind::Paused, EventKind::Resumed] {
        assert_eq!(kinds.iter().filter(|one| **one == kind).count(), 1, "{kinds:?}");
    }
    let outcomes = outcomes(&replica).await;
    let marks = outcomes.iter().filter(|(_, outcome)| *outcome == SampleOutcome::Paused).count();
    assert_eq!((outcomes.len(), marks), (71, 1), "the rest are usable: {outcomes:?}");
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, SampleOutcome::Ok | SampleOutcome::Paused)));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!((comparison.samples.missing, comparison.samples.taken), (0, 70), "{:?}", comparison.samples);
    world.assert_sound(&id).await;
}

/// The controller is down while the experiment is paused and resumed by another replica: what was not sampled in the pause is not missing.
#[tokio::test]
async fn instants_of_a_pause_are_not_missing_even_if_nobody_marked_it() {
    let world = World::new();
    let replica = world.replica(1);
    let id = running_for(&world, &replica, document("one"), 30).await;
    replica.command(&id, pause()).await.unwrap();
    world.pass(500);
    replica.command(&id, resume()).await.unwrap();
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.status.verdict, Some(Verdict::Promote));
    assert_eq!(ended.status.clock.unwrap().outage_used, Span::ZERO);
    assert!(outcomes(&replica).await.iter().all(|(_, outcome)| *outcome == SampleOutcome::Ok));
}

#[tokio::test]
async fn a_guardrail_holds_in_a_pause() {
    let world = World::new();
    let replica = world.replica(1);
    let guarded = changed("one", &[("/policy", json!({"guardrails": {"memoryBytes": 100 << 20}}))]);
    let id = running_for(&world, &replica, guarded, 10).await;
    replica.command(&id, pause()).await.unwrap();
    world.run_for(&replica, 10).await;
    let fat = Collector { memory_mib: 101.0, ..trimmed() };
    world.metrics.script(PipelineType::Candidate, Readable::Reports(fat));
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.status.reason, ended.status.verdict), (Some(Reason::GuardrailBreached), Some(Verdict::Reject)));
}

#[tokio::test]
async fn while_the_controller_is_frozen_nothing_starts_and_what_runs_goes_on() {
    let world = World::new();
    let replica = world.replica(1);
    let control = Control::new(replica.ports.clone());
    let running = running_for(&world, &replica, document("running"), 5).await;
    let scheduled = changed("scheduled", &[("/schedule/start", json!(at(30).to_string()))]);
    let scheduled = replica.commands.create(&caller(), scheduled).await.unwrap().experiment;

    let freeze = control.freeze(&caller(), "release day").await.unwrap();
    assert_eq!((freeze.actor.as_str(), freeze.reason.as_str()), ("alice", "release day"));
    assert_eq!(control.freeze(&caller(), "again").await.unwrap(), freeze, "the first one holds");
    assert_eq!(control.freeze_state().await.unwrap(), Some(freeze));
    let waiting = replica.commands.create(&caller(), document("waiting")).await.unwrap().experiment;
    let error = replica.command(&waiting.id, Command::Start).await.unwrap_err();
    assert_eq!(error.code(), Code::Frozen);
    assert!(error.message().contains("thaw"), "{error}");
    let ended = world.run_to_end(&replica, &running).await;
    assert_eq!(ended.status.verdict, Some(Verdict::Promote));
    assert!(world.secs() > 60, "the scheduled start has come");
    assert_eq!(world.load(&scheduled.id).await.state, State::Pending);

    control.thaw().await.unwrap();
    control.thaw().await.unwrap();
    assert_eq!(control.freeze_state().await.unwrap(), None);
    world.run_for(&replica, 11).await;
    assert_ne!(world.load(&scheduled.id).await.state, State::Pending, "its start had come");
    replica.command(&waiting.id, Command::Start).await.unwrap();
    let error = control.freeze(&caller(), &"x".repeat(401)).await.unwrap_err();
    assert_eq!(error.code(), Code::ValidationFailed);
}
