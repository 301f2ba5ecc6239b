//! The files of this crate: where they are, and how they are written so that a crash or a full disk leaves the old file or the new one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use phoenix_core::id::PipelineName;
use phoenix_core::ports::failure::Failure;

/// Only the owner may read what is in a configuration or a log.
pub(crate) const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;
/// Where the pipelines live in the data directory.
pub(crate) const PIPELINES: &str = "pipelines";
/// Pipelines that are being deleted; no pipeline's name begins with a dot.
const TRASH: &str = ".trash";

/// The data directory. Its path is a text without symbolic links in it, so that it can be compared with command lines.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

/// The directory of one pipeline.
#[derive(Clone, Debug)]
pub(crate) struct PipelineDir {
    path: PathBuf,
}

impl Layout {
    /// Makes what is missing and clears what an earlier server left half done.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, Failure> {
        make_dir(data_dir)?;
        let root = fs::canonicalize(data_dir).map_err(|error| failure("open", data_dir, error))?;
        if root.to_str().is_none() {
            let message = format!("the data directory {} is not valid UTF-8; choose another one", root.display());
            return Err(Failure::permanent("DataDirectoryName", message));
        }
        let layout = Self { root };
        make_dir(&layout.pipelines())?;
        make_dir(&layout.checks())?;
        for leftover in [layout.pipelines().join(TRASH), layout.checks()] {
            if let Err(error) = empty(&leftover) {
                tracing::warn!(path = %leftover.display(), %error, "cannot clear a directory");
            }
        }
        Ok(layout)
    }

    pub(crate) fn pipelines(&self) -> PathBuf {
        self.root.join(PIPELINES)
    }

    pub(crate) fn pipeline(&self, name: &PipelineName) -> PipelineDir {
        PipelineDir { path: self.pipelines().join(name.as_str()) }
    }

    /// The pipelines that have a directory.
    pub(crate) fn names(&self) -> Result<Vec<PipelineName>, Failure> {
        let path = self.pipelines();
        let entries = fs::read_dir(&path).map_err(|error| failure("list", &path, error))?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
    }

    /// Where configurations lie while they are checked; apart from the pipelines, so that a check is not taken for a collector.
    pub(crate) fn checks(&self) -> PathBuf {
        self.root.join("checks")
    }

    /// A new file name for a check.
    pub(crate) fn new_check(&self) -> PathBuf {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.checks().join(format!("{}-{}.yaml", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl PipelineDir {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("config.yaml")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("collector.log")
    }

    pub(crate) fn older_log(&self) -> PathBuf {
        self.path.join("collector.log.1")
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.path.join("instance.json")
    }

    pub(crate) fn exists(&self) -> bool {
        self.path.is_dir()
    }

    /// Remembers that the pipeline is being removed: a server that dies meanwhile leaves processes that are ending, and none to adopt.
    pub(crate) fn mark_removal(&self) -> Result<(), Failure> {
        if self.exists() { write_durably(&self.removal(), b"") } else { Ok(()) }
    }

    /// The pipeline is wanted again.
    pub(crate) fn unmark_removal(&self) -> Result<(), Failure> {
        match fs::remove_file(self.removal()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure("delete", &self.removal(), error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    pub(crate) fn is_being_removed(&self) -> bool {
        self.removal().exists()
    }

    fn removal(&self) -> PathBuf {
        self.path.join("removing")
    }

    pub(crate) fn make(&self) -> Result<(), Failure> {
        make_dir(&self.path)
    }

    /// Removes the directory at one stroke: half of it is never seen under its name.
    pub(crate) fn delete(&self) -> Result<(), Failure> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else {
            return Ok(());
        };
        let trash = parent.join(TRASH);
        make_dir(&trash)?;
        let aside = trash.join(name);
        let moved = empty(&aside).and_then(|()| match fs::rename(&self.path, &aside) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.and_then(|()| sync_dir(parent)).and_then(|()| fs::remove_dir_all(&aside)),
        });
        moved.map_err(|error| failure("delete", &self.path, error))
    }
}

/// Writes a file so that after a crash there is the old one or the new one, never half of it.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let written = write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| path.parent().map_or(Ok(()), sync_dir));
    written.map_err(|error| {
        // What is half written only takes space that may be wanted badly.
        let _ = fs::remove_file(&temporary);
        failure("write", path, error)
    })
}

/// Writes a file in place and waits until its bytes are on the disk. A crash meanwhile may leave half of it.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// What went wrong with which file, and what helps. It may pass: somebody frees space or mounts the disk again.
pub(crate) fn failure(action: &str, path: &Path, error: io::Error) -> Failure {
    let (reason, help) = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ("DataDirectoryFull", "; free some space there, it is tried again")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            ("DataDirectoryReadOnly", "; make it writable for the server's user, or name another data directory")
        }
        _ => ("DataDirectory", ""),
    };
    Failure::transient(reason, format!("cannot {action} {}: {error}{help}", path.display())).with_source(error)
}

fn make_dir(path: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path);
    made.map_err(|error| failure("make the directory", path, error))
}

fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Removes what is in a directory, or a file; nothing there is fine.
fn empty(path: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn layout() -> (tempfile::TempDir, Layout) {
        let directory = tempfile::tempdir().expect("a directory");
        let layout = Layout::open(directory.path()).expect("opens");
        (directory, layout)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").permissions().mode() & 0o777
    }

    #[test]
    fn files_are_for_the_owner_alone() {
        let (_directory, layout) = layout();
        let pipeline = layout.pipeline(&"a-baseline-1".parse().expect("a name"));
        pipeline.make().expect("makes");
        write_durably(&pipeline.config(), b"a: 1\n").expect("writes");
        assert_eq!((mode(pipeline.path()), mode(&pipeline.config())), (0o700, 0o600));
        assert_eq!(fs::read(pipeline.config()).expect("reads"), b"a: 1\n");
        assert_eq!(layout.names().expect("lists").len(), 1);
        pipeline.delete().expect("deletes");
        pipeline.delete().expect("deletes again");
        assert!(!pipeline.exists());
        assert_eq!(layout.names().expect("lists"), []);
    }

    #[test]
    fn a_full_disk_leaves_the_old_file_and_says_so() {
        let (_directory, layout) = layout();
        let pipeline = layout.pipeline(&"a-baseline-1".parse().expect("a name"));
        pipeline.make().expect("makes");
        write_durably(&pipeline.config(), b"old").expect("writes");
        std::os::unix::fs::symlink("/dev/full", pipeline.path().join("config.yaml.tmp")).expect("links");
        let failure = write_durably(&pipeline.config(), b"new").expect_err("no space");
        assert_eq!(failure.reason(), "DataDirectoryFull");
        assert!(
            failure.message().contains("config.yaml") && failure.message().contains("free some space"),
            "{failure}"
        );
        assert_eq!(fs::read(pipeline.config()).expect("reads"), b"old");
        write_durably(&pipeline.config(), b"new").expect("there is space again");
    }

    #[test]
    fn a_path_that_no_command_line_could_show_is_refused() {
        use std::os::unix::ffi::OsStrExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join(std::ffi::OsStr::from_bytes(b"d\xff"));
        let failure = Layout::open(&path).expect_err("refused");
        assert!(failure.message().contains("not valid UTF-8"), "{failure}");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let failure = Layout::open(Path::new("/sys/phoenix")).expect_err("sysfs takes no directory");
        assert_eq!(failure.reason(), "DataDirectoryReadOnly");
        assert!(failure.message().contains("/sys/phoenix"), "{failure}");
    }

    #[test]
    fn a_half_deleted_pipeline_is_cleared_at_the_next_start() {
        let (directory, layout) = layout();
        let leftover = layout.pipelines().join(TRASH).join("a-baseline-1");
        fs::create_dir_all(&leftover).expect("makes");
        Layout::open(directory.path()).expect("opens");
        assert!(!leftover.exists());
    }
}
