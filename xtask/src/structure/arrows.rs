//! Who may depend on whom within the workspace, and what the core may depend on at all.

use cargo_metadata::{DependencyKind, Metadata};

use super::Finding;
use super::table::{CORE, CORE_MAY_USE, LAYERS, Layer};

/// One dependency as a manifest declares it, whether its feature is on or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrow {
    from: String,
    to: String,
    /// Only tests use it.
    in_tests: bool,
    /// Both ends are of this workspace.
    within: bool,
}

impl Arrow {
    /// Every dependency of every package of the workspace. A package that depends on nothing has an arrow to itself.
    pub(super) fn of(metadata: &Metadata) -> Vec<Self> {
        let packages = metadata.workspace_packages();
        let arrows = packages.iter().flat_map(|package| {
            package.dependencies.iter().map(|dependency| Self {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                in_tests: dependency.kind == DependencyKind::Development,
                within: dependency.path.is_some(),
            })
        });
        let own = packages.iter().map(|package| Self {
            from: package.name.to_string(),
            to: package.name.to_string(),
            in_tests: false,
            within: true,
        });
        arrows.chain(own).collect()
    }
}

/// Arrows that the table does not have, and packages that it does not know or that are gone.
pub(super) fn check(arrows: &[Arrow]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = arrows.iter().filter_map(judge).collect();
    let gone = LAYERS.iter().filter(|layer| !arrows.iter().any(|arrow| arrow.from == layer.package));
    findings
        .extend(gone.map(|layer| Finding::new(layer.package, "is in the table of layers and not in the workspace")));
    findings
}

fn judge(arrow: &Arrow) -> Option<Finding> {
    let Arrow { from, to, in_tests, within } = arrow;
    let Some(layer) = LAYERS.iter().find(|layer| layer.package == from) else {
        return Some(Finding::new(from, "is not in the table of layers (xtask/src/structure/table.rs)"));
    };
    if *within {
        return (from != to && !allows(layer, to, *in_tests)).then(|| {
            Finding::new(from, format!("must not depend on {to}{}", if *in_tests { ", not even in tests" } else { "" }))
        });
    }
    (from == CORE && !in_tests && !CORE_MAY_USE.contains(&to.as_str()))
        .then(|| Finding::new(from, format!("must not depend on {to}: the core's dependencies are a closed list")))
}

fn allows(layer: &Layer, to: &str, in_tests: bool) -> bool {
    layer.may_use.contains(&to) || in_tests && layer.in_tests.contains(&to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrow(from: &str, to: &str, in_tests: bool, within: bool) -> Arrow {
        Arrow { from: from.to_owned(), to: to.to_owned(), in_tests, within }
    }

    fn own(arrows: &[Arrow]) -> Vec<String> {
        let all = LAYERS.iter().map(|layer| arrow(layer.package, layer.package, false, true));
        check(&all.chain(arrows.to_vec()).collect::<Vec<_>>()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_point_inwards() {
        assert_eq!(
            own(&[arrow("phoenix-store", CORE, false, true), arrow("phoenix-server", "phoenix-store", false, true)]),
            [""; 0]
        );
        for (from, to) in [
            (CORE, "phoenix-store"),
            ("phoenix-store", "phoenix-metrics"),
            ("phoenix-client", "phoenix-server"),
            ("phoenix-client", "phoenix-local"),
            ("phoenix-cli", "phoenix-server"),
            ("xtask", CORE),
        ] {
            assert_eq!(own(&[arrow(from, to, false, true)]), [format!("{from}: must not depend on {to}")]);
            assert_eq!(
                own(&[arrow(from, to, true, true)]),
                [format!("{from}: must not depend on {to}, not even in tests")]
            );
        }
    }

    #[test]
    fn the_core_has_a_closed_list_and_its_tests_have_not() {
        assert_eq!(own(&[arrow(CORE, "serde", false, false), arrow(CORE, "tokio", true, false)]), [""; 0]);
        let findings = own(&[arrow(CORE, "tokio", false, false), arrow(CORE, "reqwest", false, false)]);
        assert_eq!(findings.len(), 2);
        assert!(findings[0].contains("must not depend on tokio"), "{findings:?}");
        assert_eq!(own(&[arrow("phoenix-local", "tokio", false, false)]), [""; 0]);
    }

    #[test]
    fn a_package_that_nobody_placed_is_found_and_so_is_one_that_is_gone() {
        let unknown = own(&[arrow("phoenix-new", CORE, false, true)]);
        assert_eq!(unknown, ["phoenix-new: is not in the table of layers (xtask/src/structure/table.rs)"]);
        assert_eq!(check(&[]).len(), LAYERS.len());
    }
}
