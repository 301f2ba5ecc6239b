//! Settings of the whole controller.

use phoenix_core::ports::control::Freeze;
use phoenix_proto::controller::v1 as proto;

use crate::grpc::convert::time::timestamp;

/// Whether the controller is frozen, as a message.
pub(in crate::grpc) fn freeze_state(freeze: Option<Freeze>) -> proto::FreezeState {
    freeze.map_or_else(proto::FreezeState::default, |freeze| proto::FreezeState {
        frozen: true,
        since: Some(timestamp(freeze.since)),
        actor: freeze.actor.to_string(),
        reason: freeze.reason,
    })
}
