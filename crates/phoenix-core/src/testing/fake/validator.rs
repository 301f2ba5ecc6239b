//! A validator that finds what it is told to find.

use std::sync::{Mutex, PoisonError};

use crate::ports::validator::{ConfigValidator, Finding, Severity};

/// A validator that takes every text for a configuration that names `receivers`, and finds fault with words that it is told.
#[derive(Debug, Default)]
pub struct FakeValidator(Mutex<Vec<(Severity, String)>>);

impl FakeValidator {
    /// A validator that finds fault with nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds fault with configurations that contain this word.
    pub fn find(&self, severity: Severity, word: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((severity, word.to_owned()));
    }
}

impl ConfigValidator for FakeValidator {
    fn validate(&self, config: &str) -> Vec<Finding> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut findings: Vec<Finding> = words
            .iter()
            .filter(|(_, word)| config.contains(word.as_str()))
            .map(|(severity, word)| {
                finding(*severity, "FakeFinding", word, format!("the fake validator was told of {word}"))
            })
            .collect();
        if !config.contains("receivers:") {
            findings.push(finding(Severity::Error, "NoReceivers", "receivers", "is missing".to_owned()));
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings
    }
}

fn finding(severity: Severity, rule: &str, path: &str, message: String) -> Finding {
    Finding { severity, rule: rule.to_owned(), path: path.to_owned(), message }
}
