//! The files of examples/: right for the schema that editors use, for the parser, and for the validator of configurations.

use std::path::{Path, PathBuf};

use phoenix_core::ports::validator::{ConfigValidator as _, Severity};
use phoenix_core::spec::{Limits, ValidExperiment, parse, schema};
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator, ValidatorOptions};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// Every example with its name.
fn examples() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).expect("examples/").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("readable"))).collect()
}

fn generator() -> TemplateGenerator {
    TemplateGenerator::new().expect("built-in templates parse")
}

fn committed_schema() -> Value {
    let path = folder().join("../docs/experiment.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("committed")).expect("JSON")
}

fn valid(name: &str, text: &str) -> ValidExperiment {
    let document: Value = serde_yaml::from_str(text).expect("YAML");
    parse(document, &generator().entries(), &Limits::default()).unwrap_or_else(|found| panic!("{name}: {found:#?}"))
}

#[test]
fn the_committed_schema_is_that_of_the_real_catalog() {
    let schema = schema::document(&generator().entries(), &Limits::default());
    assert_eq!(committed_schema(), schema, "run: cargo xtask codegen");
}

#[test]
fn every_example_names_the_schema_and_is_what_it_describes() {
    let validator = jsonschema::draft7::new(&committed_schema()).expect("a schema");
    for (name, text) in examples() {
        let first = text.lines().next().unwrap_or_default();
        assert_eq!(first, "# yaml-language-server: $schema=../docs/experiment.schema.json", "{name}");
        let document: Value = serde_yaml::from_str(&text).expect("YAML");
        let complaints: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(complaints, [""; 0], "{name}");
    }
}

#[test]
fn every_example_can_be_carried_out_as_it_stands() {
    let validator = CollectorConfigValidator::new(ValidatorOptions::default());
    let mut names = Vec::new();
    for (name, text) in examples() {
        let experiment = valid(&name, &text);
        for pipeline in [&experiment.spec.baseline, &experiment.spec.candidate] {
            let generated = generator().render(pipeline).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut findings = validator.validate(&generated.config);
            findings.retain(|finding| finding.severity != Severity::Info);
            assert_eq!(findings, [], "{name}");
        }
        assert_ne!(experiment.spec.baseline, experiment.spec.candidate, "{name} compares something");
        // What is judged must suffice for a verdict.
        let schedule = &experiment.spec.schedule;
        let judged = schedule.duration.saturating_sub(schedule.warm_up).count_of(schedule.sample_interval);
        assert!(judged >= u64::from(experiment.spec.policy.minimum_samples).max(60), "{name}: {judged} samples");
        names.push(experiment.name.to_string());
    }
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two examples have one name: they could not run side by side");
}

#[test]
fn every_strategy_is_in_an_example_and_every_example_in_the_overview() {
    let all: String = examples().into_iter().map(|(_, text)| text).collect();
    for strategy in generator().entries().strategies {
        assert!(all.contains(&format!("name: {}", strategy.name)), "{}", strategy.name);
    }
    let overview = std::fs::read_to_string(folder().join("README.md")).expect("readable");
    for (name, _) in examples() {
        assert!(overview.contains(&format!("[{name}]({name})")), "{name}");
    }
}
