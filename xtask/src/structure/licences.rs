//! Every package of the graph has a licence that is accepted.

use std::collections::BTreeSet;

use super::Finding;
use super::graph::Graph;

/// Packages whose licence is not covered by what deny.toml allows.
pub(super) fn check(allowed: &BTreeSet<String>, graph: &Graph) -> Vec<Finding> {
    let refused = graph.licences().filter(|(_, licence)| !is_allowed(licence, allowed));
    refused
        .map(|(name, licence)| Finding::new(name, format!("its licence {licence:?} is not allowed by deny.toml")))
        .collect()
}

/// Evaluates an SPDX expression; the old form `MIT/Apache-2.0` means a choice.
fn is_allowed(licence: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let accepted = either(&mut words, allowed);
    accepted && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut accepted = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        // Not `||`: what follows must be read in any case.
        accepted |= both(words, allowed);
    }
    accepted
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut accepted = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        accepted &= one(words, allowed);
    }
    accepted
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    match words.next() {
        Some("(") => either(words, allowed) && words.next() == Some(")"),
        Some(name) if words.next_if_eq(&"WITH").is_some() => {
            words.next().is_some_and(|exception| allowed.contains(&format!("{name} WITH {exception}")))
        }
        Some(name) => allowed.contains(name),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        let allowed: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(ToOwned::to_owned).into();
        for licence in [
            "MIT",
            "GPL-3.0 OR MIT",
            "MIT/GPL-3.0",
            "(GPL-3.0 OR MIT) AND ISC",
            "ISC AND (ISC OR GPL-3.0) AND MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(is_allowed(licence, &allowed), "{licence}");
        }
        for licence in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "Apache-2.0",
            "(MIT OR ISC) AND GPL-3.0",
            "(MIT",
            "MIT ISC",
            "MIT WITH LLVM-exception",
        ] {
            assert!(!is_allowed(licence, &allowed), "{licence}");
        }
        let findings = check(&allowed, &graph("0|a v1|MIT\n1|b v1|GPL-3.0\n1|c v1|\n"));
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].to_string(), "b: its licence \"GPL-3.0\" is not allowed by deny.toml");
    }
}
