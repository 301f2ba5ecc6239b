//! Collector configurations from templates and optimisation strategies, and their validator.
//!
//! [`TemplateGenerator`] is the core's port `Generator`: handlebars renders a built-in template with typed parameters, the text is parsed, the
//! strategies of the specification change it one after the other, and the result is written as YAML. The same specification gives the same
//! bytes. The text holds no identity, port or host path: those are `${env:PHOENIX_...}` variables, which the deployer sets. A generated text is
//! not checked here; the core has every text checked, whoever made it, by [`CollectorConfigValidator`], the port `ConfigValidator`.
//!
//! Reading order: `generator`, `template`, [`strategy`], [`config`], [`validator`].
//!
//! What this crate does **not** know: deployers, running collectors, experiments, files, the network. Everything in it is a pure function.

mod component;
pub mod config;
pub mod error;
mod generator;
mod ottl;
mod parameter;
pub mod strategy;
mod template;
pub mod validator;
mod yaml;

pub use generator::TemplateGenerator;
pub use parameter::Parameters;
pub use validator::{CollectorConfigValidator, Help, Rule, ValidatorOptions};
