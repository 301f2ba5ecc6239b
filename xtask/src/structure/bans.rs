//! The bans of deny.toml, enforced without cargo-deny: packages that must not be in the graph, or only under certain parents.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use toml::{Table, Value};

use super::Finding;
use super::graph::Graph;
use super::table::LAYERS;

const FILE: &str = "deny.toml";

/// What deny.toml says, as far as it is enforced here.
#[derive(Debug)]
pub(super) struct Policy {
    bans: Vec<Ban>,
    /// Licences that are accepted.
    pub(super) licences: BTreeSet<String>,
}

/// A package that is banned, but for some parents.
#[derive(Debug)]
struct Ban {
    package: String,
    wrappers: BTreeSet<String>,
    reason: Option<String>,
}

impl Policy {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("cannot use {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let document: Table = toml::from_str(text)?;
        let exclude_dev = document.get("graph").and_then(|graph| graph.get("exclude-dev")).and_then(Value::as_bool);
        ensure!(
            exclude_dev == Some(true),
            "graph.exclude-dev is not true, and the graph that is checked here has no tests"
        );
        let bans = list(&document, "bans", "deny")?.iter().map(Ban::parse).collect::<Result<_>>()?;
        let licences = list(&document, "licenses", "allow")?.iter().map(text_of).collect::<Result<_>>()?;
        Ok(Self { bans, licences })
    }
}

impl Ban {
    fn parse(entry: &Value) -> Result<Self> {
        let package = text_of(entry.get("crate").context("bans.deny: an entry has no key crate")?)?;
        ensure!(
            !package.contains(['@', ':']),
            "bans.deny: {package}: only whole packages are understood here, without a version"
        );
        let wrappers = entry.get("wrappers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Ok(Self {
            package,
            wrappers: wrappers.iter().map(text_of).collect::<Result<_>>()?,
            reason: entry.get("reason").map(text_of).transpose()?,
        })
    }
}

fn list<'a>(document: &'a Table, section: &str, key: &str) -> Result<&'a [Value]> {
    let found = document.get(section).and_then(|section| section.get(key)).and_then(Value::as_array);
    found.map(Vec::as_slice).with_context(|| format!("{section}.{key} is no list"))
}

fn text_of(value: &Value) -> Result<String> {
    value.as_str().map(ToOwned::to_owned).with_context(|| format!("{value:?} is no text"))
}

/// Banned packages in the graph.
pub(super) fn check(policy: &Policy, graph: &Graph) -> Vec<Finding> {
    policy.bans.iter().flat_map(|ban| violations(ban, graph)).collect()
}

fn violations(ban: &Ban, graph: &Graph) -> Vec<Finding> {
    let Ban { package, wrappers, reason } = ban;
    let why = reason.as_deref().map_or_else(String::new, |reason| format!(" ({reason})"));
    let parents = graph.parents(package).into_iter().flatten();
    parents
        .filter(|parent| !wrappers.contains(*parent))
        .map(|parent| Finding::new(parent, format!("must not depend on {package}{why}; see {FILE}")))
        .collect()
}

/// Where deny.toml and the table of layers differ about our own packages.
pub(super) fn compare_with_table(policy: &Policy) -> Vec<Finding> {
    LAYERS.iter().filter_map(|layer| compare(policy, layer.package)).collect()
}

fn compare(policy: &Policy, package: &str) -> Option<Finding> {
    let users = LAYERS.iter().filter(|layer| layer.may_use.contains(&package)).map(|layer| layer.package.to_owned());
    let in_table: BTreeSet<String> = users.collect();
    let in_file =
        policy.bans.iter().find(|ban| ban.package == package).map(|ban| ban.wrappers.clone()).unwrap_or_default();
    if in_table == in_file {
        return None;
    }
    let show = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let problem =
        format!("{package} may be used by [{}], and by [{}] in the table of layers", show(&in_file), show(&in_table));
    Some(Finding::new(FILE, problem))
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    const FILE: &str = "
        graph.exclude-dev = true
        licenses.allow = ['MIT']
        [bans]
        deny = [
            { crate = 'ring', reason = 'one provider' },
            { crate = 'sqlx', wrappers = ['phoenix-store'] },
        ]";

    fn findings(tree: &str) -> Vec<String> {
        let policy = Policy::parse(FILE).expect("a policy");
        check(&policy, &graph(tree)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_banned_package_is_found_under_whoever_brings_it() {
        let tree = "0|phoenix-core v1 (/x)|MIT\n1|rustls v1|MIT\n2|ring v1|ISC\n";
        assert_eq!(findings(tree), ["rustls: must not depend on ring (one provider); see deny.toml"]);
    }

    #[test]
    fn a_package_with_wrappers_is_found_under_everybody_else() {
        assert_eq!(findings("0|phoenix-store v1 (/x)|MIT\n1|sqlx v1|MIT\n"), [""; 0]);
        let tree = "0|phoenix-store v1 (/x)|MIT\n1|sqlx v1|MIT\n\n0|phoenix-core v1 (/x)|MIT\n1|sqlx v1|MIT (*)\n";
        assert_eq!(findings(tree), ["phoenix-core: must not depend on sqlx; see deny.toml"]);
    }

    #[test]
    fn a_file_that_disagrees_with_the_table_is_found() {
        let policy = Policy::parse(FILE).expect("a policy");
        let problem = compare(&policy, "phoenix-metrics").expect("not listed").problem;
        assert_eq!(problem, "phoenix-metrics may be used by [], and by [phoenix-server] in the table of layers");
        assert_eq!(compare(&policy, "xtask"), None, "nobody uses it, and nobody may");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (from, to) in [
            ("exclude-dev = true", "exclude-dev = false"),
            ("crate = 'ring'", "name = 'ring'"),
            ("'ring'", "'ring@0.17'"),
            ("['MIT']", "'MIT'"),
        ] {
            assert!(Policy::parse(&FILE.replace(from, to)).is_err(), "{to}");
        }
    }
}
