//! What both protocols share: the use-cases, who may call them, and what wakes a stream.

use std::sync::Arc;

use phoenix_core::app::{Commands, Control, Queries};
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use crate::auth::Authenticator;

/// The use-cases and their surroundings, as the HTTP and the gRPC service see them. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// What clients ask to be done.
    pub commands: Commands,
    /// What clients ask to see.
    pub queries: Queries,
    /// Settings of the whole controller.
    pub control: Control,
    /// Turns a token into a caller.
    pub authenticator: Arc<Authenticator>,
    /// Counts commits: a change means that there may be new events.
    pub commits: watch::Receiver<u64>,
    /// True once every part works; false while starting and stopping.
    pub ready: watch::Receiver<bool>,
    /// What `/metrics` shows.
    pub registry: Arc<Registry>,
}
