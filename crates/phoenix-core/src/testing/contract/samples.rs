//! The contract of the sampling lane, for the same stores.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

mod evidence;

use std::collections::BTreeMap;

use crate::analysis::Digest;
use crate::analysis::sample::{ArmSample, PairedSample, SampleOutcome};
use crate::experiment::{Experiment, PipelineObservation, PipelineType, State};
use crate::ports::samples::{SampleRow, SampleStore, SamplingUnit};
use crate::ports::store::{DeploymentStore, ExperimentStore};
use crate::testing::build::{at, experiment, generated};
use crate::testing::contract::concurrently;
use crate::testing::contract::store::{
    LEASE, StoreFixture, StorePorts, brought_to, committed, deleted_event, replica, step, store_new,
};
use crate::time::{Span, Timestamp};

pub use evidence::{
    a_stored_sample_stays_as_it_is, samples_are_of_the_window_and_of_the_experiment, samples_are_read_page_by_page,
    samples_come_back_in_order_and_paired, samples_that_come_late_are_no_evidence,
    the_latest_instant_is_that_of_the_evidence,
};

/// Runs the contract of the sampling lane against the store that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! sampling_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; samples {
            nothing_is_sampled_while_nothing_runs,
            a_run_is_due_at_the_first_instant_after_its_beginning,
            a_class_holds_all_its_running_experiments,
            classes_come_one_by_one_and_the_most_overdue_first,
            only_the_latest_due_instant_is_handed_out,
            nobody_claims_a_class_that_somebody_holds,
            concurrent_samplers_never_share_a_class,
            a_sampling_lease_that_ended_is_claimed_again,
            a_recorded_unit_is_not_due_again,
            samples_come_back_in_order_and_paired,
            samples_are_of_the_window_and_of_the_experiment,
            a_stored_sample_stays_as_it_is,
            a_late_unit_turns_nothing_back,
            a_member_brings_its_digest_and_its_observations,
            a_run_that_ended_is_not_sampled,
            a_run_that_begins_while_its_class_is_held_waits_for_the_next_instant,
            samples_of_a_deleted_experiment_are_dropped,
            samples_that_come_late_are_no_evidence,
            samples_are_read_page_by_page,
            the_latest_instant_is_that_of_the_evidence,
            finished_experiments_are_not_sampled,
        } }
    };
}

/// A running experiment, sampled every `interval` seconds, whose run began at `at(secs + 2)`.
async fn running(store: &impl StorePorts, id: &str, interval: u64, secs: i64) -> Experiment {
    let mut new = experiment(id, id);
    new.spec.schedule.sample_interval = Span::from_secs(interval);
    brought_to(store, store_new(store, new, None).await, State::Running, secs).await
}

async fn claim(store: &impl StorePorts, owner: u32, now: Timestamp) -> Option<SamplingUnit> {
    store.claim_sampling(&replica(owner), now, LEASE).await.expect("claims")
}

async fn claimed(store: &impl StorePorts, secs: i64) -> SamplingUnit {
    claim(store, 1, at(secs)).await.expect("a class is due")
}

async fn next(store: &impl StorePorts) -> Option<Timestamp> {
    store.next_sampling().await.expect("reads")
}

fn members(unit: &SamplingUnit) -> Vec<&str> {
    let mut ids: Vec<&str> = unit.members.iter().map(|member| member.experiment.id.as_str()).collect();
    ids.sort_unstable();
    ids
}

fn arm(outcome: SampleOutcome, reason: &str) -> ArmSample {
    ArmSample { outcome, reason: Some(reason.to_owned()), hosts: BTreeMap::new() }
}

fn row(experiment: &Experiment, kind: PipelineType, instant: Timestamp, sample: ArmSample) -> SampleRow {
    SampleRow {
        experiment_id: experiment.id.clone(),
        pipeline: generated(experiment).get(kind).name.clone(),
        collected_at: instant,
        sample,
    }
}

fn both(experiment: &Experiment, instant: Timestamp, reason: &str) -> Vec<SampleRow> {
    PipelineType::ALL.into_iter().map(|kind| row(experiment, kind, instant, arm(SampleOutcome::Ok, reason))).collect()
}

fn digest(silent: u64) -> Digest {
    Digest { candidate_silent: silent, ..Digest::default() }
}

async fn record(store: &impl StorePorts, unit: &SamplingUnit, reason: &str, silent: u64) {
    let of_all = |member: &crate::ports::samples::SamplingMember| both(&member.experiment, unit.instant, reason);
    let rows = unit.members.iter().flat_map(of_all).collect();
    let digests = unit.members.iter().map(|member| (member.experiment.id.clone(), digest(silent))).collect();
    store.record_samples(unit, rows, digests).await.expect("records");
}

async fn samples(store: &impl StorePorts, experiment: &Experiment) -> Vec<PairedSample> {
    store.samples(experiment, at(-1_000), at(100_000), 1_000).await.expect("reads")
}

/// Only running experiments are sampled.
pub async fn nothing_is_sampled_while_nothing_runs<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, state) in [("e1", State::Pending), ("e2", State::Deploying), ("e3", State::Analyzing)] {
        brought_to(store, store_new(store, experiment(id, id), None).await, state, 1).await;
    }
    assert_eq!(next(store).await, None);
    assert_eq!(claim(store, 1, at(1_000)).await, None);
}

/// Instants are multiples of the interval since the epoch; the first one lies behind the beginning of the run.
pub async fn a_run_is_due_at_the_first_instant_after_its_beginning<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 15, 5).await;
    assert_eq!(one.updated_at, at(7));
    assert_eq!(next(store).await, Some(at(15)));
    assert_eq!(claim(store, 1, at(14)).await, None);
    let unit = claimed(store, 15).await;
    assert_eq!((unit.interval, unit.instant), (Span::from_secs(15), at(15)));
    assert_eq!(unit.members.into_iter().map(|member| member.experiment).collect::<Vec<_>>(), [one]);
}

/// The unit of work is the class, not the experiment.
pub async fn a_class_holds_all_its_running_experiments<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for id in ["e1", "e2", "e3"] {
        running(store, id, 10, 0).await;
    }
    running(store, "other", 20, 0).await;
    assert_eq!(members(&claimed(store, 10).await), ["e1", "e2", "e3"]);
    assert_eq!(claim(store, 1, at(10)).await, None);
}

/// The class that waits longest is sampled first.
pub async fn classes_come_one_by_one_and_the_most_overdue_first<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for (id, interval) in [("slow", 60), ("fast", 5), ("middle", 20)] {
        running(store, id, interval, 0).await;
    }
    let mut order = Vec::new();
    while let Some(unit) = claim(store, 1, at(60)).await {
        order.push((unit.interval, unit.instant));
    }
    let expected = [5, 20, 60].map(|secs| (Span::from_secs(secs), at(60)));
    assert_eq!(order, expected);
    assert_eq!(next(store).await, Some(at(90)), "all are held until their leases end");
}

/// After a pause there is one instant to sample; what was missed is the sampler's business.
pub async fn only_the_latest_due_instant_is_handed_out<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    running(store, "e1", 10, 0).await;
    let unit = claimed(store, 117).await;
    assert_eq!((unit.instant, unit.members.first().and_then(|member| member.last_instant)), (at(110), None));
    record(store, &unit, "first", 0).await;
    assert_eq!(next(store).await, Some(at(120)));
    let unit = claimed(store, 155).await;
    assert_eq!(unit.instant, at(150));
    assert_eq!(unit.members.first().and_then(|member| member.last_instant), Some(at(110)));
}

/// One sampler per class within a lease, however many instants pass.
pub async fn nobody_claims_a_class_that_somebody_holds<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    running(store, "e1", 10, 0).await;
    claimed(store, 10).await;
    assert_eq!(claim(store, 1, at(10)).await, None);
    assert_eq!(claim(store, 2, at(39)).await, None);
    assert_eq!(next(store).await, Some(at(40)));
}

/// Eight samplers at once share the classes.
pub async fn concurrent_samplers_never_share_a_class<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for interval in 1..=40_u64 {
        running(store, &format!("e{interval}"), interval, 0).await;
    }
    let sampler = async |number| {
        let mut mine = Vec::new();
        while let Some(unit) = claim(store, number, at(100)).await {
            mine.push(unit.interval);
        }
        mine
    };
    let mut claimed: Vec<Span> = concurrently((0..8).map(sampler)).await.into_iter().flatten().collect();
    claimed.sort_unstable();
    assert_eq!(claimed, (1..=40).map(Span::from_secs).collect::<Vec<_>>());
}

/// A sampler that died is replaced.
pub async fn a_sampling_lease_that_ended_is_claimed_again<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    running(store, "e1", 10, 0).await;
    claimed(store, 10).await;
    let unit = claim(store, 2, at(40)).await.expect("the lease has ended");
    assert_eq!((unit.instant, members(&unit)), (at(40), vec!["e1"]));
}

/// Recording gives the class back and moves it on.
pub async fn a_recorded_unit_is_not_due_again<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    running(store, "e1", 10, 0).await;
    record(store, &claimed(store, 12).await, "first", 0).await;
    assert_eq!(claim(store, 1, at(19)).await, None);
    assert_eq!(next(store).await, Some(at(20)));
    assert_eq!(claimed(store, 20).await.instant, at(20));
}

/// A sampler that was slow stores its rows and turns back neither the class nor the digest.
pub async fn a_late_unit_turns_nothing_back<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    let slow = claimed(store, 10).await;
    let quick = claimed(store, 40).await;
    record(store, &slow, "slow", 1).await;
    assert_eq!(claim(store, 2, at(41)).await, None, "the class is still held");
    record(store, &quick, "quick", 2).await;
    record(store, &slow, "slower", 3).await;
    assert_eq!(next(store).await, Some(at(50)));
    let unit = claimed(store, 50).await;
    let member = unit.members.first().expect("there is one");
    assert_eq!((member.digest, member.last_instant), (digest(2), Some(at(40))));
    assert_eq!(samples(store, &one).await.iter().map(|sample| sample.instant).collect::<Vec<_>>(), [at(10), at(40)]);
}

/// A member brings what the screen and the metrics source need.
pub async fn a_member_brings_its_digest_and_its_observations<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    let seen = PipelineObservation::absent(generated(&one).candidate.name);
    store.record_observations(&one.id, std::slice::from_ref(&seen)).await.expect("records");
    let unit = claimed(store, 10).await;
    let member = unit.members.first().expect("there is one");
    assert_eq!((member.digest, member.last_instant), (Digest::default(), None));
    assert_eq!((&member.observed.baseline, &member.observed.candidate), (&None, &Some(seen)));
    let full = Digest { outage_since: Some(at(10)), candidate_silent: 7, paused: true };
    let rows = both(&one, at(10), "measured");
    store.record_samples(&unit, rows, vec![(one.id.clone(), full)]).await.expect("records");
    let unit = claimed(store, 20).await;
    let member = unit.members.first().expect("there is one");
    assert_eq!((member.digest, member.last_instant), (full, Some(at(10))));
}

/// Every way out of `running` ends the sampling with the decision itself; the last one rests the class.
pub async fn a_run_that_ended_is_not_sampled<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let ends = [("e1", State::Analyzing), ("e2", State::Failed), ("e3", State::Cancelled)];
    let mut runs = Vec::new();
    for (id, end) in ends {
        runs.push((running(store, id, 10, 0).await, end));
    }
    let mut left = vec!["e1", "e2", "e3"];
    for ((run, end), secs) in runs.iter().zip([10, 20, 30]) {
        let unit = claimed(store, secs).await;
        assert_eq!(members(&unit), left);
        record(store, &unit, "measured", 0).await;
        committed(store, step(run, *end, secs + 1)).await;
        left.remove(0);
    }
    assert_eq!(next(store).await, None);
    assert_eq!(claim(store, 1, at(1_000)).await, None);
    let last = running(store, "e4", 10, 1_001).await;
    assert_eq!(next(store).await, Some(at(1_010)), "a class that rested begins anew");
    assert!(store.delete(&last.id, last.revision, &deleted_event(&last, 1_005)).await.expect("deletes"));
    assert_eq!(next(store).await, None, "what is deleted does not run");
}

/// An instant that has passed was no instant of this run.
pub async fn a_run_that_begins_while_its_class_is_held_waits_for_the_next_instant<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    running(store, "e1", 10, 0).await;
    let held = claimed(store, 10).await;
    running(store, "e2", 10, 12).await;
    assert_eq!(claim(store, 2, at(15)).await, None);
    record(store, &held, "measured", 0).await;
    assert_eq!(members(&held), ["e1"]);
    assert_eq!(members(&claimed(store, 20).await), ["e1", "e2"]);
    let late = running(store, "e3", 30, 65).await;
    assert_eq!(late.updated_at, at(67));
    running(store, "e4", 30, 88).await;
    assert_eq!(members(&claimed(store, 91).await), ["e1", "e2"], "of the instant 90");
    assert_eq!(members(&claimed(store, 91).await), ["e3"], "e4 began its run at the instant itself");
}

/// A late batch must not fail because one of its experiments is gone.
pub async fn samples_of_a_deleted_experiment_are_dropped<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let gone = running(store, "e1", 10, 0).await;
    let stays = running(store, "e2", 10, 0).await;
    let unit = claimed(store, 10).await;
    let ended = committed(store, step(&gone, State::Cancelled, 11)).await;
    assert!(store.delete(&ended.id, ended.revision, &deleted_event(&ended, 12)).await.expect("deletes"));
    record(store, &unit, "measured", 0).await;
    assert_eq!(samples(store, &gone).await, []);
    assert_eq!(samples(store, &stays).await.len(), 1);
}

/// Sampling costs what runs, not what ever ran.
pub async fn finished_experiments_are_not_sampled<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    for number in 0..500 {
        let mut ended = experiment(&format!("ended-{number}"), "ended");
        ended.state = State::Completed;
        store_new(store, ended, None).await;
    }
    running(store, "e1", 10, 0).await;
    assert_eq!(members(&claimed(store, 10).await), ["e1"]);
}
