//! The dependency graph of what is shipped, with exactly the features that cargo resolves.
//!
//! From `cargo tree`: the graph in cargo's metadata also holds optional dependencies that no feature switches on.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use crate::command;

/// Packages and who depends on them directly.
#[derive(Debug, Default)]
pub(super) struct Graph {
    parents: BTreeMap<String, BTreeSet<String>>,
    licences: BTreeMap<String, String>,
}

impl Graph {
    /// The graph of the workspace with every feature, without what only tests use.
    pub(super) fn of_workspace() -> Result<Self> {
        let arguments =
            ["tree", "--workspace", "--all-features", "--locked", "--edges", "normal,build", "--prefix", "depth"];
        let text = command::capture(command::cargo(&arguments).args(["--format", "|{p}|{l}"]))?;
        Self::parse(&text)
    }

    /// Reads lines like `2|name v1.2.3 (path)|licence`: the first number is the depth, and a package is under the last one above it.
    fn parse(text: &str) -> Result<Self> {
        let mut graph = Self::default();
        let mut above: Vec<String> = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let strange = || format!("cargo tree prints another format: {line:?}");
            let mut parts = line.splitn(3, '|');
            let depth: usize = parts.next().and_then(|depth| depth.parse().ok()).with_context(strange)?;
            let name = parts.next().and_then(|package| package.split(' ').next()).with_context(strange)?;
            // A star marks what was listed before, with everything under it.
            let licence = parts.next().with_context(strange)?.trim_end_matches(" (*)");
            above.truncate(depth);
            graph.parents.entry(name.to_owned()).or_default().extend(above.last().cloned());
            graph.licences.insert(name.to_owned(), licence.to_owned());
            above.push(name.to_owned());
        }
        Ok(graph)
    }

    /// Who depends on a package directly; none when it is not in the graph.
    pub(super) fn parents(&self, package: &str) -> Option<&BTreeSet<String>> {
        self.parents.get(package)
    }

    /// Packages with their licences.
    pub(super) fn licences(&self) -> impl Iterator<Item = (&str, &str)> {
        self.licences.iter().map(|(name, licence)| (name.as_str(), licence.as_str()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn graph(text: &str) -> Graph {
        Graph::parse(text).expect("a tree")
    }

    #[test]
    fn a_tree_becomes_parents() {
        let graph = graph(
            "0|phoenix-store v0.1.0 (/x)|Apache-2.0\n1|sqlx v0.9.0|MIT OR Apache-2.0\n2|serde v1.0.0|MIT\n1|serde v1.0.0|MIT\n\n\
             0|phoenix-core v0.1.0 (/y)|Apache-2.0\n1|serde v1.0.0|MIT (*)\n",
        );
        let parents: Vec<&str> = graph.parents("serde").expect("there").iter().map(String::as_str).collect();
        assert_eq!(parents, ["phoenix-core", "phoenix-store", "sqlx"]);
        assert!(graph.parents("phoenix-core").expect("there").is_empty());
        assert!(graph.parents("ring").is_none());
        assert_eq!(graph.licences().last(), Some(("sqlx", "MIT OR Apache-2.0")));
        assert!(Graph::parse("├── serde v1.0.0").is_err());
    }
}
