//! A document to a valid experiment in one step: the structural mistakes and all others, each said once.

use crate::spec::{Catalog, Limits, RawExperiment, ValidExperiment, Violation, decode, validate};

/// Reads an experiment document. Every mistake is reported at once.
///
/// # Errors
///
/// The violations, in the order in which a reader meets their fields.
pub fn parse(document: serde_json::Value, catalog: &Catalog, limits: &Limits) -> Result<ValidExperiment, Vec<Violation>> {
    let (raw, mut violations) = decode::<RawExperiment>(document);
    match validate(raw, catalog, limits) {
        Ok(valid) if violations.is_empty() => Ok(valid),
        Ok(_) => Err(violations),
        Err(more) => {
            // A field that could not be read looks missing to the checks that follow: it is said once.
            let known: Vec<String> = violations.iter().map(|violation| violation.field.clone()).collect();
            violations.extend(more.into_iter().filter(|violation| !known.contains(&violation.field)));
            Err(violations)
        }
    }
}
