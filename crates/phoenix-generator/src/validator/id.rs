//! Identifiers `type` or `type/name`, by the collector's own rules.

use std::sync::LazyLock;

use regex::Regex;

use crate::validator::report::quote;

/// What a name may not hold: separators, control and formatting characters, symbols. Go's class C has no unassigned code points.
static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\pZ\p{Cc}\p{Cf}\p{Co}\pS]").ok());

/// Longest type, in characters.
const LONGEST_TYPE: usize = 63;
/// Longest name, in bytes.
const LONGEST_NAME: usize = 1_024;

/// An identifier whose parts obey the rules, without the spaces that the collector takes away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id<'a> {
    /// The type, or the signal of a pipeline.
    pub(super) kind: &'a str,
    /// What tells it from others of its type.
    pub(super) name: Option<&'a str>,
}

impl<'a> Id<'a> {
    /// Reads an identifier; the error says what is wrong with it.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let (kind, name) = match text.split_once('/') {
            Some((kind, name)) => (kind.trim(), Some(name.trim())),
            None => (text.trim(), None),
        };
        if kind.is_empty() {
            return Err(if name.is_some() {
                "there is nothing before the /".to_owned()
            } else {
                "it is empty".to_owned()
            });
        }
        if let Some(name) = name {
            check_name(name)?;
        }
        check_type(kind)?;
        Ok(Self { kind, name })
    }
}

impl std::fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name {
            Some(name) => write!(f, "{}/{name}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

fn check_type(kind: &str) -> Result<(), String> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if !kind.starts_with(|first: char| first.is_ascii_alphabetic()) || !kind.chars().all(is_allowed) {
        return Err(format!("the type {} is not a letter followed by letters, digits and _", quote(kind)));
    }
    if kind.len() > LONGEST_TYPE {
        return Err(format!("its type has {} characters; allowed: {LONGEST_TYPE}", kind.len()));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("there is nothing behind the /".to_owned());
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("its name has {} bytes; allowed: {LONGEST_NAME}", name.len()));
    }
    match REFUSED.as_ref().and_then(|refused| refused.find(name)) {
        Some(found) => Err(format!(
            "its name holds {:?}; allowed: letters, digits and punctuation, but no spaces and no symbols such as + = $ < >",
            found.as_str()
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_as_the_collector_reads_them() {
        for (text, kind, name) in [
            ("batch", "batch", None),
            (" batch / a ", "batch", Some("a")),
            ("filter/a/b", "filter", Some("a/b")),
            ("otlp/größe-1.2:x", "otlp", Some("größe-1.2:x")),
        ] {
            assert_eq!(Id::parse(text), Ok(Id { kind, name }), "{text}");
        }
        assert_eq!(Id::parse(" batch / a ").expect("an identifier").to_string(), "batch/a");
    }

    #[test]
    fn what_the_collector_refuses_is_refused() {
        let long_type = "a".repeat(64);
        let long_name = format!("a/{}", "b".repeat(1_025));
        for text in [
            "",
            " ",
            "/a",
            "a/",
            "a/ ",
            "1a",
            "_a",
            "a-b",
            "a b",
            "ä",
            "a/b c",
            "a/b\u{a0}c",
            "a/b+c",
            "a/$c",
            "a/b\u{200b}c",
            "a/€",
            &long_type,
            &long_name,
        ] {
            assert!(Id::parse(text).is_err(), "{text:?}");
        }
    }
}
