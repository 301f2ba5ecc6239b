//! Why something happened, as stable words: log field, metric label, API value. Append-only.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable reason of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// A client created the experiment.
    Created,
    /// A client asked for the start.
    StartRequested,
    /// The scheduled start has come.
    ScheduledStart,
    /// The deadline of `pending` has passed.
    PendingExpired,
    /// Both configurations are generated and checked.
    Generated,
    /// A configuration cannot be generated, or is not valid.
    GenerationFailed,
    /// The collector lacks a component that a configuration needs.
    ComponentMissing,
    /// The host has too little memory or processor time left for two more collectors.
    HeadRoomMissing,
    /// The deadline of `initializing` has passed.
    InitializingDeadline,
    /// Both pipelines are ready with their current configuration.
    PipelinesReady,
    /// A pipeline will not become ready.
    PipelineFailed,
    /// The deadline of `deploying` has passed.
    DeployingDeadline,
    /// A client asked to deploy a pipeline again.
    DeployRequested,
    /// The planned duration has passed.
    DurationElapsed,
    /// The scheduled end has come.
    ScheduledEnd,
    /// A client asked to pause the run.
    PauseRequested,
    /// A client asked to go on with a paused run.
    ResumeRequested,
    /// A client asked to stop and judge.
    StopRequested,
    /// A client asked to cancel.
    CancelRequested,
    /// A client asked to abort.
    AbortRequested,
    /// A guardrail was breached.
    GuardrailBreached,
    /// The candidate is up and emits nothing, while the baseline does.
    CandidateEmitsNothing,
    /// Evidence cannot be had for the time being.
    OutageBegan,
    /// Evidence can be had again.
    OutageEnded,
    /// The outage budget is used up; what was sampled is judged.
    OutageBudgetExhausted,
    /// There was no usable sample at all.
    EvidenceNeverCame,
    /// The comparison is computed.
    Analysed,
    /// The comparison cannot be computed.
    AnalysisFailed,
    /// The deadline of `analyzing` has passed.
    AnalyzingDeadline,
    /// Both pipelines are confirmed to be gone.
    PipelinesRemoved,
    /// A client asked to delete the experiment.
    DeleteRequested,
    /// The experiment had ended longer ago than finished experiments are kept.
    RetentionElapsed,
}

impl Reason {
    /// True for an end of the run that is a verdict by itself: the candidate was seen to break, or to be silent.
    pub fn rejects_candidate(self) -> bool {
        matches!(self, Self::GuardrailBreached | Self::CandidateEmitsNothing)
    }
}

/// The page that says of every word what it means and what to do.
const PAGE: &str = include_str!("../../../../docs/reasons.md");

impl Reason {
    /// What docs/reasons.md says of the word: a heading, what happened, what to do.
    pub fn page(self) -> &'static str {
        let is_own = |section: &&str| section.lines().next() == Some(self.to_string().as_str());
        // The heading's mark goes with the cut.
        PAGE.split("\n## ").skip(1).find(is_own).map_or("", str::trim_end)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The variant's name is the stable word; the test below holds the two forms together.
        write!(f, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word, as serde knows them.
    fn words() -> Vec<String> {
        let error = serde_json::from_str::<Reason>("\"?\"").expect_err("no word").to_string();
        let (_, known) = error.split_once("expected one of ").expect("serde lists the words");
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_word_is_explained_in_the_order_of_the_words_and_no_other_is() {
        let explained: Vec<&str> = PAGE.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(explained, words());
        for word in words() {
            let reason: Reason = serde_json::from_value(serde_json::json!(word)).expect("a word");
            let paragraphs: Vec<&str> = reason.page().split("\n\n").collect();
            assert!(paragraphs.len() >= 2 && paragraphs[0] == word, "{word}: {paragraphs:?}");
            assert!(paragraphs.iter().all(|paragraph| !paragraph.contains("\n#")), "{word} runs into the next");
        }
    }

    #[test]
    fn the_printed_word_is_the_stored_word() {
        let stored = serde_json::to_value(Reason::CancelRequested).expect("serialises");
        assert_eq!(stored, serde_json::json!(Reason::CancelRequested.to_string()));
    }
}
