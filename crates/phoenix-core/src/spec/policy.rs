//! What is judged, and how strictly: the `policy` of an experiment.

use std::collections::BTreeMap;

use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer, Serialize};

use crate::analysis::Indicator;
use crate::time::Span;

/// The user's policy; every key is optional.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EvidencePolicy {
    /// The cost that the candidate must save for the verdict `promote`, by the margin of this indicator.
    pub primary: Indicator,
    /// Deviations from the default role, margin and time constant of single indicators.
    #[serde(deserialize_with = "by_indicator")]
    pub indicators: BTreeMap<Indicator, IndicatorPolicy>,
    /// Fewest samples on which an indicator is judged. Never fewer than 60, nor than 20 time constants (`tau`) of the indicator hold.
    pub minimum_samples: u32,
    /// How long, in all, evidence may be missing on both pipelines. Until then the clock of the run stands still; then the run ends, and
    /// what was sampled is judged.
    pub outage_budget: Span,
    /// Limits that end the run at once. A breach by the candidate alone rejects it; one by the baseline, or by both, is a failure.
    pub guardrails: Guardrails,
}

impl Default for EvidencePolicy {
    fn default() -> Self {
        Self {
            primary: Indicator::ActiveSeries,
            indicators: BTreeMap::new(),
            minimum_samples: 60,
            outage_budget: Span::from_mins(10),
            guardrails: Guardrails::default(),
        }
    }
}

/// How one indicator counts; `None` keeps the indicator's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IndicatorPolicy {
    /// What the indicator counts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Of a saving, the relative saving that is sought; of a gate, the loss that is tolerated, relative for costs and absolute for shares.
    /// 0.1 is 10 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// Longest time constant to be expected in the series: for about so long a value remembers what was before. It sets the fewest samples.
    /// Never less than the collection interval, whatever stands here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau: Option<Span>,
}

/// What an indicator counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A saving is sought. Only the policy's primary indicator decides.
    Saving,
    /// A loss beyond the margin rejects; without a pass nothing is promoted.
    Gate,
    /// Shown, never judged.
    Info,
}

/// Limits whose breach ends the run at once, whatever the statistics say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Guardrails {
    /// Largest resident memory of a collector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

impl EvidencePolicy {
    /// What the indicator counts for under this policy.
    pub fn role(&self, indicator: Indicator) -> Role {
        self.indicators.get(&indicator).and_then(|policy| policy.role).unwrap_or_else(|| indicator.default_role())
    }

    /// The saving sought or the loss tolerated, as a share (0.1 is 10 %).
    pub fn margin(&self, indicator: Indicator) -> f64 {
        self.indicators.get(&indicator).and_then(|policy| policy.margin).unwrap_or_else(|| indicator.default_margin())
    }

    /// The longest time constant of the indicator's series; `collection_interval` is the default of counts. Never less than that: between two
    /// measurements nothing is learned, however often it is sampled.
    pub fn tau(&self, indicator: Indicator, collection_interval: Span) -> Span {
        self.indicators
            .get(&indicator)
            .and_then(|policy| policy.tau)
            .unwrap_or_else(|| indicator.default_tau(collection_interval))
            .max(collection_interval)
    }

    /// Fewest samples before the indicator is judged: `max(60, minimumSamples, 20 tau / interval)`.
    pub fn minimum_samples(&self, indicator: Indicator, collection_interval: Span, sample_interval: Span) -> u64 {
        let tau = self.tau(indicator, collection_interval);
        let by_tau = Span::from_micros(tau.as_micros().saturating_mul(20))
            .as_micros()
            .div_ceil(sample_interval.as_micros().max(1));
        by_tau.max(u64::from(self.minimum_samples)).max(60)
    }
}

/// The name of an indicator as the key of an object.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(Indicator);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Through a text, because the path of a mistake knows only keys that are read as texts.
        let word = String::deserialize(deserializer)?;
        Indicator::deserialize(word.as_str().into_deserializer()).map(Self)
    }
}

fn by_indicator<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Indicator, IndicatorPolicy>, D::Error> {
    let by_key: BTreeMap<Key, IndicatorPolicy> = BTreeMap::deserialize(deserializer)?;
    Ok(by_key.into_iter().map(|(key, policy)| (key.0, policy)).collect())
}
