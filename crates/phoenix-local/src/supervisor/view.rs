//! What a supervisor shows.

use phoenix_core::experiment::{HostObservation, PipelineObservation, PipelinePhase};

use crate::supervisor::Supervisor;
use crate::supervisor::stage::{Stage, Then};

impl Supervisor {
    /// Shows the present state; who watches is told when it is another one.
    pub(super) fn publish(&self) {
        let present = self.observe();
        let has_changed = self.view.send_if_modified(|shown| {
            let has_changed = *shown != present;
            *shown = present;
            has_changed
        });
        if let (true, Some(id)) = (has_changed, &self.experiment_id) {
            self.shared.tell(id);
        }
    }

    pub(super) fn observe(&self) -> PipelineObservation {
        let phase = self.phase();
        if phase == PipelinePhase::Removed {
            return PipelineObservation::absent(self.name.clone());
        }
        let host = HostObservation {
            host: self.shared.host.clone(),
            ready: phase == PipelinePhase::Ready,
            config_hash: match &self.stage {
                Stage::Running(running) => running.hash.clone(),
                Stage::Idle | Stage::Stopping(_) | Stage::Waiting(_) | Stage::Failed | Stage::Gone => None,
            },
            restarts: self.record.as_ref().map_or(0, |record| record.restarts),
            message: self.message.clone(),
            endpoints: self.record.as_ref().map(|record| record.ports.endpoints()),
        };
        PipelineObservation { name: self.name.clone(), phase, message: self.message.clone(), hosts: vec![host] }
    }

    fn phase(&self) -> PipelinePhase {
        let not_ready = if self.was_ready { PipelinePhase::Degraded } else { PipelinePhase::Progressing };
        match &self.stage {
            Stage::Idle => PipelinePhase::Pending,
            Stage::Running(running) if running.is_ready => PipelinePhase::Ready,
            Stage::Waiting(_) if self.is_hindered && !self.was_ready => PipelinePhase::Pending,
            Stage::Running(_) | Stage::Waiting(_) => not_ready,
            Stage::Stopping(stopping) => match stopping.then {
                Then::Remove => PipelinePhase::Removing,
                Then::Start | Then::Crash(_) | Then::Rest => not_ready,
            },
            Stage::Failed => PipelinePhase::Failed,
            Stage::Gone => PipelinePhase::Removed,
        }
    }
}
