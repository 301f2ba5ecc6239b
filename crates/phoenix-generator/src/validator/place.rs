//! Where in a document a value stands, and a walk over all of them.

use std::fmt;

use serde_json::Value;

/// A place, printed as `service.pipelines.metrics.processors[1]`. Lives on the stack of a walk; only findings make a text of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Place<'a> {
    /// The root of the document.
    pub(super) const ROOT: Place<'static> = Place { parent: None, step: Step::Root };

    /// The value of a key.
    pub(super) const fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }

    /// An entry of a list.
    pub(super) const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// The key that leads here, if it is not an entry of a list.
    pub(super) const fn last_key(&self) -> Option<&'a str> {
        match self.step {
            Step::Key(key) => Some(key),
            Step::Root | Step::Index(_) => None,
        }
    }

    /// What it is in.
    pub(super) const fn parent(&self) -> Option<&'a Place<'a>> {
        self.parent
    }

    /// Whether it is an entry of a list.
    pub(super) const fn is_in_list(&self) -> bool {
        matches!(self.step, Step::Index(_))
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parent) = self.parent else { return Ok(()) };
        parent.fmt(f)?;
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if is_plain(key) && parent.parent.is_none() => f.write_str(key),
            Step::Key(key) if is_plain(key) => write!(f, ".{key}"),
            Step::Key(key) => write!(f, "[{key:?}]"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

impl From<Place<'_>> for String {
    fn from(place: Place<'_>) -> Self {
        place.to_string()
    }
}

impl From<&Place<'_>> for String {
    fn from(place: &Place<'_>) -> Self {
        place.to_string()
    }
}

/// Keys such as `process.cpu.time` would look like three steps.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|character| character.is_alphanumeric() || "_-/".contains(character))
}

/// Calls `visit` with every value, containers before their content. The YAML reader limits the depth.
pub(super) fn walk<'v>(value: &'v Value, place: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &'v Value)) {
    visit(place, value);
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &place.index(index), visit);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                walk(item, &place.key(key), visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_read_like_paths() {
        let mut seen = Vec::new();
        let document = json!({"a/b": [{"process.cpu.time": 1}, 2], "": 3});
        walk(&document, &Place::ROOT, &mut |place, value| {
            if value.is_number() {
                seen.push(place.to_string());
            }
        });
        assert_eq!(seen, [r#"a/b[0]["process.cpu.time"]"#, "a/b[1]", r#"[""]"#]);
    }
}
