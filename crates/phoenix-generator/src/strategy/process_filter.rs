//! `process-filter`: nothing but the processes that somebody named.

use phoenix_core::spec::{CatalogEntry, ParameterKind, ParameterSchema, ProcessPattern};

use crate::config::CollectorConfig;
use crate::error::ParameterError;
use crate::parameter::Parameters;
use crate::strategy::{Strategy, StrategyError};

const NAME: &str = "process-filter";
const PATTERNS: &str = "patterns";

/// Reads only processes whose executable's name matches one of the patterns.
#[derive(Clone, Debug)]
pub struct ProcessFilter {
    patterns: Vec<ProcessPattern>,
}

impl Strategy for ProcessFilter {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe() -> CatalogEntry {
        CatalogEntry {
            name: NAME.to_owned(),
            description: "Reads only processes whose executable's name matches one of the patterns. The receiver skips all others before it \
                          reads them, so it saves collector CPU too, usually 50 to 95 % of the series. Loses every process that no \
                          pattern names, also those that nobody thought of."
                .to_owned(),
            parameters: vec![ParameterSchema {
                name: PATTERNS.to_owned(),
                description: "Regular expressions over executable names (on Linux what /proc/PID/status calls Name). Not anchored: write \
                              ^postgres$ for exactly postgres."
                    .to_owned(),
                kind: ParameterKind::Patterns { min: 1, max: 64 },
                default: None,
            }],
            keeps_only: Some(PATTERNS.to_owned()),
        }
    }

    fn with_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self { patterns: parameters.patterns(PATTERNS)? })
    }

    fn apply(&self, config: &mut CollectorConfig) -> Result<(), StrategyError> {
        for mut scraper in config.process_scrapers()? {
            scraper.include_names(&self.patterns)?;
        }
        Ok(())
    }
}
