//! Who drives which experiment and when, and the effects of committed decisions.

use async_trait::async_trait;

use crate::id::{EffectId, ExperimentId, Fence, ReplicaId};
use crate::ports::failure::Failure;
use crate::ports::store::{Claim, Outbox, PendingEffect, Schedule};
use crate::testing::fake::store::{FakeStore, Slot, World};
use crate::time::{Span, Timestamp};

#[async_trait]
impl Schedule for FakeStore {
    async fn claim_due(
        &self,
        _owner: &ReplicaId,
        now: Timestamp,
        limit: u32,
        lease: Span,
    ) -> Result<Vec<Claim>, Failure> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.with(|world| {
            let mut due: Vec<(Timestamp, &ExperimentId, &mut Slot)> = world
                .slots
                .iter_mut()
                .filter_map(|(id, slot)| Some((slot.ready_at().filter(|at| *at <= now)?, id, slot)))
                .collect();
            due.sort_by_key(|(at, id, _)| (*at, (*id).clone()));
            let until = now + lease;
            let claim = |(_, id, slot): (Timestamp, &ExperimentId, &mut Slot)| {
                slot.fence += 1;
                slot.held_until = Some(until);
                slot.due_at = None;
                Claim { experiment_id: id.clone(), fence: Fence(slot.fence), until }
            };
            due.into_iter().take(limit).map(claim).collect()
        }))
    }

    async fn renew(&self, claim: &Claim, until: Timestamp) -> Result<bool, Failure> {
        Ok(self.with(|world| match world.held(claim) {
            Some(slot) => {
                slot.held_until = slot.held_until.max(Some(until));
                true
            }
            None => false,
        }))
    }

    async fn settle(&self, claim: &Claim, due_at: Option<Timestamp>) -> Result<(), Failure> {
        self.with(|world| {
            if let Some(slot) = world.held(claim) {
                slot.held_until = None;
                slot.due_by(due_at);
            }
        });
        Ok(())
    }

    async fn wake(&self, id: &ExperimentId, at: Timestamp) -> Result<(), Failure> {
        self.with(|world| {
            if let Some(slot) = world.slots.get_mut(id) {
                slot.due_by(Some(at));
            }
        });
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        Ok(self.with(|world| world.slots.values().filter_map(Slot::ready_at).min()))
    }
}

impl World {
    /// The slot, if the claim is current.
    fn held(&mut self, claim: &Claim) -> Option<&mut Slot> {
        self.slots.get_mut(&claim.experiment_id).filter(|slot| slot.held_until.is_some() && slot.fence == claim.fence.0)
    }
}

#[async_trait]
impl Outbox for FakeStore {
    async fn pending(&self, id: &ExperimentId) -> Result<Vec<PendingEffect>, Failure> {
        Ok(self.with(|world| world.effects.values().filter(|one| one.id.experiment_id == *id).cloned().collect()))
    }

    async fn postpone(&self, id: &EffectId, attempts: u32, due_at: Timestamp) -> Result<(), Failure> {
        self.with(|world| {
            if let Some(effect) = world.effects.get_mut(id) {
                effect.attempts = attempts;
                effect.due_at = due_at;
            }
        });
        Ok(())
    }
}
