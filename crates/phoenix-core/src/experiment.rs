//! An experiment and its state machine: data, and one pure function over it.
//!
//! [`decide()`] takes the time, the policy, the experiment and one input and answers with the change to commit. It performs nothing: the
//! change holds the effects as data, and [`desired()`] says what should be deployed.
//!
//! Knows no store, no deployer, no metrics source and no clock.

mod decide;
mod desired;
mod effect;
mod event;
mod input;
pub mod invariant;
mod observation;
mod pipeline;
mod reason;
mod state;
mod status;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ExperimentId, ExperimentName, Revision, TenantId};
use crate::spec::{ExperimentSpec, ValidExperiment};
use crate::time::Timestamp;

pub use decide::{Change, Decide, Decision, Policy, Rejected, decide};
pub use desired::{Desired, desired};
pub use effect::Effect;
pub use event::{Cause, Event, EventKind};
pub use input::{Analysed, Command, EffectOutcome, Input, Party};
pub use observation::{Endpoints, HostObservation, PipelineObservation};
pub use pipeline::{GeneratedPipeline, Pair, PipelinePhase, PipelineRef, PipelineType};
pub use reason::Reason;
pub use state::State;
pub use status::{AfterEnd, Cleanup, RunClock, Status};

/// One comparison of a baseline and a candidate pipeline on the same hosts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Experiment {
    /// Its identity.
    pub id: ExperimentId,
    /// Who owns it.
    pub tenant: TenantId,
    /// Its name.
    pub name: ExperimentName,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
    /// What to compare and how; never changes.
    pub spec: ExperimentSpec,
    /// Where it is.
    pub state: State,
    /// How it got on.
    pub status: Status,
    /// Committed decisions so far.
    pub revision: Revision,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its last decision was committed.
    pub updated_at: Timestamp,
}

impl Experiment {
    /// A new experiment, pending.
    pub fn create(id: ExperimentId, tenant: TenantId, valid: ValidExperiment, now: Timestamp) -> Self {
        Self {
            id,
            tenant,
            name: valid.name,
            labels: valid.labels,
            spec: valid.spec,
            state: State::Pending,
            status: Status::entered(now),
            revision: Revision::FIRST,
            created_at: now,
            updated_at: now,
        }
    }

    /// The experiment after a change was committed. Its own time never goes back, whatever the clock does.
    #[must_use]
    pub fn after(mut self, change: &Change, now: Timestamp) -> Self {
        self.state = change.to;
        self.status = change.status.clone();
        self.revision = self.revision.next();
        self.updated_at = self.updated_at.max(now);
        self
    }
}

#[cfg(test)]
mod tests;
