//! Makes collector configurations from specifications.

use async_trait::async_trait;

use crate::ports::failure::Failure;
use crate::ports::validator::Finding;
use crate::spec::{Catalog, PipelineSpec};
use crate::time::Span;

/// A generated configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The collector configuration. It holds no identity, port or host path.
    pub config: String,
    /// How often its collector measures.
    pub collection_interval: Span,
    /// What the generator wants people to know.
    pub findings: Vec<Finding>,
}

/// Generates configurations. The same specification gives the same bytes.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Generator: Send + Sync {
    /// What specifications may name.
    async fn catalog(&self) -> Result<Catalog, Failure>;

    /// The configuration of a specification. Unknown names and unusable parameters are permanent failures that name the field. May be repeated.
    async fn generate(&self, spec: &PipelineSpec) -> Result<Generated, Failure>;
}
