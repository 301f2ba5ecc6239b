//! The trace that a server with kill points leaves.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

/// Lines `place:moment#n`, and at the end perhaps the point at which it died.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace(String);

impl Trace {
    /// What is written so far.
    pub(super) fn read(path: &Path) -> Self {
        Self(std::fs::read_to_string(path).unwrap_or_default())
    }

    /// True when the server came by this point.
    pub(super) fn passed(&self, point: &str) -> bool {
        self.0.lines().any(|line| line == point)
    }

    /// Where the server died by itself.
    pub(super) fn death(&self) -> Option<&str> {
        self.0.lines().last()?.strip_suffix(" dies")
    }

    /// The places of all points.
    pub(super) fn places(&self) -> HashSet<String> {
        self.0.lines().filter_map(|line| line.rsplit_once(':')).map(|(place, _)| place.to_owned()).collect()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
