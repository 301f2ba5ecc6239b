//! Optimisation strategies: each a small type in a file of its own that changes a configuration, composed in the order of the specification.
//!
//! To add one: implement [`Strategy`] in `strategy/<name>.rs` and list it in `all`.

mod exclude_kernel_threads;
mod process_filter;
mod reaggregate_at_source;
mod threshold;

use phoenix_core::spec::CatalogEntry;

use crate::config::{CollectorConfig, ConfigError};
use crate::error::ParameterError;
use crate::parameter::Parameters;

pub use exclude_kernel_threads::ExcludeKernelThreads;
pub use process_filter::ProcessFilter;
pub use reaggregate_at_source::ReaggregateAtSource;
pub use threshold::Threshold;

/// Makes a pipeline cheaper.
pub trait Strategy {
    /// Its name in specifications.
    fn name(&self) -> &'static str;

    /// What it is called, what it saves and may lose, which parameters it takes.
    fn describe() -> CatalogEntry
    where
        Self: Sized;

    /// With parameters that fit its description.
    fn with_parameters(parameters: &Parameters) -> Result<Self, ParameterError>
    where
        Self: Sized;

    /// Changes the configuration. Whatever other strategies did before stays in force.
    fn apply(&self, config: &mut CollectorConfig) -> Result<(), StrategyError>;
}

/// Why a strategy cannot be applied to a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrategyError {
    /// The configuration lacks what the strategy works on.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A strategy that specifications may name.
pub(crate) struct Registered {
    /// Its place in the catalog.
    pub(crate) entry: CatalogEntry,
    /// Makes one.
    pub(crate) build: fn(&Parameters) -> Result<Box<dyn Strategy>, ParameterError>,
}

/// Every strategy, from the one that loses nothing to the one that loses most.
pub(crate) fn all() -> Vec<Registered> {
    vec![
        registered::<ReaggregateAtSource>(),
        registered::<ExcludeKernelThreads>(),
        registered::<Threshold>(),
        registered::<ProcessFilter>(),
    ]
}

fn registered<S: Strategy + 'static>() -> Registered {
    Registered { entry: S::describe(), build: |parameters| Ok(Box::new(S::with_parameters(parameters)?)) }
}
