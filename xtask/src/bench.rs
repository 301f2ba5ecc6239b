//! `cargo xtask bench`: every Criterion benchmark of the workspace, and one table.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{command, workspace};

/// Flags of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only benchmarks whose name contains this.
    filter: Option<String>,
}

/// One row of the table, in nanoseconds.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    mean: f64,
    low: f64,
    high: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let begin = SystemTime::now();
    // `--benches` alone would also run the empty harness of every library.
    let mut command = command::cargo(&["bench", "--workspace", "--all-features", "--locked"]);
    let metadata = workspace::metadata()?;
    let targets = metadata.workspace_packages().into_iter().flat_map(|package| &package.targets);
    for target in targets.filter(|target| target.is_bench()) {
        command.args(["--bench", &target.name]);
    }
    command.arg("--").args(&args.filter);
    command::run(&mut command)?;
    let mut rows = Vec::new();
    collect(&workspace::root().join("target/criterion"), begin, &mut rows)?;
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let width = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(9);
    println!("\n{:width$}  {:>10}  95 % interval", "benchmark", "mean");
    for row in &rows {
        println!("{:width$}  {:>10}  {} .. {}", row.name, time(row.mean), time(row.low), time(row.high));
    }
    Ok(())
}

/// Reads what Criterion left in this run.
fn collect(directory: &Path, since: SystemTime, rows: &mut Vec<Row>) -> Result<()> {
    let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let estimates = path.join("estimates.json");
        let is_fresh = || fs::metadata(&estimates)?.modified().map(|at| at >= since);
        if path.ends_with("new") && is_fresh().unwrap_or(false) {
            rows.push(
                row(&read(&path.join("benchmark.json"))?, &read(&estimates)?)
                    .with_context(|| path.display().to_string())?,
            );
        }
        collect(&path, since, rows)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn row(benchmark: &Value, estimates: &Value) -> Result<Row> {
    let mean = &estimates["mean"];
    let number = |value: &Value| value.as_f64().context("Criterion writes another format");
    Ok(Row {
        name: benchmark["full_id"].as_str().context("a benchmark without a name")?.to_owned(),
        mean: number(&mean["point_estimate"])?,
        low: number(&mean["confidence_interval"]["lower_bound"])?,
        high: number(&mean["confidence_interval"]["upper_bound"])?,
    })
}

/// Nanoseconds for people.
fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    format!("{value:.2} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_criterion_left_becomes_a_row() {
        let directory = tempfile::tempdir().expect("a directory");
        let new = directory.path().join("generate/new");
        fs::create_dir_all(&new).expect("made");
        fs::write(new.join("benchmark.json"), r#"{"full_id": "generate"}"#).expect("written");
        let estimates = r#"{"mean": {"point_estimate": 1500.0, "confidence_interval": {"lower_bound": 900.0, "upper_bound": 2e6}}}"#;
        fs::write(new.join("estimates.json"), estimates).expect("written");
        let mut rows = Vec::new();
        collect(directory.path(), SystemTime::UNIX_EPOCH, &mut rows).expect("read");
        assert_eq!(rows, [Row { name: "generate".to_owned(), mean: 1500.0, low: 900.0, high: 2e6 }]);
        rows.clear();
        let later = SystemTime::now() + std::time::Duration::from_mins(1);
        collect(directory.path(), later, &mut rows).expect("read");
        assert_eq!(rows, [], "an older run does not count");
        assert_eq!([1.0, 1500.0, 2e6, 3e9].map(time), ["1.00 ns", "1.50 µs", "2.00 ms", "3.00 s"]);
    }
}
