//! One-shot effects: what the world is asked to do once per decision. They are rows of the outbox, committed with the decision.
//!
//! Deploying and removing are no such effects: they are level-triggered, see [`crate::experiment::desired`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// A one-shot effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Generate both configurations, check them, and see whether the target can run them.
    GeneratePipelines,
    /// Compare the stored samples.
    AnalyseSamples,
}

impl Effect {
    /// The word: log field, metric label, outbox column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GeneratePipelines => "generate_pipelines",
            Self::AnalyseSamples => "analyse_samples",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
