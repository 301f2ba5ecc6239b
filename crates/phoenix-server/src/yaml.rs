//! YAML (hence JSON) to values: bodies of requests, configuration files, values of variables.
//!
//! The dialect is the one of experiment files and collectors, so that a file means the same to everybody who reads it.

use serde_json::Value;

/// The one document in a text. The error tells line and column, and holds no line of the text: it may hold secrets.
///
/// # Errors
///
/// No YAML, more than one document, or one that would hide a text or eat memory.
pub fn parse(text: &str) -> Result<Value, serde_yaml::Error> {
    serde_yaml::from_str_with_options(text, options())
}

/// `yes` and `on` are texts; limits far above any experiment and far below what hurts.
fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        budget: serde_yaml::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_depth: 48,
            max_documents: 64,
            max_total_scalar_bytes: 4 << 20,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_the_common_one() {
        phoenix_core::testing::dialect::check(|text| parse(text).ok());
    }

    #[test]
    fn an_error_tells_the_place_and_not_the_text() {
        let error = parse("password: hunter2\n  oops: [\n").expect_err("broken").to_string();
        assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
    }
}
