//! Which lines the tests reach, by the compiler's own instrumentation; reported per crate.
//!
//! Builds into a target directory of its own, because every crate is compiled with another flag.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use cargo_metadata::Message;
use serde_json::Value;

use crate::{command, workspace};

const TEST: [&str; 4] = ["test", "--workspace", "--all-features", "--locked"];

/// Runs the tests instrumented and prints a table.
pub(crate) fn measure(collector: &Path) -> Result<()> {
    let tools = tools()?;
    let target = workspace::root().join("target/coverage");
    let profiles = target.join("profiles");
    if profiles.exists() {
        fs::remove_dir_all(&profiles)?;
    }
    fs::create_dir_all(&profiles)?;
    let cargo = |arguments: &[&str]| {
        let mut command = command::cargo(&TEST);
        command.args(arguments).env("CARGO_TARGET_DIR", &target).env("RUSTFLAGS", "-C instrument-coverage");
        command.env("LLVM_PROFILE_FILE", profiles.join("%p-%m.profraw")).env("PHOENIX_COLLECTOR", collector);
        command
    };
    let objects = executables(&mut cargo(&["--no-run", "--message-format=json-render-diagnostics"]))?;
    command::run(&mut cargo(&["--no-fail-fast"]))?;

    let raw: Vec<String> = fs::read_dir(&profiles)?
        .map(|entry| Ok(entry?.path().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    let list = target.join("profiles.txt");
    fs::write(&list, raw.join("\n"))?;
    let merged = target.join("merged.profdata");
    command::run(
        Command::new(tools.join("llvm-profdata"))
            .args(["merge", "--sparse", "--input-files"])
            .arg(&list)
            .arg("-o")
            .arg(&merged),
    )?;
    let mut export = Command::new(tools.join("llvm-cov"));
    export.args(["export", "--summary-only", "--instr-profile"]).arg(&merged);
    for object in &objects {
        export.arg("--object").arg(object);
    }
    let summary: Value =
        serde_json::from_str(&command::capture(&mut export)?).context("llvm-cov speaks another format")?;
    print(&per_crate(&summary, &workspace::root())?);
    Ok(())
}

/// Directory of the toolchain's own LLVM tools; rustup brings them by name.
fn tools() -> Result<PathBuf> {
    let sysroot = command::capture(Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace::root()))?;
    let bin = Path::new(sysroot.trim()).join("lib/rustlib").join(workspace::host_triple()?).join("bin");
    let is_there = || ["llvm-profdata", "llvm-cov"].iter().all(|tool| bin.join(tool).exists());
    if !is_there() {
        let added = command::run(
            Command::new("rustup").args(["component", "add", "llvm-tools"]).current_dir(workspace::root()),
        );
        if added.is_err() || !is_there() {
            bail!(
                "{} has no llvm-profdata and llvm-cov\n  bring them with: rustup component add llvm-tools",
                bin.display()
            );
        }
    }
    Ok(bin)
}

fn executables(command: &mut Command) -> Result<Vec<PathBuf>> {
    command::announce(command);
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().context("cargo has no standard output")?;
    let mut found = Vec::new();
    for message in Message::parse_stream(BufReader::new(stdout)) {
        if let Message::CompilerArtifact(artifact) = message? {
            found.extend(artifact.executable.map(cargo_metadata::camino::Utf8PathBuf::into_std_path_buf));
        }
    }
    if !child.wait()?.success() {
        bail!("the instrumented tests cannot be built");
    }
    Ok(found)
}

/// Lines and covered lines of each crate of ours.
fn per_crate(summary: &Value, root: &Path) -> Result<BTreeMap<String, (u64, u64)>> {
    let files = summary["data"][0]["files"].as_array().context("the summary names no files")?;
    let mut crates: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for file in files {
        let path = Path::new(file["filename"].as_str().unwrap_or_default());
        let Ok(path) = path.strip_prefix(root) else { continue };
        let Some(name) = crate_of(path) else { continue };
        let lines = &file["summary"]["lines"];
        let (all, covered) = crates.entry(name).or_default();
        *all += lines["count"].as_u64().unwrap_or(0);
        *covered += lines["covered"].as_u64().unwrap_or(0);
    }
    Ok(crates)
}

fn crate_of(path: &Path) -> Option<String> {
    let mut parts = path.iter().map(|part| part.to_string_lossy().into_owned());
    match parts.next()?.as_str() {
        "crates" => parts.next(),
        "xtask" => Some("xtask".to_owned()),
        _ => None,
    }
}

fn print(crates: &BTreeMap<String, (u64, u64)>) {
    println!("{:20}  {:>7}  {:>7}  {:>6}", "crate", "lines", "covered", "share");
    let total = crates.values().fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
    let rows = crates.iter().map(|(name, counts)| (name.as_str(), *counts)).chain([("all", total)]);
    for (name, (all, covered)) in rows {
        let share = (covered * 1000).checked_div(all).unwrap_or(0);
        println!("{name:20}  {all:>7}  {covered:>7}  {:>4}.{} %", share / 10, share % 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_add_up_per_crate_and_foreign_ones_do_not_count() {
        let file = |name: &str, count: u64, covered: u64| serde_json::json!({"filename": name, "summary": {"lines": {"count": count, "covered": covered}}});
        let summary = serde_json::json!({"data": [{"files": [
            file("/w/crates/phoenix-core/src/lib.rs", 10, 9),
            file("/w/crates/phoenix-core/src/id.rs", 10, 1),
            file("/w/xtask/src/main.rs", 4, 0),
            file("/home/registry/serde/src/lib.rs", 1000, 1000),
        ]}]});
        let crates = per_crate(&summary, Path::new("/w")).expect("a summary");
        assert_eq!(crates["phoenix-core"], (20, 10));
        assert_eq!(crates["xtask"], (4, 0));
        assert_eq!(crates.len(), 2);
    }
}
