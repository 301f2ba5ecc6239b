//! Where the project is, which files it has, and what cargo knows about it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

/// Directories that hold nothing of the project.
const NOT_OURS: [&str; 3] = [".git", "target", "coverage"];

/// The clone that this program was built from.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// The packages and their dependencies, resolved with every feature, for this platform; fails when Cargo.lock is not up to date.
pub(crate) fn metadata() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(root()).features(CargoOpt::AllFeatures);
    command.other_options(vec!["--locked".to_owned(), "--filter-platform".to_owned(), host_triple()?]);
    command.exec().context("cargo metadata: is Cargo.lock committed and up to date?")
}

/// The user's cache directory of the project.
pub(crate) fn cache_dir() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    Ok(base.context("there is no cache directory\n  set HOME or XDG_CACHE_HOME")?.join("phoenix"))
}

/// Every file of the project, relative to its root and in order.
pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    walk(root, Path::new(""), &mut found)?;
    found.sort();
    Ok(found)
}

fn walk(root: &Path, below: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let directory = root.join(below);
    let entries = fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = below.join(entry.file_name());
        // Of the entry itself: what a symbolic link points at is visited where it is.
        let kind = entry.file_type()?;
        if kind.is_dir() && !NOT_OURS.iter().any(|name| entry.file_name() == *name) {
            walk(root, &path, found)?;
        } else if kind.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// The platform that this toolchain builds for.
pub(crate) fn host_triple() -> Result<String> {
    let output = crate::command::capture(std::process::Command::new("rustc").arg("-vV"))?;
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}
