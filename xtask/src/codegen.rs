//! `cargo xtask codegen`: writes what is generated from the code and committed, or checks that it is up to date.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::programs::Programs;
use crate::{command, workspace};

/// A committed file and the example program that prints it.
struct Generated {
    path: &'static str,
    program: &'static str,
}

const GENERATED: &[Generated] = &[Generated { path: "docs/state-machine.md", program: "transition_table" }];

/// Flags of `codegen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail when something is not up to date.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = Programs::build()?;
    let mut stale = Vec::new();
    for Generated { path, program } in GENERATED {
        let text = command::capture(&mut Command::new(programs.path(program)?))?;
        let difference = difference(&workspace::root().join(path), &text)?;
        match difference {
            None => println!("{path}: up to date"),
            Some(difference) if args.check => {
                println!("{path}: not what `{program}` prints\n{difference}");
                stale.push(*path);
            }
            Some(_) => {
                fs::write(workspace::root().join(path), text).with_context(|| format!("cannot write {path}"))?;
                println!("{path}: written");
            }
        }
    }
    if !stale.is_empty() {
        bail!("not up to date: {}\n  run: cargo xtask codegen", stale.join(", "));
    }
    Ok(())
}

/// The first line in which the file differs from the text, if it does; a missing file differs.
fn difference(path: &Path, text: &str) -> Result<Option<String>> {
    let committed = match fs::read_to_string(path) {
        Ok(committed) => committed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some("  there is no such file".to_owned()));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    if committed == text {
        return Ok(None);
    }
    let (mut old, mut new) = (committed.lines(), text.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (Some(old), Some(new)) if old == new => {}
            (None, None) => break,
            (old, new) => {
                let show = |line: Option<&str>| line.unwrap_or("(the end)").to_owned();
                return Ok(Some(format!("  line {number}: - {}\n  line {number}: + {}", show(old), show(new))));
            }
        }
    }
    Ok(Some("  the ends of the lines differ".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_its_first_line() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("page.md");
        assert_eq!(difference(&path, "a\n").expect("read").as_deref(), Some("  there is no such file"));
        fs::write(&path, "a\nb\n").expect("written");
        assert_eq!(difference(&path, "a\nb\n").expect("read"), None);
        assert_eq!(difference(&path, "a\nc\n").expect("read").as_deref(), Some("  line 2: - b\n  line 2: + c"));
        assert_eq!(difference(&path, "a\n").expect("read").as_deref(), Some("  line 2: - b\n  line 2: + (the end)"));
        assert_eq!(difference(&path, "a\nb").expect("read").as_deref(), Some("  the ends of the lines differ"));
    }
}
