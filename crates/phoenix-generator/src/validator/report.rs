//! Collects findings and puts them in order.

use phoenix_core::ports::validator::{Finding, Severity};

use crate::validator::rule::Rule;

/// Most findings of each severity about one configuration.
const MOST: usize = 100;

/// Longest text of a configuration that a message repeats, in characters.
const LONGEST: usize = 80;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Report {
    strict: bool,
    findings: Vec<Finding>,
}

impl Report {
    /// An empty report; in a strict one warnings become errors.
    pub(super) const fn new(strict: bool) -> Self {
        Self { strict, findings: Vec::new() }
    }

    /// Adds a finding. The message says what is wrong and what to do.
    pub(super) fn add(&mut self, rule: Rule, path: impl Into<String>, message: impl Into<String>) {
        let severity = match rule.severity() {
            Severity::Warning if self.strict => Severity::Error,
            severity => severity,
        };
        if self.findings.iter().filter(|finding| finding.severity == severity).count() >= MOST {
            return;
        }
        let path = path.into();
        self.findings.push(Finding { severity, rule: rule.as_str().to_owned(), path, message: message.into() });
    }

    /// Everything, errors first, otherwise in the order of the checks.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}

/// A text of the configuration, as messages repeat it: quoted, on one line, not too long. Not for values that may be secrets.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_come_first_and_strictness_makes_errors_of_warnings_alone() {
        let severities = |strict| {
            let mut report = Report::new(strict);
            report.add(Rule::CommandLineExported, "a", "");
            report.add(Rule::WildcardBind, "b", "");
            report.add(Rule::NoReceivers, "c", "");
            report.into_findings().into_iter().map(|finding| (finding.path, finding.severity)).collect::<Vec<_>>()
        };
        let of = |path: &str, severity| (path.to_owned(), severity);
        assert_eq!(severities(false), [of("c", Severity::Error), of("b", Severity::Warning), of("a", Severity::Info)]);
        assert_eq!(severities(true), [of("b", Severity::Error), of("c", Severity::Error), of("a", Severity::Info)]);
    }

    #[test]
    fn a_flood_of_warnings_leaves_room_for_errors() {
        let mut report = Report::new(false);
        for _ in 0..500 {
            report.add(Rule::WildcardBind, "w", "");
        }
        report.add(Rule::NoReceivers, "e", "");
        let findings = report.into_findings();
        assert_eq!((findings.len(), findings[0].path.as_str()), (MOST + 1, "e"));
    }

    #[test]
    fn quoted_texts_are_short_and_on_one_line() {
        assert_eq!(quote("a\nb"), r#""a\nb""#);
        assert_eq!(quote(&"ü".repeat(200)).chars().count(), LONGEST + 5);
    }
}
