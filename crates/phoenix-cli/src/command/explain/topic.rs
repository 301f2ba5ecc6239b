//! Everything that can be explained. The texts are those of the crates that use the words.

use phoenix_core::error::Code;
use phoenix_core::experiment::Reason;
use phoenix_core::ports::validator::Severity;
use phoenix_generator::Rule;

/// What words there are, in the order in which they are listed.
pub(super) const KINDS: [&str; 3] = [CODE, REASON, RULE];

const CODE: &str = "error code";
const REASON: &str = "reason";
const RULE: &str = "rule for configurations and hosts";

/// A word and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) word: String,
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// The reasons that an experiment can have. A test knows whether one is missing.
const REASONS: [Reason; 32] = [
    Reason::Created,
    Reason::StartRequested,
    Reason::ScheduledStart,
    Reason::PendingExpired,
    Reason::Generated,
    Reason::GenerationFailed,
    Reason::ComponentMissing,
    Reason::HeadRoomMissing,
    Reason::InitializingDeadline,
    Reason::PipelinesReady,
    Reason::PipelineFailed,
    Reason::DeployingDeadline,
    Reason::DeployRequested,
    Reason::DurationElapsed,
    Reason::ScheduledEnd,
    Reason::PauseRequested,
    Reason::ResumeRequested,
    Reason::StopRequested,
    Reason::CancelRequested,
    Reason::AbortRequested,
    Reason::GuardrailBreached,
    Reason::CandidateEmitsNothing,
    Reason::OutageBegan,
    Reason::OutageEnded,
    Reason::OutageBudgetExhausted,
    Reason::EvidenceNeverCame,
    Reason::Analysed,
    Reason::AnalysisFailed,
    Reason::AnalyzingDeadline,
    Reason::PipelinesRemoved,
    Reason::DeleteRequested,
    Reason::RetentionElapsed,
];

/// Everything, by kind.
pub(super) fn all() -> Vec<Topic> {
    let codes = Code::ALL.into_iter().map(|code| topic(code.to_string(), CODE, body(code.page())));
    let reasons = REASONS.into_iter().map(|reason| topic(reason.to_string(), REASON, body(reason.page())));
    codes.chain(reasons).chain(rules()).collect()
}

fn topic(word: String, kind: &'static str, text: String) -> Topic {
    Topic { word, kind, text }
}

/// A page without its heading, which is the word itself.
fn body(page: &str) -> String {
    page.split_once('\n').map_or("", |(_, body)| body).trim().to_owned()
}

/// The rules of the validator, and those of the deployer that it does not have.
fn rules() -> impl Iterator<Item = Topic> {
    let general = Rule::ALL.into_iter().map(|rule| {
        let severity = match rule.severity() {
            Severity::Info => "for information",
            Severity::Warning => "a warning: it works, and is probably not what was meant",
            Severity::Error => "an error: it is not deployed",
        };
        let help = rule.help();
        topic(rule.to_string(), RULE, format!("{}\n\nIt is {severity}.\n\n{}", help.meaning, help.remedy))
    });
    let is_own = |rule: &phoenix_local::Rule| Rule::ALL.iter().all(|other| other.as_str() != rule.word);
    let of_host = phoenix_local::RULES.into_iter().filter(is_own);
    general.chain(of_host.map(|rule| topic(rule.word.to_owned(), RULE, format!("{}\n\n{}", rule.meaning, rule.remedy))))
}

/// A heading for many.
pub(super) fn plural(kind: &str) -> &'static str {
    match kind {
        CODE => "error codes",
        REASON => "reasons of experiments",
        _ => "rules for configurations and hosts",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_explained() {
        for topic in all() {
            assert!(topic.text.len() > 20 && !topic.text.starts_with('#'), "{topic:?}");
        }
    }

    #[test]
    fn no_reason_is_missing() {
        let error = serde_json::from_str::<Reason>("\"?\"").expect_err("no word").to_string();
        let known: Vec<&str> = error.split('`').skip(1).step_by(2).filter(|word| *word != "?").collect();
        assert_eq!(REASONS.map(|reason| reason.to_string()).to_vec(), known, "{error}");
    }
}
