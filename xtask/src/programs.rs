//! The project's programs, built.
//!
//! Always built for the whole workspace, with every feature and with the examples: then cargo resolves the features of dependencies exactly
//! as it does for the tests, and nothing is compiled twice.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;

use crate::command;

/// Paths of executables by their name.
#[derive(Clone, Debug)]
pub(crate) struct Programs(BTreeMap<String, PathBuf>);

impl Programs {
    /// Builds every binary and example of the workspace.
    pub(crate) fn build() -> Result<Self> {
        let arguments = ["build", "--workspace", "--all-features", "--bins", "--examples", "--locked"];
        Self::of(command::cargo(&arguments))
    }

    /// Builds what users get, as they get it.
    pub(crate) fn build_release() -> Result<Self> {
        Self::of(command::cargo(&Self::RELEASE))
    }

    /// How the programs of users are built: without the features that only tests need.
    pub(crate) const RELEASE: [&str; 8] =
        ["build", "--release", "--locked", "--bins", "--package", "phoenix-server", "--package", "phoenix-cli"];

    /// Runs a build and remembers the executables that it names.
    fn of(mut command: Command) -> Result<Self> {
        command::announce(&command);
        let mut child = command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("cargo has no standard output")?;
        let mut found = BTreeMap::new();
        for message in Message::parse_stream(BufReader::new(stdout)) {
            if let Message::CompilerArtifact(artifact) = message?
                && let Some(path) = artifact.executable
            {
                found.insert(artifact.target.name, path.into_std_path_buf());
            }
        }
        let status = child.wait()?;
        if !status.success() {
            bail!("`{}` ends with {status}", command::show(&command));
        }
        Ok(Self(found))
    }

    /// The executable of this name.
    pub(crate) fn path(&self, name: &str) -> Result<&Path> {
        self.0.get(name).map(PathBuf::as_path).with_context(|| format!("the workspace has no program {name}"))
    }
}
