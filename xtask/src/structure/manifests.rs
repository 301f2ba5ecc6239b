//! What every manifest has in common: the workspace's lints, versions and package keys, who may be published, and no dependency that no
//! source file uses.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, Package};
use toml::{Table, Value};

use super::Finding;
use super::table::{DECLARED_APART, NAMED_BY_GENERATED_CODE, PUBLISHED};
use crate::workspace;

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
/// Keys that a package takes from the workspace.
const INHERITED: [&str; 5] = ["version", "edition", "rust-version", "license", "publish"];

pub(super) fn check(root: &Path, metadata: &Metadata) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in metadata.workspace_packages() {
        let text = fs::read_to_string(&package.manifest_path)?;
        let manifest: Table = toml::from_str(&text).with_context(|| package.manifest_path.to_string())?;
        findings.extend(manifest_rules(&package.name, &manifest));
        findings.extend(publishing(package));
        findings.extend(unused(&package.name, &manifest, &words_of(package, root)?));
    }
    Ok(findings)
}

fn manifest_rules(name: &str, manifest: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let inherits =
        |value: Option<&Value>| value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true);
    if !inherits(manifest.get("lints")) {
        findings.push(Finding::new(name, "does not take the workspace's lints: [lints] workspace = true"));
    }
    let package = manifest.get("package");
    let is_missing = |key: &&str| !inherits(package.and_then(|package| package.get(*key)));
    // What may be published has a version and a decision of its own.
    let own = |key: &&str| PUBLISHED.contains(&name) && matches!(*key, "version" | "publish");
    for key in INHERITED.iter().filter(|key| is_missing(key) && !own(key)) {
        findings.push(Finding::new(
            name,
            format!("does not take package.{key} from the workspace: {key}.workspace = true"),
        ));
    }
    for table in TABLES {
        for (dependency, value) in manifest.get(table).and_then(Value::as_table).into_iter().flatten() {
            // A package that names itself, to get a feature in its tests, has no version to inherit.
            let is_apart = dependency == name || DECLARED_APART.contains(&(name, dependency.as_str()));
            if !inherits(Some(value)) && !is_apart {
                let problem =
                    format!("{table}.{dependency} has a version of its own: declare it in [workspace.dependencies]");
                findings.push(Finding::new(name, problem));
            }
        }
    }
    findings
}

fn publishing(package: &Package) -> Vec<Finding> {
    let never = package.publish.as_ref().is_some_and(Vec::is_empty);
    let name = package.name.as_str();
    if !never && !PUBLISHED.contains(&name) {
        return vec![Finding::new(name, "must not be published: publish = false")];
    }
    let own = package.dependencies.iter().filter(|dependency| dependency.path.is_some() && !never);
    own.filter(|dependency| !PUBLISHED.contains(&dependency.name.as_str()))
        .map(|dependency| Finding::new(name, format!("is published and depends on {}, which is not", dependency.name)))
        .collect()
}

/// Dependencies that no source file of the package names.
fn unused(name: &str, manifest: &Table, words: &BTreeSet<String>) -> Vec<Finding> {
    let declared = TABLES.iter().flat_map(|table| manifest.get(*table).and_then(Value::as_table).into_iter().flatten());
    declared
        .map(|(dependency, _)| dependency)
        .filter(|dependency| !words.contains(&dependency.replace('-', "_")) && *dependency != name)
        .filter(|dependency| !NAMED_BY_GENERATED_CODE.contains(&(name, dependency.as_str())))
        .map(|dependency| Finding::new(name, format!("depends on {dependency}, which no source file names")))
        .collect()
}

/// Every identifier in the sources of a package.
fn words_of(package: &Package, root: &Path) -> Result<BTreeSet<String>> {
    let directory = package.manifest_path.parent().context("a manifest without a directory")?.as_std_path();
    let mut words = BTreeSet::new();
    for file in
        workspace::files(directory)?.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
    {
        let text = fs::read_to_string(root.join(directory).join(file))?;
        let identifiers = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.extend(identifiers.filter(|word| !word.is_empty()).map(ToOwned::to_owned));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "
        [package]
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        publish.workspace = true
        [lints]
        workspace = true
        [dependencies]
        serde_json.workspace = true
        tokio = { workspace = true, features = ['time'] }
        [dev-dependencies]
        phoenix-x = { path = '.' }";

    fn findings(manifest: &str) -> Vec<String> {
        let manifest: Table = toml::from_str(manifest).expect("toml");
        manifest_rules("phoenix-x", &manifest).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_inherited_is_found() {
        assert_eq!(findings(GOOD), [""; 0]);
        let lints = GOOD.replace("[lints]\n        workspace = true", "");
        assert_eq!(findings(&lints), ["phoenix-x: does not take the workspace's lints: [lints] workspace = true"]);
        let edition = GOOD.replace("edition.workspace = true", "edition = '2021'");
        assert_eq!(
            findings(&edition),
            ["phoenix-x: does not take package.edition from the workspace: edition.workspace = true"]
        );
        let publish = GOOD.replace("publish.workspace = true", "publish = true");
        assert_eq!(findings(&publish).len(), 1);
        let version = GOOD.replace("serde_json.workspace = true", "serde_json = '1'");
        let expected =
            "phoenix-x: dependencies.serde_json has a version of its own: declare it in [workspace.dependencies]";
        assert_eq!(findings(&version), [expected]);
    }

    #[test]
    fn a_dependency_that_no_source_names_is_found() {
        let manifest: Table = toml::from_str(GOOD).expect("toml");
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(unused("phoenix-x", &manifest, &words(&["serde_json", "tokio"])), []);
        let found = unused("phoenix-x", &manifest, &words(&["tokio"]));
        assert_eq!(found, [Finding::new("phoenix-x", "depends on serde_json, which no source file names")]);
    }

    #[test]
    fn only_what_may_be_published_is_and_never_on_top_of_what_is_not() {
        let package = |name: &str, publish: &str, dependencies: &str| -> Package {
            let text = format!(
                r#"{{"name": "{name}", "version": "1.0.0", "id": "{name}", "license": null, "license_file": null, "description": null,
                "source": null, "dependencies": {dependencies}, "targets": [], "features": {{}}, "manifest_path": "/x/Cargo.toml",
                "publish": {publish}, "authors": [], "categories": [], "keywords": [], "readme": null, "repository": null,
                "homepage": null, "documentation": null, "edition": "2024", "metadata": null, "links": null}}"#
            );
            serde_json::from_str(&text).expect("a package")
        };
        let on_core = r#"[{"name": "phoenix-core", "source": null, "req": "*", "kind": null, "rename": null, "optional": false,
            "uses_default_features": true, "features": [], "target": null, "registry": null, "path": "/x"}]"#;
        assert_eq!(publishing(&package("phoenix-store", "[]", on_core)), []);
        assert_eq!(publishing(&package("phoenix-store", "null", "[]")).len(), 1);
        assert_eq!(publishing(&package("phoenix-client", "null", "[]")), []);
        let found = publishing(&package("phoenix-client", "null", on_core));
        assert_eq!(found, [Finding::new("phoenix-client", "is published and depends on phoenix-core, which is not")]);
    }
}
