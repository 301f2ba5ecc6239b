//! Templates and strategies as data: what they are called, which parameters they take, which processes they keep.
//!
//! Knows nothing of how a configuration is rendered; the generator hands this description out.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// Everything that a pipeline specification may name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Catalog {
    /// Base templates.
    pub templates: Vec<CatalogEntry>,
    /// Optimisation strategies.
    pub strategies: Vec<CatalogEntry>,
}

/// One template or strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogEntry {
    /// Its name in specifications.
    pub name: String,
    /// One or two sentences: what it does, what it saves, what it may lose.
    pub description: String,
    /// The parameters it takes.
    pub parameters: Vec<ParameterSchema>,
    /// Name of the parameter (of kind `patterns`) whose patterns are the only processes that remain. This lets a specification be refused
    /// that provably drops a critical process. `None` when the strategy does not select by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_only: Option<String>,
}

/// One parameter of a template or strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterSchema {
    /// Its key, in lowerCamelCase.
    pub name: String,
    /// What it sets, with its unit.
    pub description: String,
    /// Its type and range.
    pub kind: ParameterKind,
    /// The value taken when it is left out; `None` makes it mandatory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
}

/// Type and range of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ParameterKind {
    /// A duration such as `10s`.
    Duration {
        /// Smallest allowed value.
        min: Span,
        /// Largest allowed value.
        max: Span,
    },
    /// A whole number.
    Integer {
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// A number.
    Number {
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
    },
    /// `true` or `false`.
    Boolean,
    /// A list of regular expressions over executable names, see [`crate::spec::ProcessPattern`].
    Patterns {
        /// Fewest entries.
        min: usize,
        /// Most entries.
        max: usize,
    },
}

impl Catalog {
    /// The template of this name.
    pub fn template(&self, name: &str) -> Option<&CatalogEntry> {
        self.templates.iter().find(|entry| entry.name == name)
    }

    /// The strategy of this name.
    pub fn strategy(&self, name: &str) -> Option<&CatalogEntry> {
        self.strategies.iter().find(|entry| entry.name == name)
    }
}

impl CatalogEntry {
    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&ParameterSchema> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}
