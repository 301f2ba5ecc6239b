//! `cargo xtask validate-structure`: the architecture, checked by a machine.
//!
//! Each rule is a function from what it looks at to findings, in a file of its own; what is allowed stands in `table.rs` and in deny.toml.

mod arrows;
mod bans;
mod docs;
mod graph;
mod layout;
mod licences;
mod manifests;
mod sources;
mod table;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::workspace;
use arrows::Arrow;
use graph::Graph;

/// Something that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file or the package.
    place: String,
    /// What is wrong there, and what to do where that is not plain.
    problem: String,
}

impl Finding {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Checks everything.
pub(crate) fn run() -> Result<()> {
    println!("Validating controller structure...");
    let root = workspace::root();
    let files = workspace::files(&root)?;
    let mut findings = dependencies(&root)?;
    findings.extend(layout::check(&root, &files));
    findings.extend(sources::check(&root, &files)?);
    findings.extend(docs::check(&root, &files)?);
    conclude(findings)?;
    println!("structure: {} files, nothing missing and nothing wrong", files.len());
    Ok(())
}

/// Checks what the manifests say: who depends on whom, and what every package has in common.
pub(crate) fn manifests() -> Result<()> {
    println!("$ xtask: manifests, dependency arrows, bans and licences");
    conclude(dependencies(&workspace::root())?)
}

fn dependencies(root: &Path) -> Result<Vec<Finding>> {
    let metadata = workspace::metadata()?;
    let graph = Graph::of_workspace()?;
    let policy = bans::Policy::read(&root.join("deny.toml"))?;
    let mut findings = arrows::check(&Arrow::of(&metadata));
    findings.extend(bans::check(&policy, &graph));
    findings.extend(bans::compare_with_table(&policy));
    findings.extend(licences::check(&policy.licences, &graph));
    findings.extend(manifests::check(root, &metadata)?);
    Ok(findings)
}

fn conclude(mut findings: Vec<Finding>) -> Result<()> {
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("  {finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 thing is missing or wrong"),
        count => bail!("{count} things are missing or wrong"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_fail_and_none_do_not() {
        assert!(conclude(Vec::new()).is_ok());
        let one = Finding::new("README.md", "missing");
        assert_eq!(one.to_string(), "README.md: missing");
        assert_eq!(conclude(vec![one.clone()]).expect_err("one").to_string(), "1 thing is missing or wrong");
        let other = Finding::new("LICENSE", "missing");
        let both = vec![one.clone(), other, one];
        assert_eq!(conclude(both).expect_err("two, one of them twice").to_string(), "2 things are missing or wrong");
    }
}
