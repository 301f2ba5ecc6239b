//! The executables that a user calls critical.

use std::collections::BTreeSet;

use crate::spec::{PatternSet, ProcessPattern};

/// The patterns of `criticalProcesses`, ready to match.
#[derive(Debug)]
pub(super) struct Critical<'a> {
    patterns: &'a [ProcessPattern],
    set: PatternSet,
}

impl<'a> Critical<'a> {
    /// Compiles the patterns.
    pub(super) fn new(patterns: &'a [ProcessPattern]) -> Self {
        Self { patterns, set: PatternSet::new(patterns) }
    }

    /// True when no critical process is named.
    pub(super) const fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// True when any pattern matches the name.
    pub(super) fn matches(&self, name: &str) -> bool {
        self.set.is_match(name)
    }

    /// Patterns that match none of the names.
    pub(super) fn unmatched(&self, names: &[&str]) -> Vec<&'a str> {
        let matched: BTreeSet<usize> = names.iter().flat_map(|name| self.set.matching(name)).collect();
        let unmatched = self.patterns.iter().enumerate().filter(|(position, _)| !matched.contains(position));
        unmatched.map(|(_, pattern)| pattern.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<ProcessPattern> {
        texts.iter().map(|text| ProcessPattern::try_from((*text).to_owned()).expect("a valid pattern")).collect()
    }

    #[test]
    fn any_pattern_makes_an_executable_critical() {
        let patterns = patterns(&["^postgres$", "redis"]);
        let critical = Critical::new(&patterns);
        assert!(critical.matches("postgres"));
        assert!(critical.matches("redis-server"));
        assert!(!critical.matches("postgres-exporter"));
        assert_eq!(critical.unmatched(&["redis-server", "nginx"]), ["^postgres$"]);
        assert!(Critical::new(&[]).is_empty());
    }

    #[test]
    fn a_pattern_means_what_it_means_to_the_collector() {
        // RE2's classes are those of ASCII; the crate's own would take the letter for one.
        let patterns = patterns(&[r"^\w+$"]);
        assert!(!Critical::new(&patterns).matches("öl"));
        assert!(Critical::new(&patterns).matches("oil"));
    }
}
