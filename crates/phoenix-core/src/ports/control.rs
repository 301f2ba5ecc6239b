//! What operators set for the whole controller, kept with the experiments so that every replica obeys and a restart forgets nothing.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::id::Actor;
use crate::ports::failure::Failure;
use crate::time::Timestamp;

/// The global freeze: nothing new starts. What has started goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Freeze {
    /// Since when.
    pub since: Timestamp,
    /// Who asked for it.
    pub actor: Actor,
    /// Why, for people.
    #[serde(default)]
    pub reason: String,
}

/// Settings of the whole controller.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ControlStore: Send + Sync {
    /// The freeze, while there is one.
    async fn freeze(&self) -> Result<Option<Freeze>, Failure>;

    /// Begins a freeze, or ends it with `None`. A freeze that there is already stays as it is. May be repeated. Answers with what holds
    /// afterwards.
    async fn set_freeze(&self, freeze: Option<Freeze>) -> Result<Option<Freeze>, Failure>;

    /// Whether the store could take a decision now: it tries to write, at most once in a while. Costs the same however much is stored.
    async fn probe(&self) -> Result<(), Failure>;
}
