//! Steps, gaps and marks, by literal numbers.

use super::*;
use crate::analysis::sample::SampleOutcome;
use crate::spec::ExperimentSpec;
use crate::testing::build::{self, at};
use crate::testing::build_samples::{Collector, arm, collector, paired, run, unreadable};

fn spec(warm_up: u64) -> ExperimentSpec {
    let mut spec = build::spec();
    spec.schedule.warm_up = Span::from_secs(warm_up);
    spec.schedule.sample_interval = Span::from_secs(1);
    spec
}

fn over_time(spec: &ExperimentSpec, samples: &[PairedSample], until: i64, most_steps: usize) -> OverTime {
    let evidence = Evidence { spec, collection_interval: Span::from_secs(1), ready_at: at(0) };
    let mut timeline = Timeline::of(&evidence, at(until), most_steps);
    for sample in samples {
        timeline.take(sample);
    }
    timeline.conclude()
}

fn of(found: &OverTime, indicator: Indicator) -> &Curve {
    found.curves.iter().find(|curve| curve.indicator == indicator).expect("a curve")
}

fn candidate() -> Collector {
    collector().with_series(98.0)
}

#[test]
fn a_short_run_has_a_step_for_each_instant_and_rates_from_the_second_on() {
    let samples = run(1..6, |secs| collector().sample(secs), |secs| candidate().sample(secs));
    let found = over_time(&spec(0), &samples, 5, 300);
    assert_eq!(found.steps.len(), 6);
    assert_eq!((found.steps[1].from, found.steps[1].until, found.steps[1].judged), (at(1), at(2), true));
    let series = of(&found, Indicator::ActiveSeries);
    assert_eq!(series.samples, [0, 1, 1, 1, 1, 1]);
    assert_eq!(series.baseline, [None, Some(474.0), Some(474.0), Some(474.0), Some(474.0), Some(474.0)]);
    assert_eq!(series.candidate.last(), Some(&Some(98.0)));
    assert_eq!(of(&found, Indicator::DatapointsRate).baseline[..3], [None, None, Some(92.0)]);
    assert!(found.curves.iter().all(|curve| curve.indicator != Indicator::CriticalRetention), "none is named");
}

#[test]
fn a_long_run_is_folded_into_no_more_steps_than_asked_for() {
    let samples = run(0..1_000, |secs| collector().sample(secs), |secs| candidate().sample(secs));
    for (most, warm_up) in [(2, 0), (2, 7), (10, 0), (10, 95), (300, 0), (300, 7), (2_000, 7)] {
        let found = over_time(&spec(warm_up), &samples, 999, most);
        assert!(found.steps.len() <= most, "{} steps of {most}", found.steps.len());
        assert!(found.steps.len() >= (most / 2).min(1_000), "{} steps of {most}", found.steps.len());
        assert_eq!(found.steps.iter().map(|step| step.taken).sum::<u64>(), 1_000);
        let judged: u64 = found.steps.iter().filter(|step| step.judged).map(|step| step.usable).sum();
        assert_eq!(judged, 1_000 - warm_up);
        for pair in found.steps.windows(2) {
            assert_eq!(pair[0].until, pair[1].from, "no gap between steps");
        }
        let ends = (found.steps[0].from, found.steps.last().map(|step| step.until));
        assert_eq!(ends, (at(0), Some(at(999))));
    }
}

#[test]
fn no_step_is_on_both_sides_of_the_end_of_the_warm_up() {
    let samples = run(0..100, |secs| collector().sample(secs), |secs| candidate().sample(secs));
    let found = over_time(&spec(15), &samples, 99, 11);
    let borders: Vec<_> = found.steps.iter().map(|step| (step.from, step.judged)).take(4).collect();
    assert_eq!(borders, [(at(0), false), (at(10), false), (at(15), true), (at(20), true)]);
    let found = over_time(&spec(200), &samples, 99, 11);
    assert!(found.steps.iter().all(|step| !step.judged), "everything is warm-up");
}

#[test]
fn an_arm_that_falls_silent_is_a_gap_and_the_other_goes_on() {
    let silent = |secs| if secs >= 3 { unreadable(SampleOutcome::NoData) } else { candidate().sample(secs) };
    let samples = run(0..6, |secs| collector().sample(secs), silent);
    let found = over_time(&spec(0), &samples, 5, 300);
    let series = of(&found, Indicator::ActiveSeries);
    assert_eq!(series.candidate[2..5], [Some(98.0), None, None]);
    assert_eq!(series.baseline[2..5], [Some(474.0); 3]);
    assert_eq!(series.samples, [1, 1, 1, 0, 0, 0]);
    assert_eq!(of(&found, Indicator::DatapointsRate).baseline[3..], [Some(92.0); 3]);
    let step = &found.steps[4];
    assert_eq!((step.taken, step.usable, step.baseline_missing, step.candidate_missing), (1, 0, 0, 1));
}

#[test]
fn outages_pauses_and_instants_without_a_row_are_marked() {
    let failed = || unreadable(SampleOutcome::ProviderError);
    let pause = || unreadable(SampleOutcome::Paused);
    let both = |secs| paired(secs, collector().sample(secs), candidate().sample(secs));
    let samples = [
        both(0),
        paired(1, failed(), failed()),
        both(2),
        paired(3, pause(), pause()),
        both(7),
        both(9),
        paired(10, pause(), pause()),
    ];
    let found = over_time(&spec(0), &samples, 12, 300);
    let marked = |mark: fn(&Step) -> bool| {
        found.steps.iter().enumerate().filter(|(_, step)| mark(step)).map(|(index, _)| index).collect::<Vec<_>>()
    };
    assert_eq!(marked(|step| step.outages > 0), [1]);
    assert_eq!(marked(|step| step.paused), [3, 4, 5, 6, 10, 11, 12], "until the next sample, or the end");
    assert_eq!(marked(|step| step.taken == 0), [3, 4, 5, 6, 8, 10, 11, 12]);
    let rates = &of(&found, Indicator::DatapointsRate).baseline;
    assert_eq!((rates[2], rates[7], rates[9]), (Some(92.0), None, Some(92.0)), "no difference reaches over a pause");
}

#[test]
fn critical_executables_are_counted_over_all_hosts() {
    let mut spec = spec(0);
    spec.critical_processes = vec!["^db".to_owned().try_into().expect("a pattern")];
    let seeing = |host| collector().on(host).seeing("db-1", 1, 1.0).seeing("other", 1, 1.0);
    let samples = [paired(
        0,
        arm(&[seeing("a"), seeing("b").seeing("db-2", 1, 1.0)], 0),
        arm(&[seeing("a"), collector().on("b").seeing("db-2", 1, 1.0)], 0),
    )];
    let found = over_time(&spec, &samples, 0, 300);
    let curve = of(&found, Indicator::CriticalRetention);
    assert_eq!((curve.baseline.first(), curve.candidate.first()), (Some(&Some(3.0)), Some(&Some(2.0))));
}

#[test]
fn it_is_written_and_read_back() {
    let samples = run(0..3, |secs| collector().sample(secs), |secs| candidate().sample(secs));
    let found = over_time(&spec(0), &samples, 2, 300);
    let text = serde_json::to_string(&found).expect("serialises");
    assert_eq!(serde_json::from_str::<OverTime>(&text).expect("and back"), found);
    assert_eq!(over_time(&spec(0), &[], 0, 300).curves, [], "nothing was measured");
}
