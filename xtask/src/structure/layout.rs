//! The files and folders that must be there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Finding;
use super::table::{EXECUTABLE, FILES, FOLDERS};

/// What is missing of the layout.
pub(super) fn check(root: &Path, files: &[PathBuf]) -> Vec<Finding> {
    let has = |path: &str| files.iter().any(|file| file == Path::new(path));
    let mut findings: Vec<Finding> =
        FILES.iter().filter(|path| !has(path)).map(|path| Finding::new(*path, "there is no such file")).collect();
    for path in EXECUTABLE.iter().filter(|path| has(path)) {
        let is_executable = std::fs::metadata(root.join(path)).is_ok_and(|file| file.permissions().mode() & 0o111 != 0);
        if !is_executable {
            findings.push(Finding::new(*path, "is not executable"));
        }
    }
    for folder in FOLDERS {
        if !files.iter().any(|file| file.starts_with(folder)) {
            findings.push(Finding::new(*folder, "there is no such folder, or it is empty"));
        }
    }
    // A module's directory belongs to a file of the same name.
    for file in files.iter().filter(|file| file.ends_with("mod.rs") && file.iter().any(|part| part == "src")) {
        findings.push(Finding::new(file.display().to_string(), "a module is name.rs beside name/, not name/mod.rs"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path();
        std::fs::create_dir(root.join(".ci")).expect("made");
        std::fs::write(root.join(".ci/run"), "").expect("written");
        let folders = FOLDERS.iter().map(|folder| PathBuf::from(folder).join("one.md"));
        let all: Vec<PathBuf> = FILES.iter().map(PathBuf::from).chain(folders).collect();
        assert_eq!(check(root, &all), [Finding::new(".ci/run", "is not executable")]);
        std::fs::set_permissions(root.join(".ci/run"), std::fs::Permissions::from_mode(0o755)).expect("set");
        assert_eq!(check(root, &all), []);

        assert_eq!(check(root, &[]).len(), FILES.len() + FOLDERS.len());
        let without: Vec<PathBuf> = all.iter().filter(|file| !file.ends_with("README.md")).cloned().collect();
        assert_eq!(check(root, &without), [Finding::new("README.md", "there is no such file")]);
        let with = [all, vec!["crates/x/src/y/mod.rs".into(), "crates/x/tests/common/mod.rs".into()]].concat();
        assert_eq!(check(root, &with).len(), 1, "only in src");
    }
}
