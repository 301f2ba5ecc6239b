//! What is evidence, and how it is read.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::analysis::sample::{PairedSample, SampleOutcome};
use crate::experiment::{PipelineType, State};
use crate::ports::samples::{SampleStore, SamplingUnit};
use crate::testing::build::{at, experiment};
use crate::testing::contract::samples::{arm, claimed, digest, next, record, row, running, samples};
use crate::testing::contract::store::{StoreFixture, committed, step};
use crate::time::Span;

/// An arm without a row is missing at that instant; a row that says why nothing was measured is there.
pub async fn samples_come_back_in_order_and_paired<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    let unit = claimed(store, 40).await;
    let (ok, missing) = (arm(SampleOutcome::Ok, "measured"), arm(SampleOutcome::ProviderError, "not scraped"));
    let rows = vec![
        row(&one, PipelineType::Candidate, at(40), missing.clone()),
        row(&one, PipelineType::Baseline, at(40), ok.clone()),
        row(&one, PipelineType::Baseline, at(20), ok.clone()),
        row(&one, PipelineType::Candidate, at(30), ok.clone()),
    ];
    store.record_samples(&unit, rows, Vec::new()).await.expect("records");
    let sample = |secs, baseline, candidate| PairedSample { instant: at(secs), baseline, candidate };
    let expected =
        [sample(20, Some(ok.clone()), None), sample(30, None, Some(ok.clone())), sample(40, Some(ok), Some(missing))];
    assert_eq!(samples(store, &one).await, expected);
}

/// Both ends of the window belong to it.
pub async fn samples_are_of_the_window_and_of_the_experiment<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    running(store, "e2", 10, 0).await;
    for secs in [10, 20, 30, 40] {
        record(store, &claimed(store, secs).await, "measured", 0).await;
    }
    let window = store.samples(&one, at(20), at(30), 10).await.expect("reads");
    assert_eq!(window.iter().map(|sample| sample.instant).collect::<Vec<_>>(), [at(20), at(30)]);
    assert!(window.iter().all(|sample| sample.baseline.is_some() && sample.candidate.is_some()));
    assert_eq!(store.samples(&one, at(41), at(50), 10).await.expect("reads"), []);
    let never_generated = experiment("e3", "e3");
    assert_eq!(samples(store, &never_generated).await, []);
}

/// The first measurement of an instant counts; recording may be repeated.
pub async fn a_stored_sample_stays_as_it_is<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    let unit = claimed(store, 10).await;
    record(store, &unit, "first", 1).await;
    record(store, &unit, "second", 2).await;
    let stored = samples(store, &one).await;
    let reasons: Vec<_> =
        stored.iter().map(|sample| sample.baseline.as_ref().and_then(|arm| arm.reason.clone())).collect();
    assert_eq!(reasons, [Some("first".to_owned())]);
    let unit = claimed(store, 20).await;
    assert_eq!(unit.members.first().map(|member| member.digest), Some(digest(1)));
}

/// A run that has ended has the same evidence for ever: what was still under way is not judged, nor what is repeated then.
pub async fn samples_that_come_late_are_no_evidence<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    record(store, &claimed(store, 10).await, "measured", 0).await;
    let before = samples(store, &one).await;
    let unit = claimed(store, 20).await;
    let ended = committed(store, step(&one, State::Analyzing, 21)).await;
    record(store, &unit, "late", 0).await;
    let again = SamplingUnit { instant: at(10), ..unit };
    record(store, &again, "again", 0).await;
    assert_eq!(before.iter().map(|sample| sample.instant).collect::<Vec<_>>(), [at(10)]);
    assert_eq!(samples(store, &ended).await, before);
    assert_eq!(next(store).await, None);
}

/// Pages are of instants, whatever arms have a row there; the next one begins behind the last instant.
pub async fn samples_are_read_page_by_page<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    let unit = claimed(store, 80).await;
    let ok = || arm(SampleOutcome::Ok, "measured");
    let rows = (1..=7_i64).flat_map(|number| {
        let row = |kind| row(&one, kind, at(number * 10), ok());
        let without_candidate = number % 3 == 0;
        [Some(row(PipelineType::Baseline)), (!without_candidate).then(|| row(PipelineType::Candidate))]
    });
    store.record_samples(&unit, rows.flatten().collect(), Vec::new()).await.expect("records");
    let all = samples(store, &one).await;
    assert_eq!(all.len(), 7);
    for limit in [1, 2, 3, 7, 8] {
        let (mut read, mut from) = (Vec::new(), at(0));
        loop {
            let page = store.samples(&one, from, at(100), limit).await.expect("reads");
            assert!(page.len() <= usize::try_from(limit).expect("small"), "{} instants of {limit}", page.len());
            let Some(last) = page.last() else { break };
            from = last.instant + Span::from_micros(1);
            read.extend(page);
        }
        assert_eq!(read, all, "in pages of {limit}");
    }
    assert_eq!(store.samples(&one, at(15), at(35), 1).await.expect("reads").first(), all.get(1));
    assert_eq!(store.samples(&one, at(0), at(100), 0).await.expect("reads"), []);
}

/// One arm is enough for an instant; what came late is none.
pub async fn the_latest_instant_is_that_of_the_evidence<F: StoreFixture>(fixture: &F) {
    let store = fixture.store();
    let one = running(store, "e1", 10, 0).await;
    running(store, "e2", 10, 0).await;
    let latest = async |experiment| store.latest_instant(experiment).await.expect("reads");
    assert_eq!(latest(&one).await, None);
    let unit = claimed(store, 20).await;
    let rows = [10, 20].map(|secs| row(&one, PipelineType::Candidate, at(secs), arm(SampleOutcome::NoData, "down")));
    store.record_samples(&unit, rows.into(), Vec::new()).await.expect("records");
    assert_eq!(latest(&one).await, Some(at(20)));
    record(store, &claimed(store, 30).await, "measured", 0).await;
    let unit = claimed(store, 40).await;
    let ended = committed(store, step(&one, State::Analyzing, 41)).await;
    record(store, &unit, "late", 0).await;
    assert_eq!(latest(&ended).await, Some(at(30)));
}
