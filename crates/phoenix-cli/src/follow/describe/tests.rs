//! The lines, word for word.

use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{Cleanup, PipelinePhase, RunClock};
use phoenix_core::testing::build::{at, experiment};
use phoenix_core::time::Span;
use serde_json::json;

use super::*;

fn in_state(state: State) -> View {
    let mut experiment = experiment("e1", "one");
    experiment.state = state;
    experiment.spec.schedule.duration = Span::from_mins(30);
    experiment.spec.schedule.warm_up = Span::from_mins(2);
    experiment.spec.schedule.sample_interval = Span::from_secs(15);
    View::of(experiment)
}

/// A running experiment, 112 judged samples planned behind 8 of warm-up, whose clock started at `at(0)`.
fn in_run() -> View {
    let mut view = in_state(State::Running);
    view.experiment.status.clock = Some(RunClock::start(at(0), 112));
    view
}

fn seen(kind: PipelineType, phase: PipelinePhase, hosts: &[(&str, bool, &str)]) -> Pipeline {
    let described: Vec<_> = hosts
        .iter()
        .map(|(host, ready, message)| json!({ "host": host, "ready": ready, "message": message }))
        .collect();
    let pipeline = json!({
        "pipelineType": kind,
        "phase": phase,
        "ready": hosts.iter().filter(|(_, ready, _)| *ready).count(),
        "desired": hosts.len(),
        "observed": { "name": format!("one-{kind}"), "phase": phase, "hosts": described },
    });
    serde_json::from_value(pipeline).expect("a pipeline")
}

/// Wider than any line here.
const WIDE: usize = 1_000;

fn text(view: &View, secs: i64) -> String {
    describe(view, at(secs), WIDE).text
}

#[test]
fn deploying_says_who_is_not_ready_where_and_why() {
    let mut view = in_state(State::Deploying);
    assert_eq!(text(&view, 1), "deploying: baseline not seen yet, candidate not seen yet, 1s so far");
    let ready = [("node-a", true, ""), ("node-b", true, "")];
    let late = [("node-a", true, ""), ("node-b", false, "pulling image"), ("node-c", false, "")];
    view.pipelines = vec![
        seen(PipelineType::Baseline, PipelinePhase::Ready, &ready),
        seen(PipelineType::Candidate, PipelinePhase::Progressing, &late),
    ];
    let expected = "deploying: baseline ready 2/2, candidate 1/3 (node-b: pulling image, and 1 more), 12s so far";
    assert_eq!(text(&view, 12), expected);
    view.pipelines[1] = seen(PipelineType::Candidate, PipelinePhase::Pending, &[]);
    assert_eq!(text(&view, 12), "deploying: baseline ready 2/2, candidate pending, 12s so far");
}

#[test]
fn running_counts_samples_and_what_is_left() {
    let mut view = in_run();
    assert_eq!(text(&view, 46), "running: 3 of 120 samples, still warming up (8), 29m14s left");
    assert_eq!(text(&view, 640), "running: 42 of 120 samples, 8 as warm-up, 19m20s left");
    assert_eq!(text(&view, 1_900), "running: 120 of 120 samples, 8 as warm-up, ending");
    view.experiment.spec.schedule.warm_up = Span::ZERO;
    assert_eq!(text(&view, 640), "running: 42 of 112 samples, 19m20s left");
    view.experiment.spec.schedule.end = Some(at(700));
    assert_eq!(text(&view, 640), "running: 42 of 112 samples, 1m left");
}

#[test]
fn running_shows_the_saving_as_it_is_measured() {
    let mut view = in_run();
    let latest = json!({ "baselineMetrics": { "activeSeries": 474.0 }, "variantMetrics": { "activeSeries": 98.0 } });
    view.latest = Some(serde_json::from_value(latest).expect("latest values"));
    assert_eq!(text(&view, 640), "running: 42 of 120 samples, 8 as warm-up, 19m20s left; active series 474 -> 98");
    view.latest = Some(crate::server::Latest::default());
    let expected = "running: 42 of 120 samples, 8 as warm-up, 19m20s left; no usable sample of both pipelines of late";
    assert_eq!(text(&view, 640), expected);
    assert_eq!(text(&view, 46), "running: 3 of 120 samples, still warming up (8), 29m14s left", "too early to say");
}

#[test]
fn running_says_what_is_wrong_and_that_is_news() {
    let mut view = in_run();
    let calm = describe(&view, at(640), WIDE).topic;
    assert_eq!(describe(&view, at(700), WIDE).topic, calm, "time alone is no news");
    view.pipelines =
        vec![seen(PipelineType::Candidate, PipelinePhase::Degraded, &[("host-a", false, "started again")])];
    let troubled = describe(&view, at(640), WIDE);
    let expected = "running: 42 of 120 samples, 8 as warm-up, 19m20s left; candidate 0/1 (host-a: started again)";
    assert_eq!(troubled.text, expected);
    assert_ne!(troubled.topic, calm);
}

#[test]
fn a_clock_that_stands_says_why_and_for_how_long_at_most() {
    let mut view = in_run();
    view.experiment.status.clock = Some(RunClock::start(at(0), 112).stopped(at(600)));
    let expected = "running: 40 of 120 samples, 8 as warm-up, the clock stands for 45s of at most 10m, because the metrics cannot be read";
    assert_eq!(text(&view, 645), expected);
}

#[test]
fn waiting_for_a_start_says_for_which_one() {
    let mut view = in_state(State::Pending);
    assert_eq!(text(&view, 5), "pending: waits for the start command: phoenixctl start one");
    view.experiment.spec.schedule.start = Some(at(600));
    assert_eq!(text(&view, 0), format!("pending: starts at {}, in 10m", at(600)));
}

#[test]
fn the_end_says_what_is_still_removed() {
    let mut view = in_state(State::Completed);
    view.experiment.status.verdict = Some(Verdict::Promote);
    view.experiment.status.cleanup = Cleanup::Pending;
    assert_eq!(text(&view, 1), "completed (promote), removing the pipelines: waiting for the confirmation, 1s so far");
    view.pipelines = vec![
        seen(PipelineType::Baseline, PipelinePhase::Removed, &[]),
        seen(PipelineType::Candidate, PipelinePhase::Removing, &[]),
    ];
    let expected = "completed (promote), removing the pipelines: baseline removed, candidate removing, 2s so far";
    assert_eq!(text(&view, 2), expected);
}

#[test]
fn a_quoted_log_is_shortened_until_the_line_fits_and_stays_news() {
    let mut view = in_state(State::Deploying);
    let log =
        format!("exited with status 1: Error: {} bind: address already in use", "cannot start pipelines: ".repeat(20));
    view.pipelines = vec![
        seen(PipelineType::Baseline, PipelinePhase::Failed, &[("node-a", false, &log)]),
        seen(PipelineType::Candidate, PipelinePhase::Failed, &[("node-a", false, &log)]),
    ];
    let whole = describe(&view, at(12), WIDE * 10);
    for width in [80, 120, 200, 400] {
        let line = describe(&view, at(12), width);
        let length = line.text.chars().count();
        assert!(length <= width, "{width}: {length}: {}", line.text);
        assert!(line.text.contains("exited") && line.text.contains("in use)"), "{}", line.text);
        assert!(line.text.ends_with("12s so far"), "{}", line.text);
        assert_eq!(line.topic, whole.topic, "news is news on any terminal");
    }
    let quote = shortened("first line\n  and the last", 15);
    assert_eq!(quote, "first...e last");
}

#[test]
fn a_paused_run_says_how_it_goes_on() {
    let mut view = in_run();
    let clock = view.experiment.status.clock.expect("it runs").paused(at(600));
    view.experiment.status.clock = Some(clock);
    let expected = "running: 40 of 120 samples, 8 as warm-up, paused for 1m40s; go on with: phoenixctl resume one";
    assert_eq!(text(&view, 700), expected);
}
