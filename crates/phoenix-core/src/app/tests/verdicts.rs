//! Whole experiments, from the creation to the verdict.

use serde_json::json;

use crate::analysis::{Indicator, Outcome, Verdict};
use crate::app::tests::world::{World, caller, changed, document, lossy, trimmed};
use crate::experiment::{Cleanup, Command, EventKind, PipelineType, Reason, State};
use crate::ports::failure::Failure;
use crate::testing::fake::Readable;

#[tokio::test]
async fn a_candidate_that_saves_and_keeps_is_promoted() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;

    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Promote)), "{:?}", ended.status);
    assert_eq!((ended.status.reason, ended.status.ended_by), (Some(Reason::Analysed), Some(Reason::DurationElapsed)));
    assert_eq!(ended.status.cleanup, Cleanup::Confirmed);
    assert!(world.deployer.running().is_empty());
    let kinds = [
        EventKind::Created,
        EventKind::Started,
        EventKind::Deploying,
        EventKind::Running,
        EventKind::Analyzing,
        EventKind::Completed,
        EventKind::CleanedUp,
    ];
    assert_eq!(world.kinds(&id).await, kinds);
    world.assert_sound(&id).await;

    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    let counts = comparison.samples;
    assert_eq!((counts.taken, counts.warm_up, counts.missing), (70, 4, 0), "every second of the run, the last one too");
    let series = comparison.indicator(Indicator::ActiveSeries).unwrap();
    assert_eq!((series.outcome, series.baseline, series.candidate), (Outcome::Improved, Some(474.0), Some(98.0)));
    assert_eq!(comparison.lost.iter().map(|lost| lost.executable.as_str()).collect::<Vec<_>>(), ["kworker/0:1"]);

    let measured = world.instruments.measured();
    assert_eq!((measured.stored, measured.missing), (140, 0));
    assert!(measured.transitions.iter().all(|(_, _, success)| *success), "{measured:?}");
    assert_eq!(measured.generated, ["process-baseline", "process-baseline"]);
    assert_eq!(world.metrics.calls(), 70, "one batch for both arms");
}

#[tokio::test]
async fn a_candidate_that_loses_a_critical_process_is_rejected() {
    let world = World::new();
    world.metrics.script(PipelineType::Candidate, Readable::Reports(lossy()));
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Reject)));
    assert!(ended.status.message.contains("postgres"), "{}", ended.status.message);
}

#[tokio::test]
async fn a_saving_that_comes_and_goes_is_inconclusive() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 40).await;
    world.metrics.script(PipelineType::Candidate, Readable::Reports(trimmed().with_series(474.0)));
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Inconclusive)));
}

#[tokio::test]
async fn a_run_that_is_stopped_early_is_judged_on_what_there_is() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 30).await;
    replica.command(&id, Command::Stop { message: String::new() }).await.unwrap();
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Inconclusive)));
    assert_eq!(ended.status.ended_by, Some(Reason::StopRequested));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!(comparison.samples.taken, 30);
}

#[tokio::test]
async fn the_scheduled_end_is_wall_time() {
    let world = World::new();
    let replica = world.replica(1);
    let end = crate::testing::build::at(20).to_string();
    let id = replica.start(changed("one", &[("/schedule/end", json!(end))])).await;
    let analyzed = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((analyzed.status.ended_by, world.secs()), (Some(Reason::ScheduledEnd), 20));
}

/// A run of more instants than one page of the analysis.
#[tokio::test]
async fn a_long_run_is_judged_on_all_of_its_samples() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/schedule/duration", json!("350s"))])).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!(ended.status.verdict, Some(Verdict::Promote));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!((comparison.samples.taken, comparison.samples.judged), (350, 346));
}

/// A sample that was under way when the run ended changes nothing, whenever the analysis is repeated.
#[tokio::test]
async fn what_is_stored_after_the_end_of_a_run_is_not_judged() {
    use crate::testing::fake::{Fault, Faults, Point};
    let world = World::new();
    let faults = Faults::none();
    let slow = world.replica_with(1, &faults);
    let id = slow.start(document("one")).await;
    world.run_into(&slow, &id, State::Running).await;
    world.run_for(&slow, 30).await;
    world.pass(1);
    faults.strike(Point { call: "record_samples", happened: false }, Fault::Stop);
    let mut sampling = Box::pin(slow.sampler.sample());
    assert!(crate::app::tests::world::poll_once(&mut sampling).await.is_none(), "the sample is under way");
    let other = world.replica(2);
    other.command(&id, Command::Stop { message: String::new() }).await.unwrap();
    faults.wake_up();
    assert!(crate::app::tests::world::poll_once(&mut sampling).await.unwrap().unwrap(), "it is stored at last");
    world.run_to_end(&other, &id).await;
    let comparison = other.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!(comparison.samples.taken, 30);
    let shown = other.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    assert_eq!(shown.len(), 30, "what is shown is what was judged");
}

/// A failure of the store while the samples are compared is no reason to give up, and loses nothing.
#[tokio::test]
async fn the_analysis_is_repeated_until_it_can_be_done() {
    use crate::testing::fake::{Fault, Faults, Point};
    let world = World::new();
    let faults = Faults::none();
    let replica = world.replica_with(1, &faults);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 69).await;
    replica.command(&id, Command::Stop { message: String::new() }).await.unwrap();
    faults.strike(Point { call: "samples", happened: false }, Fault::Failure);
    let failures = replica.work().await;
    assert_eq!(failures.iter().map(Failure::message).collect::<Vec<_>>(), ["samples fails as asked"]);
    assert_eq!(world.load(&id).await.state, State::Analyzing);
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Promote)));
}
