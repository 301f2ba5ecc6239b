//! Where the time goes: named parts of a long command, and a table of them at its end.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The parts so far.
#[derive(Debug)]
pub(crate) struct Phases {
    begin: Instant,
    done: Vec<(String, Duration, bool)>,
}

impl Phases {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), done: Vec::new() }
    }

    /// Runs one part between two lines that name it.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n==> {name}");
        let begin = Instant::now();
        let ended = work();
        let took = begin.elapsed();
        println!("<== {name}: {} after {}", if ended.is_ok() { "done" } else { "FAILED" }, Took(took));
        self.done.push((name.to_owned(), took, ended.is_ok()));
        ended
    }

    /// The parts that failed.
    pub(crate) fn failed(&self) -> Vec<&str> {
        self.done.iter().filter(|(_, _, good)| !good).map(|(name, ..)| name.as_str()).collect()
    }
}

impl fmt::Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.done.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(f, "{:width$}  minutes", "phase")?;
        for (name, took, good) in &self.done {
            let mark = if *good { "" } else { "  FAILED" };
            writeln!(f, "{name:width$}  {:>7.1}{mark}", took.as_secs_f64() / 60.0)?;
        }
        write!(f, "{:width$}  {:>7.1}", "all", self.begin.elapsed().as_secs_f64() / 60.0)
    }
}

/// A duration for people.
struct Took(Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 60 {
            write!(f, "{:.1}s", self.0.as_secs_f64())
        } else {
            write!(f, "{}m{:02}s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_part_and_what_failed() {
        let mut phases = Phases::new();
        assert!(phases.run("programs", || Ok(7)).is_ok_and(|seven| seven == 7));
        assert!(phases.run("tests", || anyhow::bail!("no") as Result<()>).is_err());
        assert_eq!(phases.failed(), ["tests"]);
        let table = phases.to_string();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines, ["phase     minutes", "programs      0.0", "tests         0.0  FAILED", "all           0.0"]);
        assert_eq!(Took(Duration::from_secs(125)).to_string(), "2m05s");
    }
}
