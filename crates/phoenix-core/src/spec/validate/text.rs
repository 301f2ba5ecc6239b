//! Identifiers, durations and times as users write them.

use crate::id::InvalidId;
use crate::spec::Violation;
use crate::spec::words::{DURATION_FORM, TIME_FORM, quote};
use crate::time::{Span, Timestamp};

/// Both ends of an allowed range of durations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// Shortest allowed duration.
    pub(super) min: Span,
    /// Longest allowed duration.
    pub(super) max: Span,
}

impl Range {
    fn hint(self) -> String {
        format!("allowed: {} to {}", self.min, self.max)
    }
}

/// Reads an identifier.
pub(in crate::spec) fn identifier<T: TryFrom<String, Error = InvalidId>>(
    text: String,
    field: &str,
    found: &mut Vec<Violation>,
) -> Option<T> {
    let length = text.chars().count();
    let quoted = quote(&text);
    match T::try_from(text) {
        Ok(id) => Some(id),
        Err(error) => {
            let message = match length {
                0 => "is empty".to_owned(),
                64.. => format!("{quoted} is {length} characters long"),
                _ => format!("{quoted} is not a valid {}", error.what),
            };
            found.push(Violation::new(field, message).with_hint(format!("allowed: {}", error.allowed)));
            None
        }
    }
}

/// Reads a duration and checks its range.
pub(super) fn duration(text: &str, field: &str, range: Range, found: &mut Vec<Violation>) -> Option<Span> {
    let wrong = |message: String| Violation::new(field, message);
    let violation = match text.parse::<Span>() {
        Ok(span) if span < range.min => wrong(format!("{} is too short", quote(text))).with_hint(range.hint()),
        Ok(span) if span > range.max => wrong(format!("{} is too long", quote(text))).with_hint(range.hint()),
        Ok(span) => return Some(span),
        Err(_) if is_negative(text) => wrong(format!("{} is negative", quote(text))).with_hint(range.hint()),
        Err(_) => wrong(format!("{} is not a duration", quote(text)))
            .with_hint(format!("write {DURATION_FORM}; {}", range.hint())),
    };
    found.push(violation);
    None
}

/// Checks the range of a duration that was read already.
pub(super) fn within(span: Span, field: &str, range: Range, found: &mut Vec<Violation>) {
    if span < range.min || span > range.max {
        let word = if span < range.min { "short" } else { "long" };
        found.push(Violation::new(field, format!("{span} is too {word}")).with_hint(range.hint()));
    }
}

/// Reads a time.
pub(super) fn time(text: &str, field: &str, found: &mut Vec<Violation>) -> Option<Timestamp> {
    let time = text.parse().ok();
    if time.is_none() {
        let message = format!("{} is not a time", quote(text));
        found.push(Violation::new(field, message).with_hint(format!("write {TIME_FORM}")));
    }
    time
}

fn is_negative(text: &str) -> bool {
    text.trim().strip_prefix('-').is_some_and(|rest| rest.trim().starts_with(|c: char| c.is_ascii_digit()))
}
