//! Criterion's benchmarks: run, and read from what Criterion leaves behind.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::figure::{Bound, Figure, Quantity};
use crate::{command, workspace};

/// The targets.
pub(super) const TARGETS: [&str; 2] = ["decide", "generate"];
const GENERATE: &str = "generate with three strategies";
const VALIDATE: &str = "validate a configuration";
const DECIDE: &str = "decide/";
const NANOSECOND: f64 = 1e-9;

/// One benchmark, in nanoseconds.
#[derive(Debug, PartialEq)]
struct Row {
    name: String,
    median: f64,
}

pub(super) fn measure() -> Result<Vec<Figure>> {
    let begin = SystemTime::now();
    let mut command = command::cargo(&["bench", "--workspace", "--all-features", "--locked"]);
    // `--benches` alone would also run the empty harness of every library.
    for target in TARGETS {
        command.args(["--bench", target]);
    }
    command::run(command.args(["--", "--quiet"]))?;
    let directory = workspace::metadata()?.target_directory.into_std_path_buf().join("criterion");
    let mut rows = Vec::new();
    collect(&directory, begin, &mut rows)?;
    figures(&rows)
}

fn figures(rows: &[Row]) -> Result<Vec<Figure>> {
    let named = |name: &str| {
        let row = rows.iter().find(|row| row.name == name);
        row.map(|row| Quantity::Time(row.median * NANOSECOND)).with_context(|| format!("no benchmark {name:?} has run"))
    };
    let mut decisions: Vec<&Row> = rows.iter().filter(|row| row.name.starts_with(DECIDE)).collect();
    decisions.sort_by(|one, other| one.median.total_cmp(&other.median));
    ensure!(!decisions.is_empty(), "no benchmark of decide has run");
    let slowest = decisions[decisions.len() - 1];
    let middle = decisions[decisions.len() / 2].median;
    let note = format!(
        "{}; the slowest of {} inputs and states, half of them below {middle:.0} ns",
        slowest.name.trim_start_matches(DECIDE),
        decisions.len()
    );
    let decide = Quantity::Time(slowest.median * NANOSECOND);
    Ok(vec![
        Figure::new("generate a configuration with three strategies, median", named(GENERATE)?, below(0.002)),
        Figure::new("validate it, median", named(VALIDATE)?, Bound::Nothing),
        Figure::new("decide", decide, below(5e-6)).with_note(note),
    ])
}

const fn below(seconds: f64) -> Bound {
    Bound::Below(Quantity::Time(seconds))
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
    let median = estimates["median"]["point_estimate"].as_f64().context("Criterion writes another format")?;
    let name = benchmark["full_id"].as_str().context("a benchmark without a name")?.to_owned();
    Ok(Row { name, median })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_criterion_left_becomes_a_row() {
        let directory = tempfile::tempdir().expect("a directory");
        let new = directory.path().join("generate/new");
        fs::create_dir_all(&new).expect("made");
        fs::write(new.join("benchmark.json"), r#"{"full_id": "generate"}"#).expect("written");
        fs::write(new.join("estimates.json"), r#"{"median": {"point_estimate": 1500.0}}"#).expect("written");
        let mut rows = Vec::new();
        collect(directory.path(), SystemTime::UNIX_EPOCH, &mut rows).expect("read");
        assert_eq!(rows, [Row { name: "generate".to_owned(), median: 1500.0 }]);
        rows.clear();
        collect(directory.path(), SystemTime::now() + Duration::from_mins(1), &mut rows).expect("read");
        assert_eq!(rows, [], "an older run does not count");
    }

    #[test]
    fn the_slowest_decision_is_named() {
        let row = |name: &str, median| Row { name: name.to_owned(), median };
        let rows = [
            row(GENERATE, 1e6),
            row("decide/tick in running", 100.0),
            row("decide/generated in initializing", 4e3),
            row("decide/start in pending", 300.0),
            row(VALIDATE, 5e5),
        ];
        let figures = figures(&rows).expect("complete");
        assert_eq!(figures.iter().filter_map(Figure::is_met).collect::<Vec<_>>(), [true, true]);
        let note = &figures[2].note;
        assert_eq!(note, "generated in initializing; the slowest of 3 inputs and states, half of them below 300 ns");
        assert!(super::figures(&rows[1..]).is_err(), "nothing is left out in silence");
    }
}
