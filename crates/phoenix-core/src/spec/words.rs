//! How violations speak of what a user wrote: quoted, cut to a readable length, with the nearest known name.

use serde_json::Value;

/// What a duration looks like.
pub(super) const DURATION_FORM: &str = "a duration such as 90s, 30m or 1h30m";
/// What a time looks like.
pub(super) const TIME_FORM: &str = "an RFC 3339 time such as 2026-12-01T08:00:00Z";
/// Longest text that a message repeats.
const LONGEST_QUOTE: usize = 80;
/// Names longer than this are no typing mistake of a known one.
const LONGEST_NAME: usize = 64;

/// The text in quotation marks, cut after 80 characters. Backslashes stay single, because most quoted texts that hold one are regular
/// expressions; everything unprintable is escaped.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (position, character) in text.chars().enumerate() {
        if position == LONGEST_QUOTE {
            quoted.push_str("...");
            break;
        }
        match character {
            '\\' | '\'' => quoted.push(character),
            _ => quoted.extend(character.escape_debug()),
        }
    }
    quoted.push('"');
    quoted
}

/// What stands in the document, in the words of a message.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => quote(text),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A hint that names the nearest known name, if any is near, and then all of them.
pub(super) fn suggest<'a>(given: &str, label: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let list = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    match nearest(given, &known) {
        Some(name) => format!("did you mean {name}? {label}: {list}"),
        None => format!("{label}: {list}"),
    }
}

/// The known name that a typing mistake most likely meant.
fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    if given.chars().count() > LONGEST_NAME {
        return None;
    }
    let given = given.to_lowercase();
    let (distance, name) = known.iter().map(|name| (distance(&given, &name.to_lowercase()), *name)).min()?;
    (distance * 2 <= name.chars().count()).then_some(name)
}

/// Fewest single-character edits between two texts.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, character) in from.chars().enumerate() {
        let (mut diagonal, mut left) = (position, position + 1);
        let mut next = vec![left];
        for (other, above) in to.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(character != *other);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_is_short_and_printable() {
        assert_eq!(quote(r"^\d+$"), r#""^\d+$""#);
        assert_eq!(quote("a\nb\u{0}\"c"), r#""a\nb\0\"c""#);
        assert_eq!(quote(&"x".repeat(500)), format!("\"{}...\"", "x".repeat(80)));
        assert_eq!(quote(&"x".repeat(80)), format!("\"{}\"", "x".repeat(80)));
    }

    #[test]
    fn a_typing_mistake_gets_the_name_that_was_meant() {
        let known = ["name", "parameters"];
        assert_eq!(suggest("nmae", "allowed here", known), "did you mean name? allowed here: name, parameters");
        assert_eq!(
            suggest("Parameter", "allowed here", known),
            "did you mean parameters? allowed here: name, parameters"
        );
        assert_eq!(suggest("zebra", "allowed here", known), "allowed here: name, parameters");
        assert_eq!(suggest("zebra", "known", []), "known: none");
    }
}
