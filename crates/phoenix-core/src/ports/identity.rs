//! Where new identifiers come from.

use crate::id::ExperimentId;

/// Makes identifiers that nobody has made before.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait IdentitySource: Send + Sync {
    /// Identity of a new experiment.
    fn experiment_id(&self) -> ExperimentId;

    /// A token that marks one attempt to commit, so that an attempt with an unknown outcome can be recognised later.
    fn commit_token(&self) -> String;
}
