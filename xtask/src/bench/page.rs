//! The generated part of docs/performance.md: the figures of one run, and which machine they are of.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::figure::{Figure, table};
use crate::{command, workspace};

/// The page, relative to the project's root.
const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- begin: written by cargo xtask bench --write -->";
const END: &str = "<!-- end -->";

/// Replaces the figures of the page.
pub(super) fn write(figures: &[Figure]) -> Result<()> {
    let path = workspace::root().join(PAGE);
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {PAGE}"))?;
    let block = format!("{}\n\n{}", machine()?, table(figures));
    fs::write(&path, replace(&page, &block)?).with_context(|| format!("cannot write {PAGE}"))?;
    println!("written: {PAGE}");
    Ok(())
}

fn replace(page: &str, block: &str) -> Result<String> {
    let parts = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else {
        bail!("{PAGE} has no place for the figures: it needs the lines {BEGIN:?} and {END:?}");
    };
    Ok(format!("{before}{BEGIN}\n\n{block}\n{END}{after}"))
}

/// What the figures depend on; nothing that tells one machine of a kind from another.
pub(super) fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let model = value(&fs::read_to_string("/proc/cpuinfo")?, "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = value(&fs::read_to_string("/proc/meminfo")?, "MemTotal").unwrap_or_default();
    let kib: u64 = memory.trim_end_matches(" kB").parse().context("/proc/meminfo has no MemTotal")?;
    Ok(format!("Commit {}, {cores} cores of {model}, {} GiB of memory.", commit()?, kib.div_ceil(1 << 20)))
}

/// The value of a line `key : value`.
fn value(text: &str, key: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned()).next()
}

fn commit() -> Result<String> {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(workspace::root());
        command::capture(&mut command)
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let page = format!(":(exclude){PAGE}");
    let changed = !git(&["status", "--porcelain", "--", ".", &page])?.trim().is_empty();
    Ok(format!("{}{}", commit.trim(), if changed { " with changes" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_block_between_the_marks_is_replaced() {
        let page = format!("# Head\n\n{BEGIN}\nold\n{END}\ntail\n");
        let replaced = replace(&page, "new").expect("has the marks");
        assert_eq!(replaced, format!("# Head\n\n{BEGIN}\n\nnew\n{END}\ntail\n"));
        assert!(replace("# Head\n", "new").is_err());
    }

    #[test]
    fn the_page_has_a_place_and_the_machine_a_description() {
        let page = fs::read_to_string(workspace::root().join(PAGE)).expect("reads");
        assert!(replace(&page, "new").is_ok());
        assert_eq!(value("a\t: b\nmodel name\t: X 1\nmodel name: Y\n", "model name").as_deref(), Some("X 1"));
    }
}
