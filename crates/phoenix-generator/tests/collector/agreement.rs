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

/// The promise behind the table: whatever the collector refuses is an error of ours, and whatever is no error of ours it accepts.
#[test]
fn nothing_without_errors_is_refused_by_the_collector() {
    let validator = CollectorConfigValidator::new(ValidatorOptions {
        allowed_exporters: ["otlp", "otlphttp", "prometheus", "debug"].map(ToOwned::to_owned).to_vec(),
        ..ValidatorOptions::default()
    });
    let documents: Vec<String> = known_cases().into_iter().flat_map(|case| [case.bad, case.good]).collect();
    let clean: Vec<&String> = documents
        .iter()
        .filter(|document| validator.validate(document).iter().all(|finding| finding.severity != Severity::Error))
        .collect();
    assert!(clean.len() > documents.len() / 2);
    let found = complaints(&clean, |document| validate(document).err().map(|said| format!("{document}{said}")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
