//! The process environment as a value, and the directories that follow from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A snapshot of the environment, so that loading a configuration is a function of its arguments.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process; variables that are no valid Unicode are left out.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// The value of a variable; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every variable.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }
}

/// `PHOENIX_DATA_DIR`, else `phoenix` in the user's XDG state directory
/// (<https://specifications.freedesktop.org/basedir-spec/latest/>).
pub fn data_dir(environment: &Environment) -> Option<PathBuf> {
    if let Some(explicit) = environment.get("PHOENIX_DATA_DIR") {
        return Some(PathBuf::from(explicit));
    }
    xdg(environment, "XDG_STATE_HOME", ".local/state")
}

/// `phoenix` in the user's XDG cache directory.
pub fn cache_dir(environment: &Environment) -> Option<PathBuf> {
    xdg(environment, "XDG_CACHE_HOME", ".cache")
}

/// A relative base directory is ignored, as the specification of these variables asks.
fn xdg(environment: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.get(variable).map(PathBuf::from).filter(|base| base.is_absolute());
    let base = match named {
        Some(base) => base,
        None => PathBuf::from(environment.get("HOME")?).join(below_home),
    };
    Some(base.join("phoenix"))
}
