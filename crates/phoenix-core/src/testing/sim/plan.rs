//! The experiments that a history creates.

use serde_json::{Value, json};

use crate::time::{Span, Timestamp};

/// What kind of experiment is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// A run of ten seconds.
    Short,
    /// A run of ten seconds whose pipelines are kept.
    Kept,
    /// A run that is long enough for a promotion.
    Long,
    /// Starts by itself after five seconds, and ends after thirty at the latest.
    Scheduled,
    /// A guardrail, and a silent candidate is found after three samples.
    Guarded,
    /// Every state may last two seconds only, and an outage three.
    Tight,
    /// Has the name of experiment 0.
    Namesake,
    /// Its baseline cannot run on the target.
    Unfit,
}

impl Plan {
    /// Every plan.
    pub const ALL: [Self; 8] =
        [Self::Short, Self::Kept, Self::Long, Self::Scheduled, Self::Guarded, Self::Tight, Self::Namesake, Self::Unfit];

    /// The document of experiment `number`.
    pub(super) fn document(self, number: u8, now: Timestamp) -> Value {
        let name = if self == Self::Namesake { 0 } else { number };
        let mut schedule = json!({"duration": "10s", "warmUp": "1s", "sampleInterval": "1s"});
        let mut spec = json!({
            "baseline": {"baseTemplate": "process-baseline"},
            "candidate": {"baseTemplate": "process-baseline", "optimizations": [{"name": "exclude-kernel-threads"}]},
        });
        match self {
            Self::Short | Self::Namesake => {}
            Self::Unfit => spec["baseline"]["parameters"] = json!({"collectionInterval": "2s"}),
            Self::Kept => spec["keepPipelines"] = json!(true),
            Self::Long => {
                schedule["duration"] = json!("66s");
                spec["criticalProcesses"] = json!(["^postgres$"]);
            }
            Self::Scheduled => {
                schedule["start"] = json!((now + Span::from_secs(5)).to_string());
                schedule["end"] = json!((now + Span::from_secs(30)).to_string());
            }
            Self::Guarded => {
                spec["policy"] = json!({"guardrails": {"memoryBytes": 200_000_000_u64}, "minimumSamples": 3});
            }
            Self::Tight => {
                spec["policy"] = json!({"outageBudget": "3s"});
                spec["deadlines"] =
                    json!({"pending": "20s", "initializing": "2s", "deploying": "2s", "analyzing": "2s"});
            }
        }
        spec["schedule"] = schedule;
        json!({
            "apiVersion": "phoenix.io/v1",
            "kind": "Experiment",
            "metadata": {"name": format!("name-{name}"), "id": format!("e{number}")},
            "spec": spec,
        })
    }
}
