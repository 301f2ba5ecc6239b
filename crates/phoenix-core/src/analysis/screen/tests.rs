//! Samples screened one after the other, and what each of them raises.

use super::*;
use crate::analysis::sample::SampleOutcome::{NoData, ProviderError};
use crate::testing::build::{self, at};
use crate::testing::build_samples::{Collector, arm, collector, paired, unreadable};

/// Screens the samples one after the other and collects what each raises.
fn screened(spec: &ExperimentSpec, samples: &[PairedSample]) -> (Digest, Vec<Vec<Input>>) {
    let mut digest = Digest::default();
    let raised = samples.iter().map(|sample| {
        let screened = screen(spec, 3, digest, sample);
        digest = screened.digest;
        screened.raised
    });
    let raised = raised.collect();
    (digest, raised)
}

fn both(secs: i64) -> PairedSample {
    paired(secs, collector().sample(secs), collector().sample(secs))
}

fn source_fails(secs: i64) -> PairedSample {
    paired(secs, unreadable(ProviderError), unreadable(ProviderError))
}

fn candidate_silent(secs: i64) -> PairedSample {
    paired(secs, collector().sample(secs), collector().with_series(0.0).sample(secs))
}

#[test]
fn an_outage_begins_once_and_ends_with_the_first_evidence() {
    let samples = [both(0), source_fails(1), source_fails(2), both(3), both(4)];
    let (digest, raised) = screened(&build::spec(), &samples);
    assert_eq!(
        raised,
        [vec![], vec![Input::OutageBegan { since: at(1) }], vec![], vec![Input::OutageEnded { at: at(3) }], vec![]]
    );
    assert_eq!(digest, Digest::default());
}

#[test]
fn a_silent_arm_is_evidence_and_ends_an_outage() {
    let one_arm = paired(2, unreadable(NoData), unreadable(ProviderError));
    let (_, raised) = screened(&build::spec(), &[source_fails(1), one_arm.clone()]);
    assert_eq!(raised[1], [Input::OutageEnded { at: at(2) }]);
    assert_eq!(screened(&build::spec(), &[one_arm]).1, [vec![]]);
}

#[test]
fn a_sample_without_rows_shows_nothing() {
    let nothing = PairedSample { instant: at(2), baseline: None, candidate: None };
    let (digest, raised) = screened(&build::spec(), &[source_fails(1), nothing]);
    assert_eq!(raised[1], []);
    assert_eq!(digest.outage_since, Some(at(1)));
}

#[test]
fn a_candidate_without_series_is_reported_after_the_minimum_evidence_in_a_row() {
    let samples = [
        candidate_silent(0),
        candidate_silent(1),
        both(2),
        candidate_silent(3),
        candidate_silent(4),
        candidate_silent(5),
    ];
    let (digest, raised) = screened(&build::spec(), &samples);
    assert!(raised[..5].iter().all(Vec::is_empty), "{raised:?}");
    assert_eq!(raised[5], [Input::CandidateEmitsNothing]);
    assert_eq!(digest.candidate_silent, 3);
}

#[test]
fn a_failing_source_keeps_the_count_and_a_candidate_that_is_down_ends_it() {
    let down = paired(3, collector().sample(3), unreadable(NoData));
    let samples = [candidate_silent(0), candidate_silent(1), source_fails(2)];
    assert_eq!(screened(&build::spec(), &samples).0.candidate_silent, 2);
    assert_eq!(screened(&build::spec(), &[candidate_silent(0), down]).0.candidate_silent, 0);
}

#[test]
fn an_empty_baseline_makes_no_silent_candidate() {
    let empty = |secs: i64| collector().with_series(0.0).sample(secs);
    let samples: Vec<PairedSample> = (0..5).map(|secs| paired(secs, empty(secs), empty(secs))).collect();
    let (_, raised) = screened(&build::spec(), &samples);
    assert!(raised.iter().all(Vec::is_empty));
}

#[test]
fn memory_beyond_the_guardrail_names_the_arm_the_host_and_the_amount() {
    let mut spec = build::spec();
    spec.policy.guardrails.memory_bytes = Some(100 * 1_048_576);
    let using = |memory_mib: f64, host: &'static str| Collector { memory_mib, ..collector() }.on(host);
    let sample = |baseline: f64, candidate: f64| {
        let hosts = |memory: f64| [using(50.0, "host-a"), using(memory, "host-b")];
        paired(0, arm(&hosts(baseline), 0), arm(&hosts(candidate), 0))
    };
    let raised = |baseline, candidate| screened(&spec, &[sample(baseline, candidate)]).1.concat();
    assert_eq!(raised(100.0, 100.0), []);
    assert_eq!(
        raised(50.0, 150.0),
        [Input::GuardrailBreached {
            by: Party::Candidate,
            message: "the collector of the candidate on host-b uses 150.0 MiB, and the guardrail is 100.0 MiB"
                .to_owned()
        }]
    );
    let by = |inputs: Vec<Input>| match inputs.as_slice() {
        [Input::GuardrailBreached { by, .. }] => Some(*by),
        _ => None,
    };
    assert_eq!(by(raised(150.0, 50.0)), Some(Party::Baseline));
    assert_eq!(by(raised(150.0, 150.0)), Some(Party::Both));
    assert_eq!(by(raised(50.0, f64::NAN)), None);
}

#[test]
fn the_digest_is_stored_with_defaults() {
    assert_eq!(serde_json::from_str::<Digest>("{}").expect("defaults"), Digest::default());
    let digest = Digest { outage_since: Some(at(1)), candidate_silent: 2, paused: false };
    let text = serde_json::to_string(&digest).expect("serialises");
    assert_eq!(serde_json::from_str::<Digest>(&text).expect("and back"), digest);
}
