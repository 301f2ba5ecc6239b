//! Generated configurations as committed files. A change of one byte changes the hash of every pipeline that is generated afterwards, so it is
//! to be seen in review.
//!
//! To accept a change: `UPDATE_GOLDEN=1 cargo test -p phoenix-generator --test generate`, then read the difference.

use std::collections::BTreeSet;
use std::path::PathBuf;

use phoenix_core::spec::PipelineSpec;
use serde_json::{Value, json};

use crate::specs::{generate, spec};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Every strategy, with parameters where it needs some.
fn strategies() -> [Value; 4] {
    [
        json!({"name": "reaggregate-at-source"}),
        json!({"name": "exclude-kernel-threads"}),
        json!({"name": "threshold", "parameters": {"keep": ["^(postgres|nginx)$"]}}),
        json!({"name": "process-filter", "parameters": {"patterns": ["^(postgres|nginx)$", "^java"]}}),
    ]
}

/// Every file with the specification behind it.
fn files() -> Vec<(String, PipelineSpec)> {
    let parameters = json!({"collectionInterval": "1m", "memoryLimitMib": 100, "processCommandLine": false});
    let patterns = json!([{
        "name": "process-filter",
        "parameters": {"patterns": [r"^a\.b$", "\"quoted\" 'twice'", r"\$\{HOME}", "größe|日本", "$", "#not a comment: [a]"]},
    }]);
    let mut files = vec![
        ("baseline".to_owned(), spec(json!({}), json!([]))),
        ("baseline-parameters".to_owned(), spec(parameters.clone(), json!([]))),
        ("patterns".to_owned(), spec(json!({}), patterns)),
        ("composed".to_owned(), spec(parameters, Value::from(strategies().to_vec()))),
    ];
    for strategy in strategies() {
        let name = strategy["name"].as_str().expect("a name").to_owned();
        files.push((name, spec(json!({}), json!([strategy]))));
    }
    files
}

#[test]
fn configurations_are_the_committed_ones() {
    for (name, spec) in files() {
        let path = directory().join(format!("{name}.yaml"));
        let generated = generate(&spec);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &generated).expect("written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            generated == committed,
            "{} differs from what is generated now; to accept it: UPDATE_GOLDEN=1 cargo test -p phoenix-generator --test generate\n{generated}",
            path.display()
        );
    }
}

#[test]
fn every_committed_file_is_compared() {
    let expected: BTreeSet<String> = files().into_iter().map(|(name, _)| format!("{name}.yaml")).collect();
    let entries = std::fs::read_dir(directory()).expect("the directory of golden files");
    let committed: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(committed, expected);
}
