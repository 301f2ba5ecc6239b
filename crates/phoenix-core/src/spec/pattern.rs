//! Regular expressions over executable names, limited to what RE2 (and so the collector) understands.
//!
//! The collector matches with Go's implementation of RE2, the core with the `regex` crate. [`re2`] refuses what only one of them accepts
//! and rewrites what they read differently, so that both agree about every name.

mod re2;

use regex::{RegexSet, RegexSetBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

use crate::spec::words::quote;

/// Longest expression, in characters.
pub(super) const LONGEST: usize = 512;
/// Largest expression once its repetitions are written out, in characters and ranges of classes.
const LARGEST: usize = 4_096;
/// Stands for an expression that cannot be built, which a checked one always can. It matches nothing: a critical process is then reported as
/// never seen, instead of being taken for kept.
const NEVER: &str = r"[^\x00-\x{10FFFF}]";

/// A checked regular expression over executable names. Unanchored, as in RE2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcessPattern(String);

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {problem}", quote(.pattern))]
pub struct InvalidPattern {
    /// The refused text.
    pub pattern: String,
    /// What is wrong: a predicate such as `is not a valid RE2 expression: missing ')'`.
    pub problem: String,
    /// What to do.
    pub hint: &'static str,
}

/// Patterns compiled together, for matching many names against all of them.
#[derive(Clone, Debug)]
pub struct PatternSet {
    set: RegexSet,
}

/// What is wrong with an expression, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    text: String,
    hint: &'static str,
}

impl Problem {
    fn new(text: impl Into<String>, hint: &'static str) -> Self {
        Self { text: text.into(), hint }
    }
}

impl ProcessPattern {
    /// The expression, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The expression as a tree in which every flag and class is resolved.
    pub(super) fn hir(&self) -> Option<Hir> {
        parse(&self.0).ok().map(|(_, hir)| hir)
    }
}

impl TryFrom<String> for ProcessPattern {
    type Error = InvalidPattern;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        match check(&text) {
            Ok(()) => Ok(Self(text)),
            Err(problem) => Err(InvalidPattern { pattern: text, problem: problem.text, hint: problem.hint }),
        }
    }
}

impl From<ProcessPattern> for String {
    fn from(pattern: ProcessPattern) -> Self {
        pattern.0
    }
}

impl PatternSet {
    /// Compiles the patterns.
    pub fn new(patterns: &[ProcessPattern]) -> Self {
        let expressions = patterns.iter().map(|pattern| re2::rewrite(&pattern.0).unwrap_or_else(|_| NEVER.to_owned()));
        // The size of each pattern was limited when it was checked, so the set needs no limit that could fail here.
        let set = RegexSetBuilder::new(expressions).size_limit(usize::MAX).build();
        Self { set: set.unwrap_or_else(|_| RegexSet::empty()) }
    }

    /// True when any of the patterns matches the name.
    pub fn is_match(&self, executable: &str) -> bool {
        self.set.is_match(executable)
    }

    /// Positions, in the list that the set was made of, of the patterns that match the name.
    pub fn matching(&self, executable: &str) -> impl Iterator<Item = usize> {
        self.set.matches(executable).into_iter()
    }
}

fn check(text: &str) -> Result<(), Problem> {
    let unusable = |what: &str, hint| Err(Problem::new(format!("cannot be used as a pattern: {what}"), hint));
    if text.is_empty() {
        return unusable("it is empty, which matches every process", "write .* if that is meant");
    }
    let length = text.chars().count();
    if length > LONGEST {
        return unusable(&format!("it is {length} characters long"), "allowed: 1 to 512 characters");
    }
    if text.contains(['\n', '\r']) {
        return unusable("it holds a line break", "write one expression on one line");
    }
    if text.chars().any(char::is_control) {
        return unusable("it holds a control character", r"write it as an escape such as \t or \x{7F}");
    }
    if text.contains("${") {
        return unusable("the collector would expand \"${\"", r"write \$\{ for these two characters");
    }
    let (_, hir) = parse(text)?;
    if size(&hir) > LARGEST {
        return unusable("it is too large once its repetitions and classes are written out", "repeat less");
    }
    Ok(())
}

/// The expression rewritten for the `regex` crate, and its tree.
fn parse(text: &str) -> Result<(String, Hir), Problem> {
    let rewritten = re2::rewrite(text)?;
    match regex_syntax::parse(&rewritten) {
        Ok(hir) => Ok((rewritten, hir)),
        Err(_) => Err(Problem::new(
            "is not supported here",
            "use a simpler expression: literals, classes, groups, alternatives and repetitions",
        )),
    }
}

/// Characters and ranges once every repetition is written out: a measure of the compiled size.
fn size(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(Class::Unicode(class)) => class.ranges().len().max(1),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len().max(1),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or_else(|| repetition.min.saturating_add(1));
            usize::try_from(times).unwrap_or(usize::MAX).saturating_mul(size(&repetition.sub))
        }
        HirKind::Capture(capture) => size(&capture.sub).saturating_add(1),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(size).fold(1, usize::saturating_add),
    }
}

#[cfg(test)]
mod tests;
