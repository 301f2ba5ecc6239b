//! The marker of a data directory: whose it is, where it was used last, and whether there was ever a database in it.
//!
//! A copy brings the marker along, so it tells itself: it names another directory, in which there is the same marker.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{LOCK_FILE, pid_in};

/// The marker's file.
pub(super) const MARKER_FILE: &str = "phoenix.id";

/// What is written into the marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Marker {
    /// Names the installation for ever; a copy that goes its own way gets another one.
    pub(super) instance: Uuid,
    /// Where it was used last, without symbolic links.
    pub(super) directory: PathBuf,
    /// True since a database was made in it.
    #[serde(default)]
    pub(super) has_database: bool,
}

/// How a directory and its marker belong together.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The marker was written here, or there is none yet.
    Here,
    /// The marker was written elsewhere, and the directory is not there any more.
    Moved(PathBuf),
    /// The directory that the marker names is still there, and nobody uses it.
    Copied(PathBuf),
    /// The directory that the marker names is in use by another process.
    CopiedInUse(PathBuf, Option<u32>),
}

impl Marker {
    /// A new one for this directory.
    pub(super) fn new(directory: &Path) -> Self {
        Self { instance: Uuid::now_v7(), directory: directory.to_owned(), has_database: false }
    }

    /// The marker in a directory. One that cannot be understood still says that there is one, and nothing else.
    pub(super) fn read(directory: &Path) -> io::Result<Option<Self>> {
        match fs::read(directory.join(MARKER_FILE)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(path = %directory.join(MARKER_FILE).display(), %error, "the marker cannot be read; it is made anew");
                Self { has_database: true, ..Self::new(directory) }
            }))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes it so that a crash leaves the old one or the new one.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let temporary = directory.join("phoenix.id.tmp");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        let written = serde_json::to_writer_pretty(&file, self).map_err(io::Error::from);
        written.and_then(|()| file.write_all(b"\n")).and_then(|()| file.sync_all())?;
        fs::rename(&temporary, directory.join(MARKER_FILE))?;
        File::open(directory)?.sync_all()
    }

    /// Where this marker, found in `directory` (which this process holds), comes from.
    pub(super) fn origin(&self, directory: &Path) -> Origin {
        let original = &self.directory;
        if original == directory {
            return Origin::Here;
        }
        let is_the_same = Self::read(original).is_ok_and(|found| found.is_some_and(|it| it.instance == self.instance));
        if !is_the_same {
            return Origin::Moved(original.clone());
        }
        match holder(&original.join(LOCK_FILE), &directory.join(LOCK_FILE)) {
            Held::ByUs => Origin::Here,
            Held::Free => Origin::Copied(original.clone()),
            Held::ByAnother(pid) => Origin::CopiedInUse(original.clone(), pid),
        }
    }
}

enum Held {
    /// It is the very file that this process holds: one directory under two names, as a mount makes it.
    ByUs,
    Free,
    ByAnother(Option<u32>),
}

fn holder(lock: &Path, ours: &Path) -> Held {
    let file_of = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()));
    if let (Ok(theirs), Ok(ours)) = (file_of(lock), file_of(ours))
        && theirs == ours
    {
        return Held::ByUs;
    }
    // Whoever may not look at the lock file cannot be harmed through it, either.
    let Ok(mut lock) = File::open(lock) else { return Held::Free };
    match lock.try_lock_shared() {
        Ok(()) | Err(TryLockError::Error(_)) => Held::Free,
        Err(TryLockError::WouldBlock) => Held::ByAnother(pid_in(&mut lock)),
    }
}
