//! The history: immutable facts, one per committed decision.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::experiment::{Reason, State};
use crate::id::{Actor, ExperimentId, Revision, TenantId, TraceParent};
use crate::time::Timestamp;

/// Who or what caused a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The token's subject, or `system`.
    pub actor: Actor,
    /// Trace context of the causing request.
    pub traceparent: Option<TraceParent>,
}

impl Cause {
    /// The controller itself.
    pub fn system() -> Self {
        Self { actor: Actor::system(), traceparent: None }
    }
}

/// An immutable fact in an experiment's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// Its place in the history: the revision that the decision produced.
    pub seq: Revision,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// Whose experiment it is.
    pub tenant: TenantId,
    /// Trace context of the causing request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<TraceParent>,
    /// The state before; `None` at the creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<State>,
    /// The state after.
    pub to: State,
    /// Why.
    pub reason: Reason,
    /// The same for people.
    #[serde(default)]
    pub message: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// The experiment exists.
    #[serde(rename = "experiment.created")]
    Created,
    /// It left `pending` for `initializing`.
    #[serde(rename = "experiment.started")]
    Started,
    /// Its configurations are generated; the pipelines are being deployed.
    #[serde(rename = "experiment.deploying")]
    Deploying,
    /// Both pipelines are ready; the run has begun.
    #[serde(rename = "experiment.running")]
    Running,
    /// The clock of the run stands.
    #[serde(rename = "experiment.outage_began")]
    OutageBegan,
    /// The clock of the run goes on.
    #[serde(rename = "experiment.outage_ended")]
    OutageEnded,
    /// The clock of the run stands by request.
    #[serde(rename = "experiment.paused")]
    Paused,
    /// The clock of the run goes on by request.
    #[serde(rename = "experiment.resumed")]
    Resumed,
    /// A pipeline is deployed again by request.
    #[serde(rename = "experiment.redeploying")]
    Redeploying,
    /// The run has ended; the evidence is sealed.
    #[serde(rename = "experiment.analyzing")]
    Analyzing,
    /// There is a verdict.
    #[serde(rename = "experiment.completed")]
    Completed,
    /// It could not be carried out.
    #[serde(rename = "experiment.failed")]
    Failed,
    /// It was ended by request, whatever the state is called.
    #[serde(rename = "experiment.cancelled")]
    Cancelled,
    /// The pipelines are confirmed to be gone.
    #[serde(rename = "experiment.cleaned_up")]
    CleanedUp,
    /// The experiment was deleted; this event stays.
    #[serde(rename = "experiment.deleted")]
    Deleted,
}

impl EventKind {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "experiment.created",
            Self::Started => "experiment.started",
            Self::Deploying => "experiment.deploying",
            Self::Running => "experiment.running",
            Self::OutageBegan => "experiment.outage_began",
            Self::OutageEnded => "experiment.outage_ended",
            Self::Paused => "experiment.paused",
            Self::Resumed => "experiment.resumed",
            Self::Redeploying => "experiment.redeploying",
            Self::Analyzing => "experiment.analyzing",
            Self::Completed => "experiment.completed",
            Self::Failed => "experiment.failed",
            Self::Cancelled => "experiment.cancelled",
            Self::CleanedUp => "experiment.cleaned_up",
            Self::Deleted => "experiment.deleted",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
