//! What `cargo test` said: how many tests passed, and which did not.

use std::fmt;

use anyhow::{Result, bail};

/// Counts of a whole run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
    failures: Vec<String>,
    targets: Vec<String>,
}

impl Tally {
    /// Takes one line.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number_before(result, " passed");
            self.failed += number_before(result, " failed");
            self.ignored += number_before(result, " ignored");
        } else if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failures.push(name.to_owned());
        } else if let Some(target) = line.strip_prefix("    `").and_then(|rest| rest.strip_suffix('`')) {
            // The list with which cargo ends when a target failed, also one that did not even start.
            self.targets.push(target.to_owned());
        }
    }

    /// What failed: single tests and whole targets.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &str> {
        self.failures.iter().chain(&self.targets).map(String::as_str)
    }

    /// A run that passes by not running anything has not passed.
    pub(crate) fn check(&self) -> Result<()> {
        if self.passed == 0 {
            bail!("no test has run");
        }
        if self.ignored > 0 {
            bail!("{} tests are marked as ignored: let them run, or delete them", self.ignored);
        }
        Ok(())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.ignored)
    }
}

/// The number right before a word, as in `ok. 12 passed; 0 failed`.
fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().unwrap_or_default();
    let digits = before.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(text: &str) -> Tally {
        let mut tally = Tally::default();
        text.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn results_add_up_and_failures_are_named() {
        let tally = tally(
            "test a::b ... ok\ntest a::c ... FAILED\n\
             test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             error: 1 target failed:\n    `-p phoenix-core --lib`\n",
        );
        assert_eq!(tally.to_string(), "13 passed, 1 failed, 0 skipped");
        assert_eq!(tally.failures().collect::<Vec<_>>(), ["a::c", "-p phoenix-core --lib"]);
        assert!(tally.check().is_ok());
    }

    #[test]
    fn nothing_run_and_anything_ignored_are_failures() {
        let empty = tally("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n");
        assert_eq!(empty.check().expect_err("nothing").to_string(), "no test has run");
        let ignored = tally("test result: ok. 3 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out\n");
        assert!(ignored.check().expect_err("ignored").to_string().starts_with("2 tests are marked as ignored"));
    }
}
