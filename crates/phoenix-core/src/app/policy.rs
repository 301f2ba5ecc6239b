//! The policy under which an experiment is decided about now.

use std::borrow::Cow;

use crate::app::Ports;
use crate::experiment::{Experiment, Policy, State};
use crate::ports::failure::Failure;

/// The controller's policy, frozen while there is a freeze. Only what has not started is asked for it: a freeze stops nothing.
pub(super) async fn policy_for<'a>(
    ports: &Ports,
    policy: &'a Policy,
    experiment: &Experiment,
) -> Result<Cow<'a, Policy>, Failure> {
    if experiment.state != State::Pending || ports.control.freeze().await?.is_none() {
        return Ok(Cow::Borrowed(policy));
    }
    Ok(Cow::Owned(Policy { frozen: true, ..policy.clone() }))
}
