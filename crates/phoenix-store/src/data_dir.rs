//! The data directory of one server: created for its owner alone, and held by one process at a time.
//!
//! Knows nothing of what is kept in it, but whether there was ever a database.

mod marker;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marker::{MARKER_FILE, Marker, Origin};

/// The file whose lock is the right to use the directory. It holds the process id of the holder.
pub(crate) const LOCK_FILE: &str = "phoenix.lock";
/// The database.
pub(crate) const DATABASE_FILE: &str = "phoenix.db";

/// A data directory that this process holds. Cheap to clone; it is given back with the last clone, or with the end of the process,
/// however it ends.
#[derive(Clone, Debug)]
pub struct DataDir {
    held: Arc<Held>,
}

#[derive(Debug)]
struct Held {
    path: PathBuf,
    has_had_database: bool,
    // The lock belongs to the open file.
    _lock: File,
}

/// A data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process holds it.
    #[error(
        "the data directory {} is in use by {}\n  stop that process, or choose another directory with PHOENIX_DATA_DIR",
        path.display(),
        holder(*pid)
    )]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The holder, as far as it has said so.
        pid: Option<u32>,
    },
    /// It is a copy of a directory that another process uses. Two controllers would drive the same experiments twice on this host.
    #[error(
        "the data directory {} is a copy of {}, which is in use by {}\n  stop that process, or choose another directory with \
         PHOENIX_DATA_DIR; to make the copy a controller of its own, which starts collectors of its own for the experiments that were \
         running, remove {}",
        path.display(),
        original.display(),
        holder(*pid),
        path.join(MARKER_FILE).display()
    )]
    Copy {
        /// The copy.
        path: PathBuf,
        /// What it was copied from.
        original: PathBuf,
        /// The process that uses the original, as far as it has said so.
        pid: Option<u32>,
    },
    /// It cannot be created, read or written.
    #[error("cannot {doing} {}: {source}\n  {}", path.display(), advice(source))]
    Unusable {
        /// What was tried.
        doing: &'static str,
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

fn advice(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::StorageFull {
        "free space on that disk, or choose another directory with PHOENIX_DATA_DIR"
    } else if error.kind() == io::ErrorKind::NotADirectory || error.kind() == io::ErrorKind::AlreadyExists {
        "a file is in the way; choose another directory with PHOENIX_DATA_DIR"
    } else {
        "give this user the right to write there, or choose another directory with PHOENIX_DATA_DIR"
    }
}

impl DataDir {
    /// Creates the directory if need be (mode 0700) and takes hold of it for the life of this process.
    ///
    /// # Errors
    ///
    /// [`DataDirError::InUse`] names the process that holds it; anything else says what could not be done, with which path, and what to do.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataDirError> {
        let given = path.as_ref();
        let unusable = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| DataDirError::Unusable { doing, path, source }
        };
        let path = std::path::absolute(given).map_err(unusable("use the data directory", given))?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(unusable("create the data directory", &path))?;
        let lock_path = path.join(LOCK_FILE);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(unusable("write to the data directory", &lock_path))?;
        match take(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataDirError::InUse { pid: pid_in(&mut lock), path }),
            Err(TryLockError::Error(source)) => return Err(unusable("lock the data directory", &lock_path)(source)),
        }
        let has_had_database = recognise(&path)?;
        write_pid(&mut lock).map_err(unusable("write to the data directory", &lock_path))?;
        Ok(Self { held: Arc::new(Held { path, has_had_database, _lock: lock }) })
    }

    /// Whether a database was ever made in it. If so, and there is none, it was lost.
    pub(crate) fn has_had_database(&self) -> bool {
        self.held.has_had_database
    }

    /// The marker that says so.
    pub(crate) fn marker(&self) -> PathBuf {
        self.held.path.join(MARKER_FILE)
    }

    /// Keeps in mind that there is a database from now on.
    pub(crate) fn remember_database(&self) -> io::Result<()> {
        let here = std::fs::canonicalize(&self.held.path)?;
        match Marker::read(&here)? {
            Some(Marker { has_database: true, .. }) => Ok(()),
            found => {
                let marker = found.unwrap_or_else(|| Marker::new(&here));
                Marker { has_database: true, ..marker }.write(&here)
            }
        }
    }

    /// The directory, absolute.
    pub fn path(&self) -> &Path {
        &self.held.path
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.held.path.join(DATABASE_FILE)
    }

    /// A subdirectory of the owner's alone, created if need be.
    ///
    /// # Errors
    ///
    /// When it cannot be created.
    pub fn subdirectory(&self, name: &str) -> Result<PathBuf, DataDirError> {
        let path = self.held.path.join(name);
        let created = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        created.map_err(|source| DataDirError::Unusable { doing: "create", path: path.clone(), source })?;
        Ok(path)
    }
}

/// Tells a copy from the directory that it was taken of, and answers whether a database was ever made in this one.
fn recognise(path: &Path) -> Result<bool, DataDirError> {
    let unusable = |source| DataDirError::Unusable { doing: "read or write", path: path.join(MARKER_FILE), source };
    let here = std::fs::canonicalize(path).map_err(unusable)?;
    let Some(marker) = Marker::read(&here).map_err(unusable)? else { return Ok(false) };
    let has_database = marker.has_database;
    let own = match marker.origin(&here) {
        Origin::Here if marker.directory == here => return Ok(has_database),
        Origin::Here => Marker { directory: here.clone(), ..marker },
        Origin::Moved(from) => {
            tracing::info!(from = %from.display(), to = %here.display(), "the data directory was moved, or restored from a backup");
            Marker { directory: here.clone(), ..marker }
        }
        Origin::Copied(original) => {
            tracing::warn!(
                copy = %here.display(),
                original = %original.display(),
                "this data directory is a copy: it goes its own way from here, and leaves the original's collectors alone; do not start a \
                 controller on the original, too, or it drives the same experiments a second time"
            );
            Marker { has_database, ..Marker::new(&here) }
        }
        Origin::CopiedInUse(original, pid) => {
            return Err(DataDirError::Copy { path: path.to_owned(), original, pid });
        }
    };
    own.write(&here).map_err(unusable)?;
    Ok(has_database)
}

/// Whether a database was ever made in a directory, as far as its marker can be read.
pub(crate) fn says_there_was_a_database(directory: &Path) -> bool {
    Marker::read(directory).is_ok_and(|marker| marker.is_some_and(|marker| marker.has_database))
}

/// Takes the lock. Whoever looks at the directory from outside holds it for a moment, which must not stop a server that starts just then.
fn take(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..5 {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            other => return other,
        }
    }
    lock.try_lock()
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())?;
    lock.flush()
}

/// Who wrote itself into the lock file. A holder that has only just taken the lock gets a moment to do so.
pub(crate) fn pid_in(lock: &mut File) -> Option<u32> {
    for _ in 0..10 {
        let mut text = String::new();
        lock.rewind().and_then(|()| lock.read_to_string(&mut text)).ok()?;
        if let Ok(pid) = text.trim().parse() {
            return Some(pid);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}
