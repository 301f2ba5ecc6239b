//! New identifiers: UUIDv7 (RFC 9562, section 5.7), which sort by the time of their creation.

use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::identity::IdentitySource;
use uuid::Uuid;

/// Makes UUIDv7 identifiers.
#[derive(Clone, Copy, Debug, Default)]
pub struct UuidSource;

impl IdentitySource for UuidSource {
    fn experiment_id(&self) -> ExperimentId {
        loop {
            // A hyphenated lower-case UUID always has the form of an id; the loop only spares an `expect`.
            if let Ok(id) = Uuid::now_v7().to_string().parse() {
                return id;
            }
        }
    }

    fn commit_token(&self) -> String {
        Uuid::now_v7().to_string()
    }
}

/// A name for this process among the replicas.
pub fn replica_id() -> ReplicaId {
    loop {
        if let Ok(id) = Uuid::now_v7().to_string().parse() {
            return id;
        }
    }
}
