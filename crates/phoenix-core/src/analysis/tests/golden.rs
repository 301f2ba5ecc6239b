//! The three cases of the demo, byte for byte as they are stored.

use crate::analysis::Verdict;
use crate::analysis::tests::{compared, spec};
use crate::spec::ExperimentSpec;
use crate::testing::build_samples::{Collector, collector, run};
use crate::time::Span;

const TRIM: &str = include_str!("golden/trim.json");
const LOSSY: &str = include_str!("golden/lossy.json");
const SAME: &str = include_str!("golden/same.json");

fn demo() -> ExperimentSpec {
    let mut spec = spec(&["^phx-db$"]);
    spec.schedule.warm_up = Span::from_secs(8);
    spec.schedule.duration = Span::from_secs(80);
    spec
}

fn baseline() -> Collector {
    collector().seeing("phx-db", 3, 48.0).seeing("phx-web", 2, 24.0).seeing("kworker/0:1", 1, 0.0).seeing(
        "kcompactd0",
        1,
        0.0,
    )
}

fn trimmed() -> Collector {
    let seen = collector().seeing("phx-db", 3, 48.25).seeing("phx-web", 2, 24.0);
    Collector { series: 98.0, memory_mib: 51.5, cpu_cores: 0.015_625, sent_per_sec: 19.5, ..seen }
}

fn lossy() -> Collector {
    Collector { series: 87.0, ..trimmed() }
}

/// A process that comes and goes changes the number of series of both arms alike.
fn breathing(collector: &Collector, secs: i64) -> Collector {
    let more = if secs % 20 < 5 { 6.0 } else { 0.0 };
    collector.clone().with_series(collector.series + more)
}

fn check(candidate: impl Fn() -> Collector, golden: &str, verdict: Verdict) {
    let sample = |collector: Collector| move |secs: i64| breathing(&collector, secs).sample(secs);
    let comparison = compared(&demo(), &run(0..80, sample(baseline()), sample(candidate())));
    assert_eq!(comparison.verdict, verdict);
    let text = serde_json::to_string_pretty(&comparison).expect("a comparison serialises");
    assert_eq!(text, golden.trim_end(), "\n{text}");
    assert_eq!(serde_json::from_str::<crate::analysis::Comparison>(&text).expect("and back"), comparison);
}

#[test]
fn trimmed_candidate() {
    check(trimmed, TRIM, Verdict::Promote);
}

#[test]
fn lossy_candidate() {
    let without_db = || {
        let mut collector = lossy();
        collector.executables.retain(|(name, _, _)| *name != "phx-db");
        collector
    };
    check(without_db, LOSSY, Verdict::Reject);
}

#[test]
fn same_candidate() {
    check(baseline, SAME, Verdict::Reject);
}
