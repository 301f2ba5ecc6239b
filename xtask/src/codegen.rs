//! `cargo xtask codegen`: writes what is generated from the code and committed, or checks that it is up to date.
//!
//! Knows no format: every text comes from a program of the workspace, which is built and run.

mod difference;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::programs::Programs;
use crate::{command, workspace};
use difference::difference;

/// A committed file, and the program that prints it with these arguments.
struct Page {
    path: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

const fn page(path: &'static str, program: &'static str, arguments: &'static [&'static str]) -> Page {
    Page { path, program, arguments }
}

const PAGES: &[Page] = &[
    page("docs/state-machine.md", "transition_table", &[]),
    page("docs/experiment.schema.json", "experiment_format", &["schema"]),
    page("docs/experiment.md", "experiment_format", &["reference"]),
    page("completions/phoenixctl.bash", "phoenixctl", &["completions", "bash"]),
    page("completions/_phoenixctl", "phoenixctl", &["completions", "zsh"]),
    page("completions/phoenixctl.fish", "phoenixctl", &["completions", "fish"]),
    page("completions/phoenix-server.bash", "server_command_line", &["completions", "bash"]),
    page("completions/_phoenix-server", "server_command_line", &["completions", "zsh"]),
    page("completions/phoenix-server.fish", "server_command_line", &["completions", "fish"]),
];

/// A committed folder that holds nothing but what these programs write into the directory that follows their arguments.
struct Folder {
    path: &'static str,
    programs: &'static [(&'static str, &'static [&'static str])],
}

const FOLDERS: &[Folder] =
    &[Folder { path: "docs/man", programs: &[("phoenixctl", &["man"]), ("server_command_line", &["man"])] }];

/// Flags of `codegen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when something is not up to date.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let generated = generate(&Programs::build()?)?;
    let stale = compare(&workspace::root(), &generated, args.check)?;
    if args.check && !stale.is_empty() {
        bail!("not up to date: {}\n  run: cargo xtask codegen", stale.join(", "));
    }
    Ok(())
}

/// Every committed file that is generated, with its text.
fn generate(programs: &Programs) -> Result<BTreeMap<String, String>> {
    let mut generated = BTreeMap::new();
    for Page { path, program, arguments } in PAGES {
        let text = command::capture(Command::new(programs.path(program)?).args(*arguments))?;
        generated.insert((*path).to_owned(), text);
    }
    for folder in FOLDERS {
        let directory = tempfile::tempdir()?;
        for (program, arguments) in folder.programs {
            command::capture(Command::new(programs.path(program)?).args(*arguments).arg(directory.path()))?;
        }
        for name in names(directory.path())? {
            let text =
                fs::read_to_string(directory.path().join(&name)).with_context(|| format!("cannot read {name}"))?;
            generated.insert(format!("{}/{name}", folder.path), text);
        }
    }
    Ok(generated)
}

/// Brings the committed files up to date, or only names those that are not.
fn compare(root: &Path, generated: &BTreeMap<String, String>, check_only: bool) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    for (path, text) in generated {
        let Some(difference) = difference(&root.join(path), text)? else {
            println!("{path}: up to date");
            continue;
        };
        stale.push(path.clone());
        if check_only {
            println!("{path}: not what is generated\n{difference}");
        } else {
            write(&root.join(path), text)?;
            println!("{path}: written");
        }
    }
    for path in surplus(root, generated)? {
        if check_only {
            println!("{path}: nothing generates it");
        } else {
            fs::remove_file(root.join(&path)).with_context(|| format!("cannot remove {path}"))?;
            println!("{path}: removed");
        }
        stale.push(path);
    }
    Ok(stale)
}

/// Files of the generated folders that nothing generates any more.
fn surplus(root: &Path, generated: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let mut surplus = Vec::new();
    for folder in FOLDERS.iter().filter(|folder| root.join(folder.path).exists()) {
        let paths = names(&root.join(folder.path))?.into_iter().map(|name| format!("{}/{name}", folder.path));
        surplus.extend(paths.filter(|path| !generated.contains_key(path)));
    }
    Ok(surplus)
}

/// The names of the files in a directory.
fn names(directory: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    entries
        .map(|entry| {
            let entry = entry?;
            ensure!(entry.file_type()?.is_file(), "{} is no file", entry.path().display());
            Ok(entry.file_name().to_string_lossy().into_owned())
        })
        .collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_only_when_that_was_asked_for_and_spare_ones_go() {
        let root = tempfile::tempdir().expect("a directory");
        let spare = format!("{}/gone.1", FOLDERS[0].path);
        write(&root.path().join(&spare), "old").expect("written");
        write(&root.path().join("docs/other.md"), "kept").expect("written");
        let page = format!("{}/new.1", FOLDERS[0].path);
        let generated = BTreeMap::from([(page.clone(), "new\n".to_owned())]);

        let stale = compare(root.path(), &generated, true).expect("compared");
        assert_eq!(stale, [page.clone(), spare.clone()]);
        assert!(root.path().join(&spare).exists() && !root.path().join(&page).exists(), "a check changes nothing");

        assert_eq!(compare(root.path(), &generated, false).expect("compared"), [page, spare.clone()]);
        assert!(!root.path().join(&spare).exists() && root.path().join("docs/other.md").exists());
        assert_eq!(compare(root.path(), &generated, true).expect("compared"), [""; 0]);
    }
}
