//! The fields of the schedule and of the deadlines.

use serde_json::json;

use super::{Facts, Preset, object};
use crate::experiment::Policy;
use crate::spec::Limits;
use crate::spec::validate::schedule::{
    DEFAULT_INTERVALS, DEFAULT_SAMPLES, DEFAULT_WARM_UP, DEFAULT_WARM_UP_DIVISOR, FEWEST_SAMPLES, LONGEST_DEADLINE,
    LONGEST_WAIT, SHORTEST_DEADLINE,
};
use crate::time::Span;

pub(super) fn of(path: &str, limits: &Limits) -> Option<Facts> {
    if path == "spec.schedule" {
        return Some(object(Preset::Required, "the fields below", json!({"duration": "30m"})));
    }
    if path == "spec.deadlines" {
        return Some(object(Preset::Value(json!({})), "the fields below", json!({"deploying": "5m"})));
    }
    schedule(path.strip_prefix("spec.schedule.").unwrap_or_default(), limits)
        .or_else(|| deadline(path.strip_prefix("spec.deadlines.").unwrap_or_default()))
}

fn schedule(key: &str, limits: &Limits) -> Option<Facts> {
    let facts = match key {
        "start" => Facts::time(Preset::Rule("waits for the start command".to_owned()), "2026-12-01T08:00:00Z")
            .check("A time that has passed starts at once."),
        "end" => Facts::time(Preset::Rule("the run ends by its duration".to_owned()), "2026-12-01T09:00:00Z")
            .check("It must come after `start`, and must not have passed when the experiment is created."),
        "duration" => Facts::duration(Preset::Required, limits.min_duration, limits.max_duration, "30m"),
        "warmUp" => {
            let rule = format!("`{DEFAULT_WARM_UP}`, but at most 1/{DEFAULT_WARM_UP_DIVISOR} of `duration`");
            let mut facts = Facts::duration(Preset::Rule(rule), Span::ZERO, limits.max_duration, "2m");
            "0s to less than `duration`".clone_into(&mut facts.allowed);
            facts.most = None;
            facts
        }
        "sampleInterval" => Facts::duration(
            Preset::Rule(default_interval()),
            limits.min_sample_interval,
            limits.max_sample_interval,
            "15s",
        )
        .check(format!("At least {FEWEST_SAMPLES} samples must come after the warm-up.")),
        _ => return None,
    };
    Some(facts)
}

fn default_interval() -> String {
    let [longest, shorter @ ..] = DEFAULT_INTERVALS;
    let shorter: Vec<String> = shorter.iter().map(|interval| format!("`{interval}`")).collect();
    format!(
        "`{longest}`; where that gives fewer than {DEFAULT_SAMPLES} samples after the warm-up, the longest of {} that gives as many, or else \
         the shortest",
        shorter.join(", ")
    )
}

fn deadline(key: &str) -> Option<Facts> {
    let policy = Policy::default();
    let own = |span: Span| Preset::Rule(format!("the controller's, `{span}` unless configured"));
    let facts = match key {
        "pending" => {
            let rule = Preset::Rule("waits for ever unless the controller is configured otherwise".to_owned());
            Facts::duration(rule, SHORTEST_DEADLINE, LONGEST_WAIT, "48h")
        }
        "initializing" => Facts::duration(own(policy.initializing_deadline), SHORTEST_DEADLINE, LONGEST_DEADLINE, "1m"),
        "deploying" => Facts::duration(own(policy.deploying_deadline), SHORTEST_DEADLINE, LONGEST_DEADLINE, "10m"),
        "analyzing" => Facts::duration(own(policy.analyzing_deadline), SHORTEST_DEADLINE, LONGEST_DEADLINE, "2m"),
        _ => return None,
    };
    Some(facts)
}
