//! A check and what came of it.

use serde::Serialize;

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing; experiments run all the same.
    Note,
    /// Something has to be done.
    Wrong,
}

impl Level {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Wrong => "wrong",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Check {
    /// What was looked at.
    #[serde(rename = "check")]
    pub(super) name: &'static str,
    pub(super) level: Level,
    /// What was found.
    pub(super) result: String,
    /// What to do; empty when there is nothing to do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) advice: String,
}

impl Check {
    pub(super) fn ok(name: &'static str, result: impl Into<String>) -> Self {
        Self { name, level: Level::Ok, result: result.into(), advice: String::new() }
    }

    pub(super) fn note(name: &'static str, result: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, level: Level::Note, result: result.into(), advice: advice.into() }
    }

    pub(super) fn wrong(name: &'static str, result: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, level: Level::Wrong, result: result.into(), advice: advice.into() }
    }

    /// An error of this project: what is wrong in its first line, what to do in the others.
    pub(super) fn failed(name: &'static str, error: &dyn std::fmt::Display) -> Self {
        let text = error.to_string();
        let (what, advice) = text.split_once('\n').unwrap_or((&text, ""));
        Self::wrong(name, what.trim(), advice.trim())
    }
}
