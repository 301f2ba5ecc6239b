//! Durations: Go's form with a unit. A bare number means nanoseconds, which nobody means: `collection_interval: 10` measures without pause.

use serde_json::Value;

use crate::validator::model::{Component, Model};
use crate::validator::place::{Place, walk};
use crate::validator::references::has_reference;
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Settings that are durations wherever a component has them.
const DURATIONS: [&str; 26] = [
    "check_interval",
    "collection_interval",
    "dial_timeout",
    "flush_interval",
    "flush_timeout",
    "idle_conn_timeout",
    "initial_delay",
    "initial_interval",
    "max_connection_age",
    "max_connection_age_grace",
    "max_connection_idle",
    "max_elapsed_time",
    "max_gc_interval_when_hard_limited",
    "max_gc_interval_when_soft_limited",
    "max_interval",
    "max_stale",
    "max_staleness",
    "metadata_collection_interval",
    "metric_expiration",
    "min_gc_interval_when_hard_limited",
    "min_gc_interval_when_soft_limited",
    "poll_interval",
    "read_timeout",
    "scrape_process_delay",
    "timeout",
    "write_timeout",
];

/// Go counts nanoseconds in 63 bits: 292 years.
const LONGEST: f64 = 9.2e18;

/// Maps in which users choose the keys.
const FREE_MAPS: [&str; 7] =
    ["attributes", "const_labels", "external_labels", "headers", "labels", "metric_overrides", "resource_attributes"];

/// Checks the settings of every component.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for component in &model.components {
        let section = Place::ROOT.key(component.section.key());
        let place = section.key(component.key);
        for (key, value) in component.settings.into_iter().flatten() {
            walk(value, &place.key(key), &mut |place, value| {
                if is_duration(component, place) {
                    check_one(value, place, report);
                }
            });
        }
    }
}

fn is_duration(component: &Component<'_>, place: &Place<'_>) -> bool {
    let Some(key) = place.last_key() else { return false };
    let is_free = place.parent().and_then(Place::last_key).is_some_and(|parent| FREE_MAPS.contains(&parent));
    let is_known = DURATIONS.contains(&key) || (component.kind == "interval" && key == "interval");
    is_known && !is_free
}

fn check_one(value: &Value, place: &Place<'_>, report: &mut Report) {
    match value {
        Value::Number(number) if number.as_f64() != Some(0.0) => {
            let message = format!("{number} has no unit and means nanoseconds; write {number}s for seconds");
            report.add(Rule::BareDuration, place, message);
        }
        Value::String(text) if !has_reference(text) && nanoseconds(text).is_none() => {
            let message =
                format!("{} is no duration; write a number with a unit, such as 10s, 500ms or 1m30s", quote(text));
            report.add(Rule::InvalidDuration, place, message);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

/// A setting as nanoseconds; `None` when it is no duration or not known before the collector runs.
pub(super) fn nanoseconds_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => nanoseconds(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A duration in Go's form: a sign, then numbers with units, without spaces.
fn nanoseconds(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if unsigned == "0" {
        return Some(0.0);
    }
    let mut rest = unsigned;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|character: char| character.is_ascii_digit() || character == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        let number: f64 = number.parse().ok()?;
        total += number * size(unit)?;
        rest = tail;
    }
    (!unsigned.is_empty() && total < LONGEST).then_some(sign * total)
}

/// Nanoseconds of a unit.
fn size(unit: &str) -> Option<f64> {
    match unit {
        "ns" => Some(1.0),
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1e3),
        "ms" => Some(1e6),
        "s" => Some(1e9),
        "m" => Some(60e9),
        "h" => Some(3_600e9),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expected) in
            [("0", 0.0), ("10s", 10e9), ("1m30s", 90e9), ("1.5h", 5_400e9), (".5s", 5e8), ("-2ms", -2e6), ("+1us", 1e3)]
        {
            assert_eq!(nanoseconds(text), Some(expected), "{text}");
        }
        for text in ["", "-", "5", "5x", "s", "1 s", "1d", ".s", "10S", "1m30", "3000000h", "10s "] {
            assert_eq!(nanoseconds(text), None, "{text:?}");
        }
    }
}
