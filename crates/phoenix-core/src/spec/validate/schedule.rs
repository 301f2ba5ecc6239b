//! When an experiment runs and how long each of its states may last.

use super::Limits;
use super::text::{self, Range};
use crate::spec::words::quote;
use crate::spec::{Catalog, Deadlines, PipelineSpec, RawDeadlines, RawSchedule, Schedule, Violation, path};
use crate::time::Span;

const FIELD: &str = "spec.schedule";
/// Warm-up of a run that is long enough for it: collectors' memory and caches have settled by then.
pub(in crate::spec) const DEFAULT_WARM_UP: Span = Span::from_mins(5);
/// The default warm-up is at most this part of the run.
pub(in crate::spec) const DEFAULT_WARM_UP_DIVISOR: u64 = 4;
/// Distances of samples to choose from when none is given, longest first. They are few, because experiments of one distance are sampled
/// together.
pub(in crate::spec) const DEFAULT_INTERVALS: [Span; 5] =
    [Span::from_secs(15), Span::from_secs(10), Span::from_secs(5), Span::from_secs(2), Span::from_secs(1)];
/// Samples that a run should bring when no distance is given: the least with which an indicator is judged.
pub(in crate::spec) const DEFAULT_SAMPLES: u64 = 60;
/// Samples that a run must bring in any case, because a rate is taken between two of them; likewise the measurements of a collector.
pub(in crate::spec) const FEWEST_SAMPLES: u64 = 2;
/// The parameter by which templates call the distance of two measurements.
const COLLECTION_INTERVAL: &str = "collectionInterval";
/// Shortest time that a state may be allowed.
pub(in crate::spec) const SHORTEST_DEADLINE: Span = Span::from_secs(1);
/// Longest time that a state may be allowed.
pub(in crate::spec) const LONGEST_DEADLINE: Span = Span::from_mins(24 * 60);
/// Longest wait for the start.
pub(in crate::spec) const LONGEST_WAIT: Span = Span::from_mins(365 * 24 * 60);

/// Checks the schedule and fills in what was left out:
///
/// - `warmUp`: 5 minutes, but at most a quarter of the run;
/// - `sampleInterval`: 15 s; in runs that would then be judged on fewer than 60 samples 10, 5, 2 or 1 s.
pub(super) fn schedule(raw: Option<RawSchedule>, limits: &Limits, found: &mut Vec<Violation>) -> Option<Schedule> {
    let raw = raw.unwrap_or_default();
    let start = raw.start.and_then(|text| text::time(&text, &at("start"), found));
    let end = raw.end.and_then(|text| text::time(&text, &at("end"), found));
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        let message = format!("{end} is not after the start, {start}");
        found.push(
            Violation::new(at("end"), message).with_hint("end later, or leave it out: the duration ends the run"),
        );
    }
    let duration = duration(raw.duration, limits, found);
    let longest = duration.unwrap_or(limits.max_duration);
    let warm_up = warm_up(raw.warm_up, longest, found);
    let range = Range { min: limits.min_sample_interval, max: limits.max_sample_interval };
    let interval = match raw.sample_interval {
        Some(text) => text::duration(&text, &at("sampleInterval"), range, found),
        None => Some(default_interval(longest.saturating_sub(warm_up?)).clamp(range.min, range.max)),
    };
    let schedule = Schedule { start, end, duration: duration?, warm_up: warm_up?, sample_interval: interval? };
    check_samples(&schedule, found);
    Some(schedule)
}

/// Checks how long each state may last.
pub(super) fn deadlines(raw: Option<RawDeadlines>, found: &mut Vec<Violation>) -> Deadlines {
    let raw = raw.unwrap_or_default();
    let mut read = |text: Option<String>, key: &str, max: Span| {
        let range = Range { min: SHORTEST_DEADLINE, max };
        text.and_then(|text| text::duration(&text, &format!("spec.deadlines.{key}"), range, found))
    };
    Deadlines {
        pending: read(raw.pending, "pending", LONGEST_WAIT),
        initializing: read(raw.initializing, "initializing", LONGEST_DEADLINE),
        deploying: read(raw.deploying, "deploying", LONGEST_DEADLINE),
        analyzing: read(raw.analyzing, "analyzing", LONGEST_DEADLINE),
    }
}

fn at(key: &str) -> String {
    format!("{FIELD}.{key}")
}

fn duration(text: Option<String>, limits: &Limits, found: &mut Vec<Violation>) -> Option<Span> {
    let range = Range { min: limits.min_duration, max: limits.max_duration };
    if text.is_none() {
        let hint = format!("allowed: {} to {}, for instance 30m", range.min, range.max);
        found.push(Violation::new(at("duration"), "missing: how long to compare").with_hint(hint));
    }
    text::duration(&text?, &at("duration"), range, found)
}

fn warm_up(text: Option<String>, duration: Span, found: &mut Vec<Violation>) -> Option<Span> {
    let Some(text) = text else { return Some(default_warm_up(duration)) };
    let warm_up =
        text::duration(&text, &at("warmUp"), Range { min: Span::ZERO, max: Span::from_micros(u64::MAX) }, found)?;
    if warm_up < duration {
        return Some(warm_up);
    }
    let message = format!("{} leaves nothing of a run of {duration} to be judged", quote(&text));
    found.push(Violation::new(at("warmUp"), message).with_hint(format!("allowed: 0s to less than {duration}")));
    None
}

fn default_warm_up(duration: Span) -> Span {
    // Whole seconds, because people read it.
    let part = Span::from_secs(duration.as_micros() / DEFAULT_WARM_UP_DIVISOR / 1_000_000);
    part.min(DEFAULT_WARM_UP)
}

fn default_interval(judged: Span) -> Span {
    let enough = |interval: &Span| judged.count_of(*interval) >= DEFAULT_SAMPLES;
    DEFAULT_INTERVALS.into_iter().find(enough).unwrap_or(Span::from_secs(1))
}

/// Checks that the collectors of a pipeline measure more than once while they are judged.
pub(super) fn check_collection(
    schedule: &Schedule,
    pipeline: &PipelineSpec,
    field: &str,
    catalog: &Catalog,
    found: &mut Vec<Violation>,
) {
    let field = path::key(&path::key(field, "parameters"), COLLECTION_INTERVAL);
    let is_refused = found.iter().any(|violation| violation.field == field);
    let Some(interval) = collection_interval(pipeline, catalog).filter(|_| !is_refused) else { return };
    let judged = judged(schedule);
    if judged.count_of(interval) < FEWEST_SAMPLES {
        let message = format!("{interval} is too long for the {judged} of the run that are judged after the warm-up");
        let hint = format!("at least {FEWEST_SAMPLES} measurements are needed: measure more often, or run longer");
        found.push(Violation::new(field, message).with_hint(hint));
    }
}

fn collection_interval(pipeline: &PipelineSpec, catalog: &Catalog) -> Option<Span> {
    let schema = catalog.template(&pipeline.base_template)?.parameter(COLLECTION_INTERVAL)?;
    let value = pipeline.parameters.get(COLLECTION_INTERVAL).or(schema.default.as_ref())?;
    value.as_str()?.parse().ok()
}

fn judged(schedule: &Schedule) -> Span {
    schedule.duration.saturating_sub(schedule.warm_up)
}

fn check_samples(schedule: &Schedule, found: &mut Vec<Violation>) {
    let judged = judged(schedule);
    if judged.count_of(schedule.sample_interval) < FEWEST_SAMPLES {
        let interval = schedule.sample_interval;
        let message = format!("{interval} is too long for the {judged} of the run that are judged after the warm-up");
        let hint = format!("at least {FEWEST_SAMPLES} samples are needed: sample more often, or run longer");
        found.push(Violation::new(at("sampleInterval"), message).with_hint(hint));
    }
}
