//! What can be said about an experiment file without a server: its mistakes, and the configurations that it leads to.
//!
//! A server may be configured differently (other limits, other exporters): it has the last word.

use phoenix_core::experiment::PipelineType;
use phoenix_core::id::ConfigHash;
use phoenix_core::ports::generator::Generator as _;
use phoenix_core::ports::validator::{ConfigValidator as _, Finding, Severity};
use phoenix_core::spec::{Limits, PipelineSpec, ValidExperiment, Violation, parse};
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator, ValidatorOptions};
use serde::Serialize;
use serde_json::Value;

/// One of the two configurations of an experiment.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preview {
    /// Which of the two.
    pub(crate) pipeline_type: PipelineType,
    /// SHA-256 of exactly the bytes of `config`.
    pub(crate) hash: ConfigHash,
    /// The collector configuration.
    pub(crate) config: String,
    /// What there is to say about it.
    pub(crate) findings: Vec<Finding>,
}

/// A file that holds nothing but what can be carried out.
pub(crate) struct Checked {
    /// What it asks for.
    pub(crate) experiment: ValidExperiment,
    /// Both configurations, baseline first.
    pub(crate) previews: Vec<Preview>,
}

/// Checks a document with the built-in templates, strategies and limits. Every mistake is told at once.
pub(crate) async fn check(document: Value) -> anyhow::Result<Result<Checked, Vec<Violation>>> {
    let generator = TemplateGenerator::new()?;
    let experiment = match parse(document, &generator.entries(), &Limits::default()) {
        Ok(experiment) => experiment,
        Err(violations) => return Ok(Err(violations)),
    };
    let validator = CollectorConfigValidator::new(ValidatorOptions::default());
    let mut violations = Vec::new();
    let mut previews = Vec::new();
    for pipeline_type in PipelineType::ALL {
        let spec = spec(&experiment, pipeline_type);
        match generator.generate(spec).await {
            Ok(generated) => {
                let mut findings = validator.validate(&generated.config);
                findings.extend(generated.findings);
                violations.extend(errors(pipeline_type, &findings));
                let hash = ConfigHash::of(&generated.config);
                previews.push(Preview { pipeline_type, hash, config: generated.config, findings });
            }
            Err(failure) => violations.push(not_generated(pipeline_type, failure.message())),
        }
    }
    Ok(if violations.is_empty() { Ok(Checked { experiment, previews }) } else { Err(violations) })
}

const fn spec(experiment: &ValidExperiment, pipeline_type: PipelineType) -> &PipelineSpec {
    match pipeline_type {
        PipelineType::Baseline => &experiment.spec.baseline,
        PipelineType::Candidate => &experiment.spec.candidate,
    }
}

fn errors(pipeline_type: PipelineType, findings: &[Finding]) -> impl Iterator<Item = Violation> {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.map(move |finding| {
        let message = format!("its configuration cannot be deployed: {}: {}", finding.path, finding.message);
        Violation::new(format!("spec.{pipeline_type}"), message)
            .with_hint(format!("more: phoenixctl explain {}", finding.rule))
    })
}

/// The generator names fields within the pipeline's specification: `{field}: {message}`, in a second line what to do.
fn not_generated(pipeline_type: PipelineType, text: &str) -> Violation {
    let (first, hint) = text.split_once('\n').unwrap_or((text, ""));
    let (field, message) = first.split_once(": ").unwrap_or(("", first));
    let field =
        if field.is_empty() { format!("spec.{pipeline_type}") } else { format!("spec.{pipeline_type}.{field}") };
    Violation::new(field, message).with_hint(hint.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_generator_refuses_names_the_field_of_the_file() {
        let text = "optimizations[0].name: there is no strategy \"x\"\n  use one of: a, b";
        let violation = not_generated(PipelineType::Candidate, text);
        assert_eq!(violation.to_string(), format!("spec.candidate.{text}"));
    }
}
