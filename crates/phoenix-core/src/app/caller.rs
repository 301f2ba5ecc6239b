//! Who asks: taken from a token, carried into every event.

use crate::experiment::Cause;
use crate::id::{Actor, TenantId, TraceParent};

/// Who asks for a use-case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject.
    pub actor: Actor,
    /// Whose experiments it may see and create.
    pub tenant: TenantId,
    /// Trace context of the request.
    pub traceparent: Option<TraceParent>,
}

impl Caller {
    /// The caller as the cause of an event.
    pub fn cause(&self) -> Cause {
        Cause { actor: self.actor.clone(), traceparent: self.traceparent.clone() }
    }
}
