//! Where the servers of a benchmark live: a directory on the disk of the project, a stand-in for collectors, and a guard that ends everything
//! and removes the directory, whatever becomes of the benchmark.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::demo::guard::{Guard, OWN_PROGRAM};
use crate::workspace;

/// A directory and its guard.
#[derive(Debug)]
pub(super) struct Stage {
    directory: PathBuf,
    guard: Guard,
}

impl Stage {
    /// On the disk of the project: a temporary directory may be in memory, where nothing is durable.
    pub(super) fn set() -> Result<Self> {
        let target = workspace::metadata()?.target_directory.into_std_path_buf();
        let directory =
            tempfile::Builder::new().prefix("bench-").tempdir_in(target).context("cannot make a directory")?;
        let guard = Guard::post(directory.path())?;
        // The guard removes it from now on.
        Ok(Self { directory: directory.keep(), guard })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A program that a server takes for a collector: this one, in another role. A copy, so that a build meanwhile changes nothing.
    pub(super) fn fake_collector(&self) -> Result<PathBuf> {
        let program = self.path("fake");
        fs::copy(Path::new(OWN_PROGRAM), &program).context("cannot copy this program")?;
        let script = self.path("otelcol-fake");
        fs::write(&script, format!("#!/bin/sh\nexec '{}' fake-collector \"$@\"\n", program.display()))?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
        Ok(script)
    }

    /// Ends what is left and removes everything.
    pub(super) fn clear(self) -> Result<()> {
        self.guard.dismiss()
    }
}
