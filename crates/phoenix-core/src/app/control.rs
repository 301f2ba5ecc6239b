//! What operators set for the whole controller: the freeze.

use crate::app::ports::answer;
use crate::app::{Caller, Ports};
use crate::error::{Code, Error, Result};
use crate::ports::control::Freeze;
use crate::spec::Violation;

/// Longest reason of a freeze, in bytes.
const LONGEST_REASON: usize = 400;

/// Settings of the whole controller.
#[derive(Clone)]
pub struct Control {
    ports: Ports,
}

impl Control {
    /// Settings over these ports.
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Whether decisions can be stored now: for readiness.
    pub async fn ready(&self) -> Result<()> {
        self.ports.control.probe().await.map_err(answer(Code::Internal))
    }

    /// The freeze, while there is one.
    pub async fn freeze_state(&self) -> Result<Option<Freeze>> {
        self.ports.control.freeze().await.map_err(answer(Code::Internal))
    }

    /// Nothing new starts from now on. A freeze that there is already is answered as it is.
    pub async fn freeze(&self, caller: &Caller, reason: &str) -> Result<Freeze> {
        if reason.len() > LONGEST_REASON {
            let message = format!("{} bytes are too long", reason.len());
            return Err(Error::validation(&[
                Violation::new("reason", message).with_hint(format!("allowed: at most {LONGEST_REASON} bytes"))
            ]));
        }
        let freeze = Freeze { since: self.ports.clock.now(), actor: caller.actor.clone(), reason: reason.to_owned() };
        let held = self.ports.control.set_freeze(Some(freeze.clone())).await.map_err(answer(Code::Internal))?;
        Ok(held.unwrap_or(freeze))
    }

    /// Ends the freeze; scheduled starts that have come in the meantime follow within seconds.
    pub async fn thaw(&self) -> Result<()> {
        self.ports.control.set_freeze(None).await.map_err(answer(Code::Internal))?;
        self.ports.signal.committed();
        Ok(())
    }
}
