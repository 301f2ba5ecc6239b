//! `${...}`: references that the collector replaces when it reads a configuration.
//!
//! Only the environment may be referred to, in its plain forms. The collector replaces in rounds until nothing changes and replaces every
//! occurrence of a reference at once, so texts that look harmless can become `${file:...}` on the way: `${fi${env:X:-}le:/etc/passwd}`, or
//! `${env:X:-} $${env:X:-}{file:/etc/passwd}`. Whatever could be part of such a text is refused: references inside references, braces in
//! defaults, and references beside escaped ones.

use serde_json::{Map, Value};

use crate::validator::place::{Place, walk};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks every text of a document. Keys are not replaced by the collector.
pub(super) fn check(root: &Map<String, Value>, report: &mut Report) {
    for (key, value) in root {
        walk(value, &Place::ROOT.key(key), &mut |place, value| {
            if let Value::String(text) = value {
                check_text(text, place, report);
            }
        });
    }
}

/// A part of a text that begins with `${`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// `${inner}`.
    Reference { inner: &'a str },
    /// `$${`: two characters of text.
    Escaped,
    /// Another `${` comes before the `}`.
    Nested,
    /// There is no `}`.
    Unclosed,
}

/// Every `${` of a text with its position. Takes time in proportion to the text, whatever is in it.
pub(super) fn pieces(text: &str) -> Vec<(usize, Piece<'_>)> {
    let mut closings = text.match_indices('}').map(|(at, _)| at).peekable();
    let mut openings = text.match_indices("${").map(|(at, _)| at).peekable();
    let mut pieces = Vec::new();
    while let Some(at) = openings.next() {
        while closings.next_if(|closing| *closing < at).is_some() {}
        let next = openings.peek().copied();
        let piece = match closings.peek() {
            _ if is_escaped(text, at) => Piece::Escaped,
            None => Piece::Unclosed,
            Some(end) if next.is_some_and(|next| next < *end) => Piece::Nested,
            Some(end) => Piece::Reference { inner: text.get(at + 2..*end).unwrap_or_default() },
        };
        pieces.push((at, piece));
    }
    pieces
}

/// Whether an odd number of `$` stands before the one at `at`.
fn is_escaped(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    (before.len() - before.trim_end_matches('$').len()) % 2 == 1
}

/// Whether the collector replaces anything in a text.
pub(super) fn has_reference(text: &str) -> bool {
    pieces(text).iter().any(|(_, piece)| matches!(piece, Piece::Reference { .. } | Piece::Nested))
}

/// A reference to the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variable<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// What stands in for it when it is not set.
    pub(super) default: Option<&'a str>,
}

/// What is wrong with the inside of `${...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem<'a> {
    Scheme(&'a str),
    Syntax(String),
}

impl<'a> Variable<'a> {
    /// Reads the inside of `${...}`.
    pub(super) fn parse(inner: &'a str) -> Option<Self> {
        Self::read(inner).ok()
    }

    fn read(inner: &'a str) -> Result<Self, Problem<'a>> {
        let rest = match inner.split_once(':') {
            None => inner,
            Some(("env", rest)) => rest,
            Some((name, rest)) if rest.starts_with('-') && is_name(name) => {
                return Err(Problem::Syntax(format!("a default needs the long form: write ${{env:{name}:-...}}")));
            }
            Some((scheme, _)) => return Err(Problem::Scheme(scheme)),
        };
        let (name, default) = rest.split_once(":-").map_or((rest, None), |(name, default)| (name, Some(default)));
        if !is_name(name) {
            return Err(Problem::Syntax(format!(
                "{} is no name of a variable: letters, digits and _, no digit first",
                quote(name)
            )));
        }
        if default.is_some_and(|default| default.contains(['$', '{'])) {
            return Err(Problem::Syntax(format!("the default of {name} holds $ or {{; remove them")));
        }
        Ok(Self { name, default })
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Messages never repeat what is behind a scheme or a default: both may be secrets.
fn check_text(text: &str, place: &Place<'_>, report: &mut Report) {
    let pieces = pieces(text);
    for (_, piece) in &pieces {
        match piece {
            Piece::Escaped => {}
            Piece::Nested => {
                let message = "a reference stands inside another one; set one variable to the whole text";
                report.add(Rule::NestedReference, place, message);
            }
            Piece::Unclosed => {
                report.add(
                    Rule::UnclosedReference,
                    place,
                    "${ has no }, so the collector leaves it as it is; close it, or write $${",
                );
            }
            Piece::Reference { inner } => check_reference(inner, place, report),
        }
    }
    let has = |wanted: &dyn Fn(&Piece<'_>) -> bool| pieces.iter().any(|(_, piece)| wanted(piece));
    if has(&|piece| matches!(piece, Piece::Escaped))
        && has(&|piece| matches!(piece, Piece::Reference { .. } | Piece::Nested))
    {
        let message = "the collector mixes up references and escaped ones ($${) in one text; keep only one kind in it";
        report.add(Rule::MixedReferences, place, message);
    }
    if let Some(name) = bare_variable(text) {
        let message =
            format!("${name} is left as it is; write ${{env:{name}}} for the variable, or $${name} for the text");
        report.add(Rule::BareVariable, place, message);
    }
}

fn check_reference(inner: &str, place: &Place<'_>, report: &mut Report) {
    match Variable::read(inner) {
        Ok(_) => {}
        Err(Problem::Syntax(problem)) => report.add(Rule::InvalidReference, place, problem),
        Err(Problem::Scheme(scheme)) => {
            let message = format!(
                "configurations may refer to the environment only, not to {}; use ${{env:NAME}}",
                quote(scheme)
            );
            report.add(Rule::ForbiddenReference, place, message);
        }
    }
}

/// The name in a `$NAME` that somebody may have meant as a variable. Regular expressions end in `$`, so only capitals count.
fn bare_variable(text: &str) -> Option<&str> {
    let is_last_of_run = |at: usize| !text.get(at + 1..).is_some_and(|rest| rest.starts_with('$'));
    let dollars = text.match_indices('$').map(|(at, _)| at).filter(|at| is_last_of_run(*at));
    dollars.filter(|at| !is_escaped(text, *at)).find_map(|at| {
        let rest = text.get(at + 1..)?;
        let end = rest.find(|character: char| !is_variable_character(character)).unwrap_or(rest.len());
        let name = rest.get(..end)?;
        (name.len() > 1 && !name.starts_with(|first: char| first.is_ascii_digit())).then_some(name)
    })
}

const fn is_variable_character(character: char) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_as_the_collector_finds_them() {
        let found = |text| pieces(text).into_iter().map(|(_, piece)| piece).collect::<Vec<_>>();
        assert_eq!(found("a ${env:A} ${B}"), [Piece::Reference { inner: "env:A" }, Piece::Reference { inner: "B" }]);
        assert_eq!(found("$${A} $$${B}"), [Piece::Escaped, Piece::Reference { inner: "B" }]);
        assert_eq!(found("${fi${env:X:-}le:/etc}"), [Piece::Nested, Piece::Reference { inner: "env:X:-" }]);
        assert_eq!(found("^a$ ${"), [Piece::Unclosed]);
        assert!(!has_reference("$${A} $ $$ {}"));
    }

    #[test]
    fn variables_are_read_with_their_defaults() {
        assert_eq!(Variable::parse("A"), Some(Variable { name: "A", default: None }));
        assert_eq!(Variable::parse("env:_a1:-x:-y"), Some(Variable { name: "_a1", default: Some("x:-y") }));
        for wrong in
            ["", "env:", "1A", "env:a-b", "A:-b", "env:A:-${B", "env:A:-{b", "env: A", "file:/etc/passwd", "ENV:A"]
        {
            assert_eq!(Variable::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn bare_variables_are_not_seen_in_regular_expressions() {
        for text in ["^a$", "^(a|b)$|^C$", "a$ B", "$$HOME", "$1", "$x", "$", "${HOME}"] {
            assert_eq!(bare_variable(text), None, "{text}");
        }
        assert_eq!(bare_variable("http://$HOST:1"), Some("HOST"));
    }
}
