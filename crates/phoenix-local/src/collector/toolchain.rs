//! The Go toolchain that builds a collector.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::fs::{Access, access};
use tokio::process::Command;

use crate::collector::{Error, Search, command, on_search_path};

/// How long Go may take to say something about itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest Go that builds it: major and minor version.
const OLDEST: (u32, u32) = (1, 26);

/// Finds the first Go on the search path that is new enough.
pub(super) async fn find_go(search: &Search) -> Result<PathBuf, Error> {
    let mut found = None;
    for go in on_search_path(search, "go") {
        let version = version(&go).await;
        match version.as_deref().and_then(parse) {
            Some(version) if version >= OLDEST => return Ok(go),
            Some(_) | None => {
                let version = version.unwrap_or_else(|| "of unknown version".to_owned());
                found.get_or_insert(format!("Go {version} ({})", go.display()));
            }
        }
    }
    Err(Error::NoToolchain { found })
}

/// Where Go keeps what it downloads and compiles: its own places, or else some below our cache. A service often has no home, or one that
/// it may not write to.
pub(super) async fn places(go: &Path, cache_dir: &Path) -> Vec<(&'static str, OsString)> {
    let mut ask = Command::new(go);
    ask.args(["env", "GOCACHE", "GOPATH", "GOMODCACHE"])
        .env("GOTOOLCHAIN", "local")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let said = match tokio::time::timeout(PATIENCE, ask.output()).await {
        Ok(Ok(output)) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Ok(Err(_)) | Err(_) => String::new(),
    };
    let mut lines = said.lines();
    let mut is_usable = || lines.next().is_some_and(is_usable);
    let (cache, path, modules) = (is_usable(), is_usable(), is_usable());
    let mut places = Vec::new();
    if !cache {
        places.push(("GOCACHE", cache_dir.join("go-build").into_os_string()));
    }
    if !(path && modules) {
        places.push(("GOPATH", cache_dir.join("go").into_os_string()));
        places.push(("GOMODCACHE", cache_dir.join("go/pkg/mod").into_os_string()));
        // So that the user can delete our cache.
        places.push(("GOFLAGS", OsString::from("-buildvcs=false -modcacherw")));
    }
    places
}

/// True when the directory is there, or can be made, and may be written. Of a list the first one counts, as for Go.
fn is_usable(place: &str) -> bool {
    let place = std::env::split_paths(place).next().unwrap_or_default();
    place.is_absolute() && std::fs::create_dir_all(&place).is_ok() && access(&place, Access::WRITE_OK).is_ok()
}

/// The words after `go version go`.
async fn version(go: &Path) -> Option<String> {
    // `local`: the version of what is there, not of what it might download.
    let variables = [("GOTOOLCHAIN", "local"), ("GOTELEMETRY", "off"), ("HOME", "/nonexistent")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ended = command::run(go, &["version"], &variables, PATIENCE).await.ok()?;
    ended.stdout.split_whitespace().nth(2)?.strip_prefix("go").map(ToOwned::to_owned)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor.find(|c: char| !c.is_ascii_digit()).map_or(minor, |end| &minor[..end]);
    Some((major, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(parse("1.26.8"), Some((1, 26)));
        assert_eq!(parse("1.27rc1"), Some((1, 27)));
        assert_eq!(parse("1.9"), Some((1, 9)));
        assert!(parse("1.9") < Some(OLDEST) && parse("1.100") > Some(OLDEST));
        assert_eq!(parse("devel"), None);
    }
}
