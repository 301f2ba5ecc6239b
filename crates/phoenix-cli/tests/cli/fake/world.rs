//! What the server of the tests knows: the experiment, what becomes of it, and what was asked.

use std::collections::VecDeque;

use axum::http::StatusCode;
use phoenix_core::analysis::Comparison;
use phoenix_core::experiment::Experiment;
use phoenix_core::id::Revision;
use serde_json::{Value, json};

/// What the server knows, and what it was asked.
pub(crate) struct World {
    /// The experiment, once it is created. It is shown with the revision below.
    pub(crate) experiment: Experiment,
    /// How many decisions were committed, as the server itself counts.
    pub(super) revision: u64,
    /// What becomes of it, one step per look.
    pub(crate) steps: VecDeque<Experiment>,
    /// The comparison in its report.
    pub(crate) comparison: Option<Comparison>,
    /// Its pipelines.
    pub(crate) pipelines: Value,
    /// How often a list holds it.
    pub(crate) listed: usize,
    /// Its history, instead of the usual one.
    pub(crate) events: Option<Vec<Value>>,
    /// Why the controller is frozen, while it is.
    pub(crate) freeze: Option<String>,
    /// The version of the server.
    pub(crate) version: String,
    /// What a creation is refused with.
    pub(crate) refusal: Option<(StatusCode, Value)>,
    /// Whether the start command fails.
    pub(crate) is_deaf_to_start: bool,
    /// Whether its pipelines are gone as soon as it is cancelled.
    pub(crate) cleans_up: bool,
    /// How many requests are answered with "not now".
    pub(crate) busy_for: u32,
    /// What every request must bring.
    pub(crate) token: Option<String>,
    /// Every request: method, path, and query where there is one.
    pub(crate) requests: Vec<String>,
    /// Bodies of commands and creations.
    pub(crate) bodies: Vec<Value>,
}

impl World {
    /// A world of this experiment.
    pub(crate) fn of(experiment: Experiment) -> Self {
        Self {
            experiment,
            revision: 1,
            steps: VecDeque::new(),
            comparison: None,
            pipelines: json!([]),
            listed: 1,
            events: None,
            freeze: None,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            refusal: None,
            is_deaf_to_start: false,
            cleans_up: true,
            busy_for: 0,
            token: None,
            requests: Vec::new(),
            bodies: Vec::new(),
        }
    }

    /// The experiment as it is shown.
    pub(super) fn shown(&self) -> Experiment {
        Experiment { revision: Revision(self.revision), ..self.experiment.clone() }
    }
}
