//! The data directory: whether it can be used, who uses it, and whether its database is sound and of this version.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use phoenix_store::{Database, Holder, Inspection};
use rustix::fs::{Access, access};
use rustix::process::geteuid;

use super::check::Check;

const DIRECTORY: &str = "data directory";
const LOCK: &str = "lock";
const DATABASE: &str = "database";
/// Longest search for damage.
const LONGEST_SEARCH: Duration = Duration::from_secs(30);
const ANOTHER: &str = "name another directory with --data-dir or PHOENIX_DATA_DIR";

/// There is none to look at.
pub(super) fn unknown() -> Check {
    Check::wrong(
        DIRECTORY,
        "it is not known: neither HOME nor XDG_STATE_HOME is set",
        "name it with --data-dir or PHOENIX_DATA_DIR",
    )
}

/// What the store says about it; `None` when that takes too long.
pub(super) async fn inspect(directory: &Path) -> Option<Inspection> {
    tokio::time::timeout(LONGEST_SEARCH, phoenix_store::inspect(directory)).await.ok()
}

/// Whether the directory can be used, or made.
pub(super) fn directory(directory: &Path) -> Check {
    let shown = directory.display();
    let metadata = match fs::metadata(directory) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return missing(directory),
        Err(error) => return Check::wrong(DIRECTORY, format!("{shown} cannot be read: {error}"), ANOTHER),
    };
    if !metadata.is_dir() {
        return Check::wrong(DIRECTORY, format!("{shown} is no directory"), ANOTHER);
    }
    if access(directory, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_err() {
        let advice = format!("give this user the right to write there, or {ANOTHER}");
        return Check::wrong(DIRECTORY, format!("{shown} cannot be written by this user"), advice);
    }
    let mode = metadata.mode() & 0o777;
    let found = format!("{shown}, mode {mode:04o}");
    if mode & 0o077 != 0 {
        let others = if mode & 0o022 == 0 { "may look into it" } else { "may change what is in it" };
        let (result, advice) = (format!("{found}: other users {others}"), format!("chmod 700 {shown}"));
        return if mode & 0o022 == 0 {
            Check::note(DIRECTORY, result, advice)
        } else {
            Check::wrong(DIRECTORY, result, advice)
        };
    }
    let user = geteuid().as_raw();
    if metadata.uid() != user {
        let result = format!("{found}: it belongs to user {}, and this is user {user}", metadata.uid());
        return Check::note(DIRECTORY, result, "run phoenixctl and phoenix-server as one user");
    }
    Check::ok(DIRECTORY, found)
}

/// One that is not there is made by the first server, if it may.
fn missing(directory: &Path) -> Check {
    let shown = directory.display();
    let parent = existing(directory);
    if parent.is_dir() && access(parent, Access::WRITE_OK | Access::EXEC_OK).is_ok() {
        return Check::ok(DIRECTORY, format!("{shown} is not there yet; the first phoenix-server makes it"));
    }
    let result = format!("{shown} is not there and cannot be made in {}", parent.display());
    Check::wrong(DIRECTORY, result, format!("make it for this user, or {ANOTHER}"))
}

/// The nearest directory that is there.
pub(super) fn existing(directory: &Path) -> &Path {
    let mut ancestors = directory.ancestors().filter(|path| !path.as_os_str().is_empty());
    ancestors.find(|path| path.exists()).unwrap_or_else(|| Path::new("."))
}

/// Who uses it.
pub(super) fn lock(inspected: Option<&Inspection>) -> Check {
    match inspected.map(|inspected| &inspected.holder) {
        Some(Holder::Nobody) => Check::ok(LOCK, "free: no server runs on the directory"),
        Some(Holder::Process(pid)) => Check::ok(LOCK, format!("held by {}", holder(*pid))),
        Some(Holder::Unknown { problem }) => Check::wrong(
            LOCK,
            format!("it cannot be told who holds it: {problem}"),
            "run phoenixctl as the user of phoenix-server",
        ),
        None => Check::note(LOCK, "not looked at", ""),
    }
}

/// `the server with process id 7`
pub(super) fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "a server".to_owned(), |pid| format!("the server with process id {pid}"))
}

/// What the database is to this version.
pub(super) fn database(directory: &Path, inspected: Option<&Inspection>) -> Check {
    let restore = "restore it from a backup, save what can be saved with sqlite3 and .recover, or move the whole directory away to begin anew";
    let Some(found) = inspected.map(|inspected| &inspected.database) else {
        let result = format!("the search for damage was ended after {} s", LONGEST_SEARCH.as_secs());
        let file = directory.join("phoenix.db");
        return Check::note(
            DATABASE,
            result,
            format!("sqlite3 {} 'PRAGMA quick_check' looks at all of it", file.display()),
        );
    };
    match found {
        Database::Absent => Check::ok(DATABASE, "there is none yet; the first phoenix-server makes it"),
        Database::Current { migration } => Check::ok(DATABASE, format!("sound and up to date (migration {migration})")),
        Database::Older { migration, known } => {
            let result = format!("sound, and of an older version: migration {migration}, this version has {known}");
            Check::note(
                DATABASE,
                result,
                "the next start of phoenix-server migrates it; older versions cannot use it then, so back it up before",
            )
        }
        Database::Newer { migration, known } => {
            let version = env!("CARGO_PKG_VERSION");
            let result = format!(
                "a newer version has migrated it: migration {migration}, and version {version} knows migrations up to {known}"
            );
            Check::wrong(
                DATABASE,
                result,
                format!("run the newer version, restore a backup from before the upgrade, or {ANOTHER}"),
            )
        }
        Database::Foreign { migration } => {
            let result =
                format!("another build has migrated it: its migration {migration} is not the one of this version");
            Check::wrong(DATABASE, result, format!("run that build, or {ANOTHER}"))
        }
        Database::Stranger => Check::wrong(DATABASE, "phoenix.db is a database of something else", ANOTHER),
        Database::Lost => Check::wrong(DATABASE, "there was one in this directory, and it is gone or empty", restore),
        Database::Damaged { problem } => Check::wrong(DATABASE, format!("it is damaged: {problem}"), restore),
        Database::Unreadable { problem } => Check::wrong(
            DATABASE,
            format!("it cannot be read: {problem}"),
            "run phoenixctl as the user of phoenix-server",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::check::Level;
    use super::*;

    #[test]
    fn a_directory_is_for_its_owner_alone() {
        let root = tempfile::tempdir().expect("a directory");
        for (mode, level) in [(0o700, Level::Ok), (0o750, Level::Note), (0o777, Level::Wrong)] {
            fs::set_permissions(root.path(), fs::Permissions::from_mode(mode)).expect("changed");
            let check = directory(root.path());
            assert_eq!(check.level, level, "{check:?}");
            assert!(check.result.contains(&format!("mode 0{mode:o}")), "{check:?}");
        }
        let missing = directory(&root.path().join("a/b"));
        assert_eq!(missing.level, Level::Ok, "{missing:?}");
        let file = root.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(directory(&file).result.ends_with("is no directory"));
        assert_eq!(directory(&file.join("below")).level, Level::Wrong);
    }

    #[test]
    fn a_newer_database_is_named_with_both_versions() {
        let with = |database| Some(Inspection { holder: Holder::Nobody, database });
        let check = database(Path::new("d"), with(Database::Newer { migration: 9, known: 4 }).as_ref());
        assert_eq!(check.level, Level::Wrong);
        assert!(check.result.contains("migration 9") && check.result.contains("up to 4"), "{check:?}");
        for found in [Database::Lost, Database::Stranger, Database::Damaged { problem: "page 3".to_owned() }] {
            let check = database(Path::new("d"), with(found).as_ref());
            assert!(check.level == Level::Wrong && !check.advice.is_empty(), "{check:?}");
        }
        let held = Some(Inspection { holder: Holder::Process(Some(7)), database: Database::Absent });
        assert_eq!(lock(held.as_ref()).result, "held by the server with process id 7");
        assert_eq!(database(Path::new("d"), held.as_ref()).level, Level::Ok);
        assert_eq!((lock(None).level, database(Path::new("d"), None).level), (Level::Note, Level::Note));
    }
}
