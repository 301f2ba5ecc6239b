//! Events of the history.

use phoenix_core::experiment::Event;
use phoenix_proto::controller::v1 as proto;

use crate::grpc::convert::state::state;
use crate::grpc::convert::time::timestamp;

/// An event as a message.
pub(in crate::grpc) fn event(event: Event) -> proto::Event {
    proto::Event {
        seq: event.seq.0,
        kind: event.kind.to_string(),
        actor: event.actor.into(),
        tenant: event.tenant.into(),
        at: Some(timestamp(event.at)),
        from_state: event.from.map(state),
        to_state: Some(state(event.to)),
        reason: event.reason.to_string(),
        message: event.message,
        traceparent: event.traceparent.map(String::from).unwrap_or_default(),
        experiment_id: event.experiment_id.into(),
    }
}

#[cfg(test)]
mod tests {
    use phoenix_core::experiment::{Cause, State};
    use phoenix_core::ports::store::created_event;
    use phoenix_core::testing::build::{at, experiment};

    use super::*;

    #[test]
    fn a_creation_has_no_state_before_it() {
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let cause = Cause { actor: "ann".parse().expect("valid"), traceparent: traceparent.parse().ok() };
        let shown = event(created_event(&experiment("e1", "one"), &cause));
        assert_eq!(
            shown,
            proto::Event {
                seq: 1,
                kind: "experiment.created".to_owned(),
                actor: "ann".to_owned(),
                tenant: "default".to_owned(),
                at: Some(timestamp(at(0))),
                from_state: None,
                to_state: Some(state(State::Pending)),
                reason: "Created".to_owned(),
                message: String::new(),
                traceparent: traceparent.to_owned(),
                experiment_id: "e1".to_owned(),
            }
        );
    }
}
