//! Checks collector configurations without running a collector: what a real one would refuse, and what it would take although it is unsafe
//! or surely not meant.
//!
//! Reading order: `rule` (everything there is to say, and how bad it is), `document` (text to value), `model` (value to components and
//! pipelines), then one file per subject. Each check gets the model and a report; none depends on another.
//!
//! It does not know which components a collector was built with, nor their settings beyond the few named here: the deployer asks its own
//! collector. It reads no environment, no file and no network.

mod connectors;
mod document;
mod durations;
mod endpoints;
mod id;
mod limits;
mod model;
mod order;
mod pipelines;
mod place;
mod processes;
mod references;
mod report;
mod rule;
mod secrets;
mod settings;
mod signals;
mod structure;
mod telemetry;

use phoenix_core::ports::validator::{ConfigValidator, Finding};

use model::Model;
use report::Report;

pub use rule::{Help, Rule};

/// What a configuration may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorOptions {
    /// Warnings count as errors.
    pub strict_mode: bool,
    /// Most processors of one pipeline.
    pub max_processors: usize,
    /// Types of exporters that may be used. A type that was renamed goes by either name.
    pub allowed_exporters: Vec<String>,
}

impl Default for ValidatorOptions {
    fn default() -> Self {
        let allowed_exporters = ["otlp", "prometheus"].map(ToOwned::to_owned).to_vec();
        Self { strict_mode: false, max_processors: 10, allowed_exporters }
    }
}

/// Checks configurations by the rules of [`Rule`].
#[derive(Clone, Debug, Default)]
pub struct CollectorConfigValidator {
    options: ValidatorOptions,
}

impl CollectorConfigValidator {
    /// A validator with these limits.
    pub const fn new(options: ValidatorOptions) -> Self {
        Self { options }
    }
}

impl ConfigValidator for CollectorConfigValidator {
    fn validate(&self, config: &str) -> Vec<Finding> {
        let mut report = Report::new(self.options.strict_mode);
        if let Some(root) = document::read(config, &mut report) {
            structure::check(&root, &mut report);
            references::check(&root, &mut report);
            secrets::check(&root, &mut report);
            telemetry::check(&root, &mut report);
            let model = Model::of(&root, &mut report);
            pipelines::check(&model, &mut report);
            connectors::check(&model, &mut report);
            signals::check(&model, &mut report);
            limits::check(&model, &self.options, &mut report);
            durations::check(&model, &mut report);
            settings::check(&model, &mut report);
            endpoints::check(&model, &mut report);
            order::check(&model, &mut report);
            processes::check(&model, &mut report);
        }
        report.into_findings()
    }
}
