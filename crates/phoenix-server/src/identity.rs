//! New identifiers: UUIDv7 (RFC 9562, section 5.7), which sort by the time of their creation.

use phoenix_core::id::{ExperimentId, ReplicaId};
use phoenix_core::ports::identity::IdentitySource;
use uuid::Uuid;

/// Makes UUIDv7 identifiers.
#[derive(Clone, Copy, Debug, Default)]
pub struct UuidSource;

impl IdentitySource for UuidSource {
    fn experiment_id(&self) -> ExperimentId {
        ExperimentId::from_uuid(Uuid::now_v7().as_u128())
    }

    fn commit_token(&self) -> String {
        Uuid::now_v7().to_string()
    }
}

/// A name for this process among the replicas.
pub fn replica_id() -> ReplicaId {
    ReplicaId::from_uuid(Uuid::now_v7().as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_text_of_their_uuid_and_sort_by_time() {
        let ids: Vec<ExperimentId> = (0..100).map(|_| UuidSource.experiment_id()).collect();
        for id in &ids {
            let uuid: Uuid = id.as_str().parse().expect("a UUID");
            assert_eq!((uuid.get_version_num(), uuid.to_string()), (7, id.to_string()));
            assert_eq!(id.as_str().parse::<ExperimentId>().as_ref(), Ok(id));
        }
        assert!(ids.is_sorted());
        assert!(replica_id().as_str().parse::<ReplicaId>().is_ok());
        let known = "0af76519-16cd-43dd-8448-eb211c80319c";
        assert_eq!(ExperimentId::from_uuid(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c).as_str(), known);
    }
}
