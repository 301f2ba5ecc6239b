//! A document to what it asks for in one step: the structural mistakes and all others, each said once.

use crate::id::ExperimentName;
use crate::spec::validate::identifier;
use crate::spec::{
    Catalog, Limits, PipelineSpec, RawExperiment, RawPipelineSpec, ValidExperiment, Violation, decode, path, validate,
    validate_pipeline,
};

/// Most violations that are told at once.
const MOST_VIOLATIONS: usize = 100;

/// Reads an experiment document. Every mistake is reported at once.
///
/// # Errors
///
/// The violations, in the order in which a reader meets their fields.
pub fn parse(
    document: serde_json::Value,
    catalog: &Catalog,
    limits: &Limits,
) -> Result<ValidExperiment, Vec<Violation>> {
    let (raw, structural) = decode::<RawExperiment>(document);
    merge(structural, validate(raw, catalog, limits))
}

/// Reads the specification of a single pipeline, with the name that it may have where there is no experiment.
///
/// # Errors
///
/// The violations, in the order in which a reader meets their fields.
pub fn parse_pipeline(
    document: serde_json::Value,
    catalog: &Catalog,
) -> Result<(Option<ExperimentName>, PipelineSpec), Vec<Violation>> {
    let (mut raw, structural) = decode::<RawPipelineSpec>(document);
    let mut found = Vec::new();
    let name = raw.name.take().map(|text| identifier::<ExperimentName>(text, "name", &mut found));
    let spec = validate_pipeline(raw, "", catalog).map_err(|more| found.extend(more));
    let checked = spec.map(|spec| (name.flatten(), spec)).map_err(|()| Vec::new());
    let checked = if found.is_empty() { checked } else { Err(found) };
    merge(structural, checked)
}

/// Joins what decoding and checking found.
fn merge<T>(structural: Vec<Violation>, checked: Result<T, Vec<Violation>>) -> Result<T, Vec<Violation>> {
    let more = match checked {
        Ok(valid) if structural.is_empty() => return Ok(valid),
        Ok(_) => Vec::new(),
        Err(more) => more,
    };
    let is_news = |violation: &Violation| structural.iter().all(|known| !follows_from(violation, known));
    let more: Vec<Violation> = more.into_iter().filter(is_news).collect();
    let mut violations = structural;
    violations.extend(more);
    path::sort(&mut violations);
    let surplus = violations.len().saturating_sub(MOST_VIOLATIONS);
    if surplus > 0 {
        violations.truncate(MOST_VIOLATIONS);
        violations.push(Violation::new(path::DOCUMENT, format!("has {surplus} more mistakes")));
    }
    Err(violations)
}

/// True when the violation may only be there because the value of the other could not be read: what cannot be read looks missing to the checks.
fn follows_from(violation: &Violation, unreadable: &Violation) -> bool {
    // The primary indicator is checked against the roles of all indicators.
    path::is_within(&violation.field, &unreadable.field)
        || (violation.field == "spec.policy.primary" && path::is_within(&unreadable.field, "spec.policy.indicators"))
}
