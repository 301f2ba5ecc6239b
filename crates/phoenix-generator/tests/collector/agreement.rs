//! The validator and the collector say the same of the same documents, or the difference is on record.

use phoenix_core::ports::validator::{ConfigValidator as _, Severity};
use phoenix_generator::{CollectorConfigValidator, ValidatorOptions};

use crate::cases::{Case, Collector, cases};
use crate::support::{complaints, real_collector, validate};

/// The cases that this collector has the components for.
fn known_cases() -> Vec<Case> {
    let output =
        std::process::Command::new(real_collector()).arg("components").output().expect("a collector that runs");
    let components = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(components.contains("name: host_metrics"), "{components}");
    let has = |case: &Case| case.needs.is_none_or(|needed| components.contains(&format!("name: {needed}\n")));
    cases().into_iter().filter(has).collect()
}

#[test]
fn the_collector_says_of_bad_documents_what_the_cases_say() {
    let found = complaints(&known_cases(), |case| match (validate(&case.bad), case.collector) {
        (Ok(()), Collector::Accepts) | (Err(_), Collector::Refuses) => None,
        (Ok(()), Collector::Refuses) => {
            Some(format!("{} at {}: the collector accepts\n{}", case.rule, case.at, case.bad))
        }
        (Err(said), Collector::Accepts) => {
            Some(format!("{} at {}: the collector refuses\n{}{said}", case.rule, case.at, case.bad))
        }
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_collector_accepts_every_good_document() {
    let found = complaints(&known_cases(), |case| {
        validate(&case.good).err().map(|said| format!("{}: the collector refuses\n{}{said}", case.rule, case.good))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The promise behind the table: whatever the collector refuses is an error of ours, and whatever is no error of ours it accepts. That it says
/// what the table says is tested above, so it need not be asked again.
#[test]
fn nothing_without_errors_is_refused_by_the_collector() {
    let validator = CollectorConfigValidator::new(ValidatorOptions {
        allowed_exporters: ["otlp", "otlphttp", "prometheus", "debug"].map(ToOwned::to_owned).to_vec(),
        ..ValidatorOptions::default()
    });
    let passes = |document: &str| validator.validate(document).iter().all(|one| one.severity != Severity::Error);
    let cases = known_cases();
    let (clean, found): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| passes(&case.bad));
    assert!(!clean.is_empty() && !found.is_empty(), "{} clean, {} with errors", clean.len(), found.len());
    let missed: Vec<&Case> = clean.into_iter().filter(|case| case.collector == Collector::Refuses).collect();
    assert!(missed.is_empty(), "the collector refuses, and we do not: {missed:#?}");
    let excessive: Vec<&Case> = cases.iter().filter(|case| !passes(&case.good)).collect();
    assert!(excessive.is_empty(), "we refuse what is right: {excessive:#?}");
}
