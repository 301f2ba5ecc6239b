//! An outbox that loses effects for a while, or shows superseded ones first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::id::{EffectId, ExperimentId};
use crate::ports::failure::Failure;
use crate::ports::store::{Outbox as Port, PendingEffect};
use crate::testing::sim::Outbox;
use crate::time::Timestamp;

/// An outbox with its troubles.
pub(super) struct Troubled {
    outbox: Arc<dyn Port>,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    lost: u8,
    late: u8,
    /// Every effect that was ever shown.
    shown: Vec<PendingEffect>,
}

impl Troubled {
    pub(super) fn over(outbox: Arc<dyn Port>) -> Arc<Self> {
        Arc::new(Self { outbox, script: Mutex::default() })
    }

    pub(super) fn begin(&self, trouble: Outbox, times: u8) {
        let mut script = self.script();
        match trouble {
            Outbox::Lost => script.lost = times,
            Outbox::Late => script.late = times,
        }
    }

    pub(super) fn heal(&self) {
        let mut script = self.script();
        script.lost = 0;
        script.late = 0;
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn show(&mut self, id: &ExperimentId, pending: Vec<PendingEffect>) -> Vec<PendingEffect> {
        for effect in &pending {
            if !self.shown.iter().any(|shown| shown.id == effect.id) {
                self.shown.push(effect.clone());
            }
        }
        if self.lost > 0 {
            self.lost -= 1;
            return Vec::new();
        }
        let is_late = |shown: &&PendingEffect| {
            shown.id.experiment_id == *id && !pending.iter().any(|effect| effect.id == shown.id)
        };
        let late: Vec<PendingEffect> = self.shown.iter().filter(is_late).cloned().collect();
        if self.late == 0 || late.is_empty() {
            return pending;
        }
        self.late -= 1;
        late.into_iter().chain(pending).collect()
    }
}

#[async_trait]
impl Port for Troubled {
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure> {
        let pending = self.outbox.pending(id).await?;
        Ok(self.script().show(id, pending))
    }

    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure> {
        self.outbox.postpone(id, attempts, due_at).await
    }
}
