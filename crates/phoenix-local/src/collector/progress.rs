//! What a build is doing, for a progress line.

use std::fmt;
use std::time::Duration;

/// Something that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another process is building the same collector.
    Waiting,
    /// The builder itself is downloaded and compiled.
    InstallingBuilder,
    /// The sources are generated and their modules downloaded.
    GeneratingSources,
    /// The collector is compiled.
    Compiling {
        /// Packages compiled so far.
        done: usize,
        /// How many there are; those that Go's own cache has are not compiled again.
        of: usize,
    },
}

/// A line of progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub step: Step,
    /// Since the whole work began.
    pub elapsed: Duration,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = Elapsed(self.elapsed.as_secs());
        match self.step {
            Step::Waiting => write!(f, "another process builds the collector: {elapsed}"),
            Step::InstallingBuilder => write!(f, "installing the collector's builder: {elapsed}"),
            Step::GeneratingSources => write!(f, "downloading the collector's sources: {elapsed}"),
            Step::Compiling { done, of } => {
                write!(f, "compiling the collector: {elapsed}, {done} of at most {of} packages")
            }
        }
    }
}

struct Elapsed(u64);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 60, self.0 % 60) {
            (0, seconds) => write!(f, "{seconds}s"),
            (minutes, seconds) => write!(f, "{minutes}m{seconds:02}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_the_step_and_the_time() {
        let progress = Progress { step: Step::Compiling { done: 812, of: 1_100 }, elapsed: Duration::from_secs(190) };
        assert_eq!(progress.to_string(), "compiling the collector: 3m10s, 812 of at most 1100 packages");
        let progress = Progress { step: Step::InstallingBuilder, elapsed: Duration::from_secs(9) };
        assert_eq!(progress.to_string(), "installing the collector's builder: 9s");
    }
}
