//! Why an expression is refused, in RE2's words where it has some, and what to write instead.

use regex_syntax::ast::{self, ErrorKind};

use super::snippet;
use crate::spec::pattern::Problem;
use crate::spec::words::quote;

pub(super) fn invalid(what: &str, hint: &'static str) -> Problem {
    Problem::new(format!("is not a valid RE2 expression: {what}"), hint)
}

/// For what RE2 accepts and this field does not, because it is read differently elsewhere.
pub(super) fn unsupported(what: &str, hint: &'static str) -> Problem {
    Problem::new(format!("is not supported here: {what}"), hint)
}

pub(super) fn set_operation() -> Problem {
    unsupported("&&, -- or ~~ within a class", r"write each character once, with a backslash: \&, \- or \~")
}

pub(super) fn word_boundary(snippet: &str) -> Problem {
    unsupported(
        &format!("the escape {}", quote(snippet)),
        r"write \b for a word boundary, and < or > without backslash",
    )
}

pub(super) fn escape(snippet: &str) -> Problem {
    if snippet == r"\Q" {
        return unsupported(r"\Q...\E", "write a backslash before each special character");
    }
    invalid(
        &format!("invalid escape sequence {}", quote(snippet)),
        r"write \\ for a literal backslash; characters by their code are written \x{1F600}",
    )
}

pub(super) fn repeat_count(operator: &str) -> Problem {
    invalid(
        &format!("invalid repeat count {}", quote(operator)),
        "write {n}, {n,} or {n,m} with n <= m; nested counts multiply to at most 1000",
    )
}

pub(super) fn brace(operator: &str) -> Problem {
    let what =
        if operator.is_empty() { "an unfinished brace".to_owned() } else { format!("the brace {}", quote(operator)) };
    unsupported(&what, r"write \{ for a literal brace, or a repeat count such as {2}, {2,} or {2,4}")
}

pub(super) fn group_name(name: &str) -> Problem {
    unsupported(
        &format!("the group name {}", quote(name)),
        "name groups once each, with a-z, A-Z, 0-9 and _, not beginning with a digit",
    )
}

pub(super) fn flag(name: &str) -> Problem {
    invalid(&format!("invalid flag {}", quote(name)), "allowed: the flags i, m, s and U, as in (?i)")
}

/// The words of RE2 for what the parser of the `regex` crate found.
pub(super) fn refused_syntax(text: &str, error: &ast::Error) -> Problem {
    let at = snippet(text, *error.span());
    match error.kind() {
        ErrorKind::GroupUnclosed => invalid("missing ')'", r"close the group, or write \( for a literal parenthesis"),
        ErrorKind::GroupUnopened => invalid("unexpected ')'", r"open the group, or write \) for a literal parenthesis"),
        ErrorKind::ClassUnclosed => {
            invalid("missing ']'", r"close the class, or write \[ for a literal bracket, also within a class")
        }
        ErrorKind::ClassRangeInvalid | ErrorKind::ClassRangeLiteral => invalid(
            &format!("invalid character class range {}", quote(&at)),
            r"write the lower character first, and \- for a literal hyphen",
        ),
        ErrorKind::RepetitionMissing => invalid(
            "missing argument to repetition operator",
            r"put something before it, or write it with a backslash: \*, \+, \? or \{",
        ),
        ErrorKind::RepetitionCountInvalid | ErrorKind::DecimalInvalid => repeat_count(&at),
        ErrorKind::RepetitionCountDecimalEmpty | ErrorKind::RepetitionCountUnclosed | ErrorKind::DecimalEmpty => {
            brace(&at)
        }
        ErrorKind::EscapeUnexpectedEof => {
            invalid("trailing backslash at end of expression", r"write \\ for a literal backslash")
        }
        ErrorKind::UnsupportedLookAround => {
            invalid("it has no look-around such as (?=...)", "match the whole name instead")
        }
        ErrorKind::UnsupportedBackreference => {
            unsupported("a back-reference or octal escape", r"repeat the expression; characters by code are \x{41}")
        }
        ErrorKind::FlagDanglingNegation
        | ErrorKind::FlagDuplicate { .. }
        | ErrorKind::FlagRepeatedNegation { .. }
        | ErrorKind::FlagUnexpectedEof
        | ErrorKind::FlagUnrecognized => flag(&at),
        ErrorKind::GroupNameDuplicate { .. }
        | ErrorKind::GroupNameEmpty
        | ErrorKind::GroupNameInvalid
        | ErrorKind::GroupNameUnexpectedEof => group_name(&at),
        ErrorKind::NestLimitExceeded(_) | ErrorKind::CaptureLimitExceeded => {
            invalid("it nests too deeply", "use fewer groups")
        }
        ErrorKind::ClassEscapeInvalid
        | ErrorKind::EscapeHexEmpty
        | ErrorKind::EscapeHexInvalid
        | ErrorKind::EscapeHexInvalidDigit
        | ErrorKind::EscapeUnrecognized
        | ErrorKind::UnicodeClassInvalid => escape(&at),
        ErrorKind::SpecialWordBoundaryUnclosed
        | ErrorKind::SpecialWordBoundaryUnrecognized
        | ErrorKind::SpecialWordOrRepetitionUnexpectedEof => word_boundary(&at),
        // A kind that a later version of the parser adds.
        _ => invalid(&error.kind().to_string(), "use literals, classes, groups, alternatives and repetitions"),
    }
}
