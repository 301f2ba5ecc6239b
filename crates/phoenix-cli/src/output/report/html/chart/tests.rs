//! Lines, gaps and shades, by literal places.

use super::*;
use phoenix_core::testing::build::at;

/// A run of ten steps of one second with a value each; the first two are warm-up.
fn run() -> OverTime {
    let step = |second: i64| Step {
        from: at(second),
        until: at(second + 1),
        judged: second >= 2,
        taken: 1,
        usable: 1,
        baseline_missing: 0,
        candidate_missing: 0,
        outages: 0,
        paused: false,
    };
    OverTime {
        from: at(0),
        until: at(10),
        judged_from: at(2),
        steps: (0..10).map(step).collect(),
        curves: vec![curve(vec![Some(100.0); 10], vec![Some(25.0); 10])],
    }
}

fn curve(baseline: Vec<Option<f64>>, candidate: Vec<Option<f64>>) -> Curve {
    let samples = baseline.iter().zip(&candidate).map(|(one, two)| u64::from(one.is_some() && two.is_some())).collect();
    Curve { indicator: Indicator::ActiveSeries, samples, baseline, candidate }
}

fn path(run: &OverTime, values: &[Option<f64>]) -> String {
    let unit = Unit::of(Indicator::ActiveSeries);
    Plot { run, unit: &unit, top: 100.0 }.line(values, Span::from_secs(1))
}

#[test]
fn a_line_goes_through_the_middles_of_the_steps_and_is_broken_where_a_value_is_missing() {
    let values = [Some(100.0), Some(0.0), None, Some(50.0)];
    assert_eq!(path(&run(), &values), "M94.0 12.0L94.0 12.0 150.0 206.0M262.0 109.0L262.0 109.0");
}

#[test]
fn a_short_step_without_an_instant_breaks_no_line() {
    let mut run = run();
    run.steps[2].until = run.steps[2].from + Span::from_millis(300);
    run.steps[2].taken = 0;
    let values = [Some(100.0), Some(100.0), None, Some(100.0)];
    assert_eq!(path(&run, &values).matches('M').count(), 1);
    run.steps[2].paused = true;
    assert_eq!(path(&run, &values).matches('M').count(), 2, "a pause is a gap, however short");
}

#[test]
fn what_is_special_is_shaded_from_where_it_begins_to_where_it_ends() {
    let mut run = run();
    run.steps[3].outages = 1;
    run.steps[3].usable = 0;
    run.steps[4].outages = 1;
    run.steps[4].usable = 0;
    run.steps[6].paused = true;
    run.steps[9].usable = 0;
    let expected =
        [(at(0), at(2), "warmup"), (at(3), at(5), "outage"), (at(6), at(7), "paused"), (at(9), at(10), "missing")];
    assert_eq!(shades(&run), expected);
    let legend = legend(&run).into_string();
    for words in
        ["warm-up, not judged", "outage of the metrics source", "paused by request", "an arm could not be read"]
    {
        assert!(legend.contains(words), "{legend}");
    }
}

#[test]
fn a_chart_is_told_in_words_and_in_numbers_with_the_mean_of_what_is_judged() {
    let mut run = run();
    let mut candidate = vec![Some(25.0); 10];
    candidate[0] = Some(75.0);
    run.curves = vec![curve(vec![Some(100.0); 10], candidate)];
    let page = figure(&run.curves[0], &run, Span::from_secs(1)).into_string();
    assert!(page.contains("baseline: mean 100 after the warm-up, between 100 and 100"), "{page}");
    assert!(page.contains("candidate: mean 25 after the warm-up, between 25 and 75"), "{page}");
    for part in
        ["<title id=", "<desc id=", "role=\"img\"", ">series<", "time since both were ready", "mean of what is judged"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn an_arm_without_values_is_said_and_not_drawn() {
    let mut run = run();
    run.curves = vec![curve(vec![Some(1.0); 10], vec![None; 10])];
    let page = figure(&run.curves[0], &run, Span::from_secs(1)).into_string();
    assert!(page.contains("candidate: no values"), "{page}");
    assert!(page.contains("<path class=\"line candidate\" d=\"\">"), "{page}");
}

#[test]
fn units_are_those_of_people() {
    let of = |indicator| Unit::of(indicator).words;
    assert_eq!((of(Indicator::MemoryUsage), of(Indicator::CpuUsage)), ("MiB", "thousandths of a core"));
    let unit = Unit::of(Indicator::MemoryUsage);
    let run = run();
    let plot = Plot { run: &run, unit: &unit, top: 100.0 };
    assert!((plot.y(50.0 * MIB) - 109.0).abs() < 1e-9, "{}", plot.y(50.0 * MIB));
}
