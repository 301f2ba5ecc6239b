//! `cargo xtask lint`: formatting, Clippy, the documentation, and what cargo's own metadata says. Everything runs, then the failures are
//! named.

use anyhow::{Result, bail};

use crate::{command, structure};

const CLIPPY: [&str; 8] =
    ["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
/// Libraries, and binaries that are not named after one. With the examples, because then dependencies get the same features as for Clippy
/// and are not checked twice.
const DOC: [&str; 11] = [
    "doc",
    "--workspace",
    "--all-features",
    "--no-deps",
    "--locked",
    "--lib",
    "--examples",
    "--bin",
    "phoenixctl",
    "--bin",
    "xtask",
];

pub(crate) fn run() -> Result<()> {
    let steps: [(&str, &dyn Fn() -> Result<()>); 4] = [
        ("format", &|| command::run(&mut command::cargo(&["fmt", "--all", "--check"]))),
        ("manifests", &structure::manifests),
        ("clippy", &|| command::run(&mut command::cargo(&CLIPPY))),
        ("documentation", &|| command::run(command::cargo(&DOC).env("RUSTDOCFLAGS", "-D warnings"))),
    ];
    let mut failed = Vec::new();
    for (name, step) in steps {
        if let Err(error) = step() {
            println!("{error:#}");
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("lint failed: {}", failed.join(", "));
    }
    println!("lint: nothing to complain about");
    Ok(())
}
