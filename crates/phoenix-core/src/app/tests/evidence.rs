//! Outages and gaps: the clock of a run stands while evidence cannot be had, and nothing is promoted without it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use crate::analysis::Verdict;
use crate::analysis::sample::SampleOutcome;
use crate::app::Ports;
use crate::app::tests::world::{LEASE, Replica, World, caller, changed, document, poll_once};
use crate::experiment::{EventKind, PipelineType, Reason, RunClock, State};
use crate::id::ExperimentId;
use crate::ports::clock::Clock;
use crate::ports::store::Schedule;
use crate::testing::build::at;
use crate::testing::fake::{FakeClock, Fault, Faults, Point, Readable};
use crate::time::{Span, Timestamp};

async fn clock(world: &World, id: &ExperimentId) -> RunClock {
    world.load(id).await.status.clock.unwrap()
}

/// An experiment that was sampled for so many seconds.
async fn running_for(world: &World, replica: &Replica, secs: u64) -> ExperimentId {
    let id = replica.start(document("one")).await;
    world.run_into(replica, &id, State::Running).await;
    world.run_for(replica, secs).await;
    id
}

async fn missing(replica: &Replica) -> (usize, usize) {
    let samples = replica.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    let is_missing = |arm: &Option<crate::analysis::sample::ArmSample>| {
        arm.as_ref().is_none_or(|arm| matches!(arm.outcome, SampleOutcome::ProviderError | SampleOutcome::NotTaken))
    };
    (
        samples.len(),
        samples.iter().filter(|sample| is_missing(&sample.baseline) && is_missing(&sample.candidate)).count(),
    )
}

#[tokio::test]
async fn an_outage_of_the_source_stops_the_clock_back_to_its_first_instant() {
    let world = World::new();
    let replica = world.replica(1);
    let id = running_for(&world, &replica, 30).await;
    world.metrics.fail(true);
    world.run_for(&replica, 25).await;
    let standing = clock(&world, &id).await;
    assert_eq!((standing.outage_since, standing.elapsed), (Some(at(31)), Span::from_secs(31)));
    world.metrics.fail(false);
    world.run_for(&replica, 1).await;
    let going = clock(&world, &id).await;
    assert_eq!((going.running_since, going.outage_used), (Some(at(56)), Span::from_secs(25)));

    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Promote)));
    assert_eq!(world.secs(), 96, "70 s of evidence, 25 s of outage, and a look after the last sample");
    assert_eq!(missing(&replica).await, (95, 25));
    let kinds = world.kinds(&id).await;
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::OutageBegan).count(), 1, "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::OutageEnded).count(), 1, "{kinds:?}");
    world.assert_sound(&id).await;
}

#[tokio::test]
async fn an_outage_beyond_the_budget_ends_the_run_on_what_there_is() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/policy", json!({"outageBudget": "60s"}))])).await;
    world.run_into(&replica, &id, State::Running).await;
    world.run_for(&replica, 10).await;
    world.metrics.fail(true);
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Inconclusive)));
    assert_eq!((ended.status.ended_by, world.secs()), (Some(Reason::OutageBudgetExhausted), 71));
}

#[tokio::test]
async fn no_evidence_at_all_fails_the_experiment() {
    let world = World::new();
    world.metrics.fail(true);
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/policy", json!({"outageBudget": "60s"}))])).await;
    let ended = world.run_to_end(&replica, &id).await;
    assert_eq!((ended.state, ended.status.reason), (State::Failed, Some(Reason::EvidenceNeverCame)));
    assert_eq!(ended.status.verdict, None);
}

/// Short: a loaded machine, a slow scrape.
#[tokio::test]
async fn a_hiccup_of_the_controller_is_recorded_and_the_clock_goes_on() {
    let world = World::new();
    let replica = world.replica(1);
    let id = running_for(&world, &replica, 10).await;
    world.pass(4);
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((ended.status.verdict, world.secs()), (Some(Verdict::Promote), 71));
    assert_eq!(missing(&replica).await, (70, 3));
    assert!(!world.kinds(&id).await.contains(&EventKind::OutageBegan));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!((comparison.samples.missing, comparison.samples.judged), (3, 63));
}

/// The clock goes on over hiccups, so what they cost is missing: a run that consists of them is no evidence.
#[tokio::test]
async fn a_run_of_hiccups_misses_what_it_did_not_sample_and_is_not_judged() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(changed("one", &[("/schedule/duration", json!("140s"))])).await;
    world.run_into(&replica, &id, State::Running).await;
    for _ in 0..69 {
        world.pass(2);
        replica.work().await;
    }
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert!(!world.kinds(&id).await.contains(&EventKind::OutageBegan));
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Inconclusive)));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert!(comparison.samples.judged > 60, "{:?}", comparison.samples);
    let reason = comparison.reasons.first().unwrap();
    assert!(reason.contains("pairs are missing"), "{reason}");
}

/// During an outage the clock stands already, whether anybody looks or not.
#[tokio::test]
async fn a_hiccup_within_an_outage_belongs_to_the_outage() {
    let world = World::new();
    let replica = world.replica(1);
    let id = running_for(&world, &replica, 20).await;
    world.metrics.fail(true);
    world.run_for(&replica, 10).await;
    world.pass(5);
    world.run_for(&replica, 5).await;
    world.metrics.fail(false);
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!(ended.status.verdict, Some(Verdict::Promote));
    let samples = replica.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    let is_not_taken = |arm: &crate::analysis::sample::ArmSample| arm.outcome == SampleOutcome::NotTaken;
    assert!(!samples.iter().filter_map(|sample| sample.baseline.as_ref()).any(is_not_taken));
    world.assert_sound(&id).await;
}

/// Long: the controller was down, and what it missed does not count against the run.
#[tokio::test]
async fn a_controller_that_was_down_in_the_middle_of_a_run_goes_on_where_it_was() {
    let world = World::new();
    let id = running_for(&world, &world.replica(1), 20).await;
    world.pass(40);
    let replica = world.replica(2);
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Promote)));
    // Sampled at 1 to 20; missed from 21 to 59; sampled again from 60 on.
    assert_eq!((world.secs(), missing(&replica).await), (110, (109, 39)));
    world.assert_sound(&id).await;
}

/// When the controller comes back, the time of the run has passed on the wall. It has not on the clock of the run.
#[tokio::test]
async fn a_run_whose_end_was_missed_is_taken_to_its_end_and_not_judged_on_a_part() {
    let world = World::new();
    let id = running_for(&world, &world.replica(1), 20).await;
    world.pass(300);
    let replica = world.replica(2);
    let ended = world.run_until(&replica, &id, |one| one.state.is_terminal()).await;
    assert_eq!((ended.status.ended_by, ended.status.verdict), (Some(Reason::DurationElapsed), Some(Verdict::Promote)));
    let comparison = replica.queries.report(&caller(), "one").await.unwrap().comparison.unwrap();
    assert_eq!(comparison.samples.judged + comparison.samples.warm_up_usable, 70);
    world.assert_sound(&id).await;
}

/// Whichever loop is first after the restart, the one that drives experiments or the one that takes samples.
#[tokio::test]
async fn a_controller_that_was_down_for_longer_than_the_budget_judges_what_there_is() {
    for sampler_first in [false, true] {
        let world = World::new();
        let id = running_for(&world, &world.replica(1), 20).await;
        world.pass(3_600);
        let replica = world.replica(2);
        if sampler_first {
            assert!(replica.sampler.sample().await.unwrap());
        }
        let ended = world.run_to_end(&replica, &id).await;
        assert_eq!((ended.state, ended.status.verdict), (State::Completed, Some(Verdict::Inconclusive)));
        assert_eq!(ended.status.ended_by, Some(Reason::OutageBudgetExhausted), "sampler first: {sampler_first}");
        world.assert_sound(&id).await;
    }
}

/// Between storing a sample and telling what it raises lies a crash; the next sample tells it again.
#[tokio::test]
async fn an_outage_that_was_stored_and_not_told_is_told_by_the_next_sample() {
    let world = World::new();
    let faults = Faults::none();
    let replica = world.replica_with(1, &faults);
    let id = running_for(&world, &replica, 10).await;
    world.metrics.fail(true);
    world.pass(1);
    faults.strike(Point { call: "record_samples", happened: true }, Fault::Stop);
    assert!(poll_once(&mut Box::pin(replica.work())).await.is_none(), "the controller dies");
    assert_eq!(clock(&world, &id).await.outage_since, None);
    world.pass(1);
    world.run_for(&world.replica(2), 1).await;
    assert_eq!(clock(&world, &id).await.outage_since, Some(at(11)));

    // The same with its end.
    world.metrics.fail(false);
    let faults = Faults::none();
    let replica = world.replica_with(3, &faults);
    world.pass(1);
    faults.strike(Point { call: "record_samples", happened: true }, Fault::Stop);
    assert!(poll_once(&mut Box::pin(replica.work())).await.is_none(), "the controller dies again");
    assert!(clock(&world, &id).await.outage_since.is_some());
    world.pass(1);
    world.run_for(&world.replica(4), 1).await;
    assert_eq!(clock(&world, &id).await.outage_since, None);
}

#[tokio::test]
async fn a_collector_with_an_older_configuration_is_no_data() {
    let world = World::new();
    let replica = world.replica(1);
    let id = replica.start(document("one")).await;
    world.run_into(&replica, &id, State::Running).await;
    world.metrics.script(PipelineType::Candidate, Readable::Outdated);
    world.run_for(&replica, 3).await;
    let samples = replica.queries.samples(&caller(), "one", None, 500).await.unwrap().samples;
    let arm = samples.last().unwrap().candidate.clone().unwrap();
    assert_eq!(arm.outcome, SampleOutcome::NoData);
    assert_eq!(arm.reason.as_deref(), Some("fake-host: the collector reports another configuration"));
}

/// Shows the time, and after so many looks lets a while pass, as a process that is suspended sees it.
struct Stalling {
    clock: Arc<FakeClock>,
    looks: AtomicU32,
}

impl Clock for Stalling {
    fn now(&self) -> Timestamp {
        let now = self.clock.now();
        if self.looks.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.clock.advance(Span::from_secs(30));
        }
        now
    }
}

/// Wherever it stalls: a run whose last samples nobody has taken does not end as if it had them.
#[tokio::test]
async fn a_controller_that_stalls_across_the_end_of_a_run_does_not_take_it_for_over() {
    for looks in 0..12 {
        let world = World::new();
        let replica = world.replica(1);
        let id = running_for(&world, &replica, 60).await;
        world.pass(9);
        let clock = Arc::new(Stalling { clock: world.clock.clone(), looks: AtomicU32::new(u32::MAX) });
        let stalling = Replica::over(2, Ports { clock: clock.clone(), ..replica.ports.clone() });
        world.store.wake(&id, world.clock.now()).await.unwrap();
        let claims = world.store.claim_due(&stalling.owner, world.clock.now(), 1, LEASE).await.unwrap();
        clock.looks.store(looks, Ordering::SeqCst);
        stalling.reconciler.drive(&claims[0]).await.unwrap();
        let seen = world.load(&id).await;
        assert_eq!(seen.state, State::Running, "after {looks} looks: {:?}", seen.status);
    }
}
