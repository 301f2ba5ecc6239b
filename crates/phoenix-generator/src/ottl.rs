//! Texts inside OTTL statements, the language of the filter and transform processors.

use phoenix_core::spec::ProcessPattern;

/// A text as a literal. OTTL reads literals by Go's rules, of which JSON's are a part.
pub(crate) fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// True for processes whose executable's name matches.
pub(crate) fn name_matches(pattern: &ProcessPattern) -> String {
    format!("IsMatch(resource.attributes[\"process.executable.name\"], {})", literal(pattern.as_str()))
}

/// A number as a float literal: digits on both sides of a dot, in millionths. Nobody measures finer, and a number that was stored as JSON and
/// read again may differ in its last bit.
pub(crate) fn float(number: f64) -> String {
    let text = format!("{number:.6}");
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_escape_quotes_and_backslashes() {
        assert_eq!(literal(r#"^a\.b"$"#), r#""^a\\.b\"$""#);
        assert_eq!(literal("a\nb\u{1}"), "\"a\\nb\\u0001\"");
    }

    #[test]
    fn floats_have_a_dot_and_no_exponent() {
        assert_eq!([float(1.0), float(0.05), float(0.000_01)], ["1.0", "0.05", "0.00001"]);
        assert_eq!(float(0.207_144_552_338_153_46), float(0.207_144_552_338_153_43));
    }
}
