//! Two things measured in turns, and what their ratio is.

use serde_json::{Value, json};

/// One figure: how long each side took, round by round, in seconds.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) ours: Vec<f64>,
    pub(crate) other: Vec<f64>,
}

impl Figure {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ours: Vec::new(), other: Vec::new() }
    }

    /// Medians in seconds, and the ratio `ours / other` of the rounds: its median and its quartiles. A round compares what was measured
    /// within moments of each other.
    pub(crate) fn to_json(&self) -> Value {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.other).map(|(ours, other)| ours / other).collect();
        json!({
            "name": self.name,
            "ours": quantile(&self.ours, 0.5),
            "other": quantile(&self.other, 0.5),
            "ratio": quantile(&ratios, 0.5),
            "low": quantile(&ratios, 0.25),
            "high": quantile(&ratios, 0.75),
            "rounds": ratios.len(),
        })
    }
}

/// The value below which this share of all lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an index of a short list"
)]
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (share * (sorted.len() as f64 - 1.0)).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
