//! Why no configuration could be generated, and what the port's caller is told.

use phoenix_core::ports::failure::Failure;

use crate::strategy::StrategyError;

/// Why no configuration could be generated. Fields are named as they stand in a `PipelineSpec`.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// No template has this name.
    #[error("baseTemplate: there is no template {name:?}\n  use one of: {known}")]
    UnknownTemplate {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// No strategy has this name.
    #[error("optimizations[{index}].name: there is no strategy {name:?}\n  use one of: {known}")]
    UnknownStrategy {
        /// Its place in the list.
        index: usize,
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A strategy is listed twice; what the second one should mean is anyone's guess.
    #[error(
        "optimizations[{index}].name: {name:?} is applied already by optimizations[{first}]\n  \
         keep one of them, with all its parameters"
    )]
    RepeatedStrategy {
        /// Its second place in the list.
        index: usize,
        /// Its first place in the list.
        first: usize,
        /// Its name.
        name: String,
    },
    /// A parameter is unknown, missing, of another type or out of its range.
    #[error(transparent)]
    InvalidParameter(#[from] ParameterError),
    /// A strategy finds nothing to work on.
    #[error("optimizations[{index}]: {name}: {source}")]
    StrategyNotApplicable {
        /// Its place in the list.
        index: usize,
        /// Its name.
        name: &'static str,
        /// What it misses.
        source: StrategyError,
    },
    /// A template does not render to a configuration. A mistake of its author, not of the specification.
    #[error("template {name:?} is broken: {problem}")]
    BrokenTemplate {
        /// Its name.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

/// What is wrong with a parameter, and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}\n  {hint}")]
pub struct ParameterError {
    /// Path of the parameter in the specification.
    pub field: String,
    /// What is wrong, naming the value.
    pub problem: String,
    /// The allowed range, or what to do.
    pub hint: String,
}

impl GenerateError {
    /// The stable word.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::UnknownTemplate { .. } => "UnknownTemplate",
            Self::UnknownStrategy { .. } => "UnknownStrategy",
            Self::RepeatedStrategy { .. } => "RepeatedStrategy",
            Self::InvalidParameter(_) => "InvalidParameter",
            Self::StrategyNotApplicable { .. } => "StrategyNotApplicable",
            Self::BrokenTemplate { .. } => "BrokenTemplate",
        }
    }
}

impl From<GenerateError> for Failure {
    fn from(error: GenerateError) -> Self {
        Self::permanent(error.reason(), error.to_string()).with_source(error)
    }
}
