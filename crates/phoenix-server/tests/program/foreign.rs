//! A gRPC client of another make: Python's, which shares no code with ours and learns the interface by reflection.
//!
//! It comes from `PyPI` once, into the target directory; python3 with pip is all that must be there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::Program;

/// The packages; everything else that they need is theirs to name.
const PACKAGES: [&str; 2] = ["grpcio==1.80.0", "grpcio-reflection==1.80.0"];

fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.args(arguments);
    command
}

/// Runs a command that must succeed, and answers with what it says.
fn succeed(command: &mut Command, advice: &str) -> String {
    let done = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}\n  {advice}"));
    let (said, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?} ends with {}\n  {advice}\n{said}{error}", done.status);
    said.trim().to_owned()
}

/// The directory with the packages, installed when it is not there yet.
fn packages() -> PathBuf {
    let advice = "install python3 with pip: cargo xtask test does so where it can";
    // Their compiled parts fit one version of Python.
    let tag = succeed(&mut python(&["-c", "import sys; print(sys.implementation.cache_tag)"]), advice);
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let place = parent.join(format!("{}-{tag}", PACKAGES[0].replace("==", "-")));
    if !place.exists() {
        // Elsewhere first: what has its final name is complete.
        let fresh = tempfile::tempdir_in(parent).unwrap();
        let mut install = python(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        install.args(["--root-user-action=ignore", "--no-compile", "--only-binary=:all:", "--target"]);
        succeed(install.arg(fresh.path()).args(PACKAGES), advice);
        std::fs::rename(fresh.keep(), &place).unwrap();
    }
    place
}

#[tokio::test]
async fn a_foreign_client_drives_an_experiment_from_its_creation_to_its_deletion() {
    let packages = packages();
    let program = Program::start().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/foreign.py");
    let token = program.data_dir().join("token");
    let mut client = python(&["-B"]);
    client.arg(script).arg(program.grpc()).arg(token).env("PYTHONPATH", packages).env("GRPC_ENABLE_FORK_SUPPORT", "0");
    // Proxies are for the network, and the server is on this host.
    client.env("no_grpc_proxy", "*");
    assert_eq!(succeed(&mut client, "see what it says"), "everything was as it should be");
    assert_eq!(program.collectors(), [0; 0]);
}
