//! `explain`: what a word of an answer means and what to do. Everything is built in, so no server is needed.

mod topic;

use serde::Serialize;

use crate::args::Explain;
use crate::exit::Outcome;
use crate::output::{Printer, note};

use topic::Topic;

/// How alike two words are at least, from 0 to 1, for one to be what was meant by the other.
const LEAST_LIKENESS: f64 = 0.78;
/// Most suggestions.
const SUGGESTIONS: usize = 3;

/// What programs are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    word: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
}

pub(super) fn explain(args: &Explain, printer: Printer) -> anyhow::Result<Outcome> {
    let topics = topic::all();
    let Some(word) = &args.word else {
        let answers: Vec<Answer<'_>> = topics.iter().map(|topic| answer(topic, "")).collect();
        printer.show(&answers, |_| format!("phoenixctl explain WORD explains one of these:\n{}", listed(&topics)))?;
        return Ok(Outcome::Done);
    };
    let found: Vec<&Topic> = topics.iter().filter(|topic| plain(&topic.word) == plain(word)).collect();
    if found.is_empty() {
        note(&format!("nothing is known about {word:?}{}\n{}", meant(word, &topics), listed(&topics)));
        return Ok(Outcome::NotFound);
    }
    let answers: Vec<Answer<'_>> = found.iter().map(|topic| answer(topic, &topic.text)).collect();
    printer.show(&answers, |_| {
        let texts = found.iter().map(|topic| format!("{} ({})\n\n{}", topic.word, topic.kind, topic.text.trim()));
        texts.collect::<Vec<_>>().join("\n\n")
    })?;
    Ok(Outcome::Done)
}

fn answer<'a>(topic: &'a Topic, text: &'a str) -> Answer<'a> {
    Answer { word: &topic.word, kind: topic.kind, text }
}

/// A word in any spelling: `guardrail-breached` is `GuardrailBreached`.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

fn meant(word: &str, topics: &[Topic]) -> String {
    let word = plain(word);
    let mut near: Vec<(f64, &str)> =
        topics.iter().map(|topic| (strsim::jaro_winkler(&word, &plain(&topic.word)), topic.word.as_str())).collect();
    near.retain(|(likeness, _)| *likeness >= LEAST_LIKENESS);
    near.sort_by(|one, other| other.0.total_cmp(&one.0));
    near.dedup_by_key(|(_, word)| *word);
    let near: Vec<&str> = near.into_iter().map(|(_, word)| word).take(SUGGESTIONS).collect();
    if near.is_empty() { String::new() } else { format!("\n  did you mean: {}", near.join(", ")) }
}

/// All words, by kind, in lines that a terminal shows whole.
fn listed(topics: &[Topic]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for kind in topic::KINDS {
        lines.push(format!("{}:", topic::plural(kind)));
        let mut row = String::new();
        for topic in topics.iter().filter(|topic| topic.kind == kind) {
            if !row.is_empty() && row.len() + topic.word.len() + 2 > 76 {
                lines.push(format!("  {row}"));
                row.clear();
            }
            row.push_str(if row.is_empty() { "" } else { "  " });
            row.push_str(&topic.word);
        }
        lines.push(format!("  {row}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_any_spelling_and_a_wrong_one_leads_to_the_right_one() {
        let topics = topic::all();
        for word in ["GuardrailBreached", "guardrail-breached", "GUARDRAIL_BREACHED"] {
            assert!(topics.iter().any(|topic| plain(&topic.word) == plain(word)), "{word}");
        }
        assert!(meant("GuardRailBroken", &topics).contains("GuardrailBreached"));
        assert!(meant("VALIDATION_FAIL", &topics).contains("VALIDATION_FAILED"));
        assert_eq!(meant("zzz", &topics), "");
    }

    #[test]
    fn every_line_of_the_list_fits_a_terminal_and_every_word_is_in_it() {
        let topics = topic::all();
        let list = listed(&topics);
        assert!(list.lines().all(|line| line.len() <= 80), "{list}");
        assert!(topics.iter().all(|topic| list.contains(&topic.word)));
    }
}
