//! Secrets that are written out. Configurations are stored, shown and archived, so a secret belongs into the environment of the collector.
//!
//! A field is sensitive by its name. Its value passes when it is empty or takes its secret from a variable; messages never repeat it.

use serde_json::{Map, Value};

use crate::validator::place::{Place, walk};
use crate::validator::references::{Piece, Variable, pieces};
use crate::validator::report::Report;
use crate::validator::rule::Rule;

const HEADERS: &str = "headers";

/// The last word of a sensitive name.
const WORDS: [&str; 17] = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "token",
    "tokens",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "authorization",
    "apikey",
    "dsn",
    "cookie",
    "cookies",
    "privatekey",
];

/// The last two words of a sensitive name.
const PAIRS: [[&str; 2]; 14] = [
    ["api", "key"],
    ["access", "key"],
    ["private", "key"],
    ["secret", "key"],
    ["account", "key"],
    ["encryption", "key"],
    ["signing", "key"],
    ["shared", "key"],
    ["license", "key"],
    ["ingest", "key"],
    ["write", "key"],
    ["key", "pem"],
    ["connection", "string"],
    ["headers", "list"],
];

/// The last word of a name whose value is an address, or several.
const ADDRESSES: [&str; 14] = [
    "endpoint",
    "endpoints",
    "url",
    "urls",
    "uri",
    "uris",
    "address",
    "addresses",
    "host",
    "hosts",
    "broker",
    "brokers",
    "server",
    "servers",
];

/// Checks every text and number of a document.
pub(super) fn check(root: &Map<String, Value>, report: &mut Report) {
    for (key, value) in root {
        walk(value, &Place::ROOT.key(key), &mut |place, value| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return,
            };
            let Some(named) = named(place) else { return };
            if is_sensitive(&named) && is_literal(&text) {
                let message = "a secret is written out here; write ${env:NAME}, and give the variable to the collector";
                report.add(Rule::LiteralSecret, place, message);
            } else if is_address(&named) && has_password(&text) {
                let message =
                    "an address holds a password; write ${env:NAME} for it, and give the variable to the collector";
                report.add(Rule::LiteralSecret, place, message);
            }
        });
    }
}

/// The place whose key says what a value is: the value's own, or that of the list that it is in.
fn named<'a>(place: &Place<'a>) -> Option<Place<'a>> {
    let mut named = *place;
    while named.is_in_list() {
        named = *named.parent()?;
    }
    Some(named)
}

/// Whether the value is a secret: by its key, or because it is in a map of headers.
fn is_sensitive(named: &Place<'_>) -> bool {
    let Some(key) = named.last_key() else { return false };
    // A plain `key` of a list's entry is the name of an attribute.
    let is_attribute = named.parent().is_some_and(Place::is_in_list);
    is_sensitive_name(key, is_attribute) || is_header(named)
}

fn is_address(named: &Place<'_>) -> bool {
    let words = named.last_key().map(words).unwrap_or_default();
    words.last().is_some_and(|last| ADDRESSES.contains(&last.as_str()))
}

fn is_sensitive_name(key: &str, is_attribute: bool) -> bool {
    let words = words(key);
    match words.as_slice() {
        [only] if only == "key" => !is_attribute,
        [.., first, last] if PAIRS.iter().any(|[one, two]| first == one && last == two) => true,
        [.., last] => WORDS.contains(&last.as_str()),
        [] => false,
    }
}

/// A value of a map of headers, or the `value` of an entry of a list of headers.
fn is_header(place: &Place<'_>) -> bool {
    let leads_from = |place: Option<&Place<'_>>| {
        place.and_then(Place::last_key).is_some_and(|key| key.eq_ignore_ascii_case(HEADERS))
    };
    match place.parent() {
        Some(entry) if entry.is_in_list() => place.last_key() == Some("value") && leads_from(entry.parent()),
        parent => leads_from(parent),
    }
}

/// `clientSecret`, `client-secret` and `CLIENT_SECRET` are two words each.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in key.chars() {
        let begins = character.is_uppercase() && was_lower;
        if begins || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a sensitive text holds its secret itself: no variable is in it, or one with a default.
fn is_literal(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let variables: Vec<_> = variables(text).collect();
    variables.is_empty() || variables.iter().any(|variable| variable.default.is_some_and(|default| !default.is_empty()))
}

fn variables(text: &str) -> impl Iterator<Item = Variable<'_>> {
    pieces(text).into_iter().filter_map(|(_, piece)| match piece {
        Piece::Reference { inner } => Variable::parse(inner),
        Piece::Escaped | Piece::Nested | Piece::Unclosed => None,
    })
}

/// Whether a text holds an address such as `https://user:password@host`.
fn has_password(text: &str) -> bool {
    if !text.contains("://") {
        return false;
    }
    let mut without_variables = String::with_capacity(text.len());
    let mut begin = 0;
    for (at, piece) in pieces(text) {
        if let Piece::Reference { inner } = piece
            && Variable::parse(inner).is_some_and(|variable| variable.default.is_none_or(str::is_empty))
        {
            without_variables.push_str(text.get(begin..at).unwrap_or_default());
            begin = at + inner.len() + 3;
        }
    }
    without_variables.push_str(text.get(begin..).unwrap_or_default());
    without_variables.split("://").skip(1).any(|rest| {
        let authority = rest.split(|character: char| "/?#\"' ".contains(character)).next().unwrap_or_default();
        let password =
            authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
        password.is_some_and(|password| !password.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_names_are_known_in_every_spelling() {
        for name in [
            "password",
            "api_key",
            "apiKey",
            "API-KEY",
            "bearer_token",
            "client_secret",
            "clientSecret",
            "key_pem",
            "key",
            "X-Api-Key",
            "Authorization",
            "connection_string",
            "sasl_password",
            "token",
            "headers_list",
            "private_key",
            "set-cookie",
        ] {
            assert!(is_sensitive_name(name, false), "{name}");
        }
        for name in [
            "key_file",
            "token_url",
            "bearer_token_file",
            "metadata_keys",
            "keys",
            "from_context",
            "monkey",
            "tokenizer",
            "max_tokens_count",
            "password_file",
            "endpoint",
            "",
            "secret_name",
            "value",
        ] {
            assert!(!is_sensitive_name(name, false), "{name}");
        }
        assert!(!is_sensitive_name("key", true));
    }

    #[test]
    fn a_secret_comes_from_a_variable_without_default() {
        for text in ["", "${env:T}", "${T}", "Bearer ${env:T}", "${env:T:-}"] {
            assert!(!is_literal(text), "{text}");
        }
        for text in ["x", "$${env:T}", "${env:T:-hunter2}", "${file:/run/token}", "$T", "${env:T"] {
            assert!(is_literal(text), "{text}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_seen() {
        for text in ["http://u:p@h", "a https://u:p@h/x b", "postgres://u:${env:P:-p}@h", "http://${env:U}:p@h"] {
            assert!(has_password(text), "{text}");
        }
        for text in [
            "http://h:1/x@y:z",
            "http://u@h",
            "http://u:${env:P}@h:1",
            "http://${env:U}:${env:P}@h",
            "u:p@h",
            "http://[::1]:4317",
        ] {
            assert!(!has_password(text), "{text}");
        }
    }
}
