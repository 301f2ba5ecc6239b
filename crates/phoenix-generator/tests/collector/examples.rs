//! A real collector takes both configurations of every file in examples/.

use std::path::Path;

use phoenix_core::spec::{Limits, parse};
use phoenix_generator::TemplateGenerator;
use serde_json::Value;

use crate::specs::generate;
use crate::support::{complaints, validate};

#[test]
fn a_real_collector_accepts_what_every_example_leads_to() {
    let catalog = TemplateGenerator::new().expect("built-in templates parse").entries();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder).expect("examples/") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|kind| kind != "yaml") {
            continue;
        }
        let document: Value = serde_yaml::from_str(&std::fs::read_to_string(&path).expect("readable")).expect("YAML");
        let experiment = parse(document, &catalog, &Limits::default()).expect("valid");
        for pipeline in [&experiment.spec.baseline, &experiment.spec.candidate] {
            documents.push((path.display().to_string(), generate(pipeline)));
        }
    }
    assert!(documents.len() >= 12, "{}", documents.len());
    let found =
        complaints(&documents, |(name, document)| validate(document).err().map(|said| format!("{name}: {said}")));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
