//! The fields of the policy.

use serde_json::{Value, json};

use super::{Facts, Preset, object};
use crate::analysis::Indicator;
use crate::spec::EvidencePolicy;
use crate::spec::schema::set;
use crate::spec::validate::policy::{
    LARGEST_MARGIN, LONGEST_OUTAGE, LONGEST_TAU, MOST_SAMPLES, ONE_MICROSECOND, SMALLEST_MEMORY,
};

const INDICATOR: &str = "spec.policy.indicators.*";

pub(super) fn of(path: &str) -> Option<Facts> {
    let policy = EvidencePolicy::default();
    let facts = match path {
        "spec.policy" => object(Preset::Value(json!({})), "the fields below", json!({"outageBudget": "5m"})),
        "spec.policy.primary" => primary(policy.primary),
        "spec.policy.indicators" => {
            let names: Vec<String> = Indicator::ALL.iter().map(|indicator| format!("`{indicator}`")).collect();
            let example = json!({"cpu_usage": {"role": "gate", "margin": 0.2}});
            object(Preset::Value(json!({})), &format!("a key for each indicator: {}", names.join(", ")), example)
        }
        "spec.policy.minimumSamples" => {
            let preset = Preset::Value(json!(policy.minimum_samples));
            whole(preset, 1, Some(u64::from(MOST_SAMPLES)), 120)
                .check("Fewer than 60 are never judged, whatever stands here.")
        }
        "spec.policy.outageBudget" => {
            let preset = Preset::Value(json!(policy.outage_budget.to_string()));
            Facts::duration(preset, ONE_MICROSECOND, LONGEST_OUTAGE, "10m")
        }
        "spec.policy.guardrails" => {
            object(Preset::Value(json!({})), "the fields below", json!({"memoryBytes": 536_870_912}))
        }
        "spec.policy.guardrails.memoryBytes" => {
            let mut facts = whole(Preset::Nothing, SMALLEST_MEMORY, None, 536_870_912).unit("bytes");
            facts.allowed = format!("{SMALLEST_MEMORY} (16 MiB) or more; an idle collector takes 40 to 60 MiB");
            facts
        }
        _ => return indicator(path.strip_prefix(INDICATOR)?.strip_prefix('.')?),
    };
    Some(facts)
}

fn whole(preset: Preset, least: u64, most: Option<u64>, example: u64) -> Facts {
    let allowed = most.map_or_else(|| format!("{least} or more"), |most| format!("{least} to {most}"));
    let mut facts = Facts::new("whole number", preset, allowed, json!(example));
    facts.least = Some(json!(least));
    facts.most = most.map(|most| json!(most));
    let mut keywords = json!({"type": "integer", "minimum": least});
    if let Some(most) = most {
        set(&mut keywords, "maximum", json!(most));
    }
    facts.keywords(keywords)
}

fn primary(default: Indicator) -> Facts {
    let words: Vec<&str> = Indicator::ALL
        .into_iter()
        .filter(|indicator| indicator.is_cost() && indicator.is_judged())
        .map(Indicator::as_str)
        .collect();
    let allowed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let mut facts = Facts::new("text", Preset::Value(json!(default)), allowed, json!(default))
        .check("It must have the role `saving`, by default or in `indicators`, else nothing could be promoted.");
    facts.keywords = json!({"type": "string", "enum": words, "oneOf": Value::Null});
    facts
}

fn indicator(key: &str) -> Option<Facts> {
    let own = || Preset::Rule("the indicator's own, see the table of indicators".to_owned());
    let facts = match key {
        "role" => Facts::new("text", own(), "`saving`, `gate` or `info`", json!("gate"))
            .check("Only costs can have the role `saving`.")
            .check("`critical_retention` and `value_agreement` are always gates."),
        "margin" => {
            let allowed = format!("0 to less than {LARGEST_MARGIN}; of savings and shares less than 1");
            Facts::new("number", own(), allowed, json!(0.2))
                .unit("share: 0.1 is 10 %")
                .keywords(json!({"minimum": 0, "exclusiveMaximum": LARGEST_MARGIN}))
        }
        "tau" => Facts::duration(own(), ONE_MICROSECOND, LONGEST_TAU, "45s"),
        _ => return None,
    };
    Some(facts)
}
