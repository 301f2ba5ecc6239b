//! The candidates of the demo: what each one is, and what must come out of it.

use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::demo::workload;

/// Which candidate is compared with the baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Candidate {
    /// Cheaper, and loses nothing that matters.
    #[default]
    Trim,
    /// Cheaper still, and loses the critical process.
    Lossy,
    /// The baseline itself.
    Same,
}

impl Candidate {
    pub(crate) const ALL: [Self; 3] = [Self::Trim, Self::Lossy, Self::Same];

    const fn word(self) -> &'static str {
        match self {
            Self::Trim => "trim",
            Self::Lossy => "lossy",
            Self::Same => "same",
        }
    }

    /// Name of the experiment in its file.
    pub(super) fn experiment(self) -> String {
        format!("demo-{self}")
    }

    /// The experiment file, relative to the project's root.
    pub(super) fn file(self) -> String {
        format!("xtask/demo/{self}.yaml")
    }

    /// How `phoenixctl run` may end.
    pub(super) const fn exit_codes(self) -> &'static [i32] {
        match self {
            Self::Trim => &[0],
            Self::Lossy => &[10],
            Self::Same => &[10, 11],
        }
    }

    /// The same in words.
    pub(super) const fn expectation(self) -> &'static str {
        match self {
            Self::Trim => "0 (promote)",
            Self::Lossy => "10 (reject)",
            Self::Same => "10 (reject) or 11 (inconclusive)",
        }
    }

    /// Two lines for somebody who sees such a report for the first time.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Trim => {
                "What this means: in every sample the candidate exports far fewer series than the baseline, and phx-db, declared critical,\n\
                 was never missing from it. Cheaper, and nothing lost that matters: it may replace the baseline."
            }
            Self::Lossy => {
                "What this means: the candidate is the cheapest of all, and it is rejected, because its threshold hides phx-db: small, idle,\n\
                 and declared critical. No line of the experiment file shows that; it took running both pipelines side by side."
            }
            Self::Same => {
                "What this means: both pipelines are the same, and the verdict does not claim a saving.\n\
                 A judge that promotes this candidate would promote anything."
            }
        }
    }

    /// Checks what the report says beyond the exit code.
    pub(super) fn check(self, report: &Value) -> Result<()> {
        let comparison = &report["comparison"];
        let lost = comparison["lost"].as_array().context("comparison.lost is no list")?;
        let lost_critical: Vec<&str> = lost
            .iter()
            .filter(|lost| lost["critical"] == true)
            .filter_map(|lost| lost["executable"].as_str())
            .collect();
        match self {
            Self::Lossy if lost_critical != [workload::CRITICAL] => {
                bail!("{:?} are reported as lost and critical, not {}", lost_critical, workload::CRITICAL)
            }
            Self::Trim | Self::Same if !lost_critical.is_empty() => {
                bail!("{lost_critical:?} are reported as lost and critical")
            }
            Self::Trim | Self::Lossy | Self::Same => {}
        }
        let lost: Vec<&str> = lost.iter().filter_map(|lost| lost["executable"].as_str()).collect();
        let ours = workload::names().filter(|name| lost.contains(name));
        if self != Self::Lossy {
            ensure!(ours.count() == 0, "processes of the workload are reported as lost: {lost:?}");
        }
        let outcome = outcome(comparison, "active_series")?;
        let saves = outcome == "improved";
        ensure!(saves == (self != Self::Same), "the outcome of active_series is {outcome}");
        Ok(())
    }
}

fn outcome<'a>(comparison: &'a Value, indicator: &str) -> Result<&'a str> {
    let indicators = comparison["indicators"].as_array().context("comparison.indicators is no list")?;
    let found = indicators.iter().find(|result| result["indicator"] == indicator);
    found.and_then(|result| result["outcome"].as_str()).with_context(|| format!("{indicator} has no outcome"))
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(lost: &[(&str, bool)], outcome: &str) -> Value {
        let lost: Vec<Value> =
            lost.iter().map(|(name, critical)| json!({"executable": name, "critical": critical})).collect();
        let indicators = json!([{"indicator": "process_count", "outcome": "inconclusive"}, {"indicator": "active_series", "outcome": outcome}]);
        json!({"comparison": {"lost": lost, "indicators": indicators}})
    }

    #[test]
    fn each_candidate_accepts_its_own_report_and_no_other() {
        let trim = report(&[("kworker/0:1", false)], "improved");
        let lossy = report(&[("phx-db", true), ("phx-batch", false)], "improved");
        let same = report(&[], "pass");
        for (candidate, own) in [(Candidate::Trim, &trim), (Candidate::Lossy, &lossy), (Candidate::Same, &same)] {
            for report in [&trim, &lossy, &same] {
                assert_eq!(candidate.check(report).is_ok(), std::ptr::eq(report, own), "{candidate}: {report}");
            }
        }
    }

    #[test]
    fn a_report_without_what_is_looked_for_is_refused() {
        assert!(Candidate::Trim.check(&json!({})).is_err());
        assert!(Candidate::Trim.check(&json!({"comparison": {"lost": [], "indicators": []}})).is_err());
        assert!(Candidate::Trim.check(&report(&[("phx-web", false)], "improved")).is_err());
    }

    #[test]
    fn the_files_name_what_the_demo_waits_for() {
        for candidate in Candidate::ALL {
            let path = crate::workspace::root().join(candidate.file());
            let text = std::fs::read_to_string(&path).expect("there is a file");
            assert!(text.contains(&format!("name: {}\n", candidate.experiment())), "{candidate}");
            assert!(text.contains(&format!("\"^{}$\"", workload::CRITICAL)), "{candidate}");
        }
    }
}
