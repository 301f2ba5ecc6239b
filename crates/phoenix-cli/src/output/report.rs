//! The end of an experiment as a person reads it: what ran, every indicator, what the candidate lost, what it saves, and why. On a
//! terminal, and as a document in Markdown or HTML.
//!
//! Knows no rule of judging: outcomes, verdict and reasons are the comparison's.

mod document;
mod html;
mod indicators;
mod lost;
mod markdown;
mod savings;

use phoenix_core::analysis::{Comparison, Indicator, Verdict};
use phoenix_core::app::Report;
use phoenix_core::experiment::{Cleanup, Experiment, PipelineType, Reason, State};
use phoenix_core::spec::PipelineSpec;
use phoenix_core::time::Span;

use crate::output::units::{counted, span};
use crate::output::{Paint, Tone, line};

pub(crate) use lost::table as lost_table;

/// Width of what stands left of the state.
const TITLE: usize = 50;

/// The whole report.
pub(crate) fn render(report: &Report, paint: Paint) -> String {
    let Report { experiment, comparison, .. } = report;
    let mut text = vec![title(experiment, paint)];
    text.extend(pipelines(experiment, comparison.as_ref()));
    text.extend(run(experiment, comparison.as_ref()));
    if let Some(comparison) = comparison {
        text.push(String::new());
        text.push(indicators::table(comparison, paint));
        text.push(String::new());
        text.extend(lost::summary(comparison, experiment.name.as_str()));
        text.extend(report.savings.as_ref().and_then(|found| savings::savings(found, experiment.status.verdict)));
    }
    text.extend(reasons(experiment, comparison.as_ref()).into_iter().map(|reason| format!("  why: {}", line(&reason))));
    text.extend(next_step(experiment, comparison.is_some()));
    text.join("\n")
}

/// The report as Markdown, good in a pull request. `waits_for` is what an experiment that has not ended waits for.
pub(crate) fn markdown(report: &Report, waits_for: Option<&str>) -> String {
    markdown::write(&document::Document::of(report, waits_for))
}

/// The report as one page of HTML that needs nothing else, with charts of the run over time.
pub(crate) fn html(report: &Report, waits_for: Option<&str>) -> String {
    html::write(&document::Document::of(report, waits_for), report)
}

/// `experiment cut-process-cost      completed    verdict  PROMOTE`
fn title(experiment: &Experiment, paint: Paint) -> String {
    let title = format!("experiment {}", experiment.name);
    let state = experiment.state;
    let end = match (experiment.status.verdict, experiment.status.reason) {
        (Some(verdict), _) => {
            format!("verdict  {}", paint.text(tone(verdict), &verdict.as_str().to_uppercase()))
        }
        (None, Some(reason)) if state.is_terminal() => {
            let tone = if was_cancelled(experiment) { Tone::Open } else { Tone::Bad };
            paint.text(tone, &reason.to_string())
        }
        (None, Some(_) | None) => String::new(),
    };
    format!("{title:<TITLE$}  {state:<11}  {end}").trim_end().to_owned()
}

const fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Promote => Tone::Good,
        Verdict::Reject => Tone::Bad,
        Verdict::Inconclusive => Tone::Open,
    }
}

fn was_cancelled(experiment: &Experiment) -> bool {
    experiment.state == State::Cancelled || experiment.status.reason == Some(Reason::CancelRequested)
}

fn pipelines(experiment: &Experiment, comparison: Option<&Comparison>) -> Vec<String> {
    let hosts = comparison.map(|comparison| comparison.hosts.len()).filter(|hosts| *hosts > 0);
    let hosts = hosts.map_or_else(String::new, |hosts| counted(u64::try_from(hosts).unwrap_or(u64::MAX), "host"));
    PipelineType::ALL
        .into_iter()
        .map(|kind| {
            let spec = match kind {
                PipelineType::Baseline => &experiment.spec.baseline,
                PipelineType::Candidate => &experiment.spec.candidate,
            };
            let generated = experiment.status.pipelines.as_ref().map(|pipelines| pipelines.get(kind));
            let hash =
                generated.map_or_else(|| "not generated".to_owned(), |one| format!("sha256 {}", one.hash.short()));
            let width = TITLE - 14;
            format!("  {kind:<12}{:<width$}  {hash:<15}   {hosts}", pipeline(spec)).trim_end().to_owned()
        })
        .collect()
}

/// `process-baseline + 2 optimizations`
pub(crate) fn pipeline(spec: &PipelineSpec) -> String {
    match spec.optimizations.len() {
        0 => spec.base_template.clone(),
        number => {
            format!("{} + {}", spec.base_template, counted(u64::try_from(number).unwrap_or(u64::MAX), "optimization"))
        }
    }
}

/// How long it ran and what was sampled, and in a second line what was not as planned.
fn run(experiment: &Experiment, comparison: Option<&Comparison>) -> Vec<String> {
    let Some(clock) = experiment.status.clock.filter(|_| experiment.state.is_terminal()) else { return Vec::new() };
    // An end without an analysis leaves the clock running; the end was when the state was entered.
    let ran = span(clock.elapsed_at(experiment.status.entered_at));
    let interval = experiment.spec.schedule.sample_interval;
    let mut lines = vec![match comparison.map(|comparison| comparison.samples) {
        Some(samples) => format!(
            "  ran {ran}, {} per pipeline (every {interval}), {} dropped as warm-up, {} missing",
            counted(samples.taken, "sample"),
            samples.warm_up,
            samples.missing
        ),
        None => format!("  ran {ran} of {}, nothing was judged", experiment.spec.schedule.duration),
    }];
    let paused = clock.paused_at(experiment.status.entered_at);
    if paused > Span::ZERO {
        lines.push(format!("  it was paused for {} by request; nothing of that time is judged", span(paused)));
    }
    let outage = clock.outage_at(experiment.status.entered_at);
    if outage > Span::ZERO {
        lines.push(format!("  the clock stood for {}, because the metrics could not be read", span(outage)));
    }
    lines.extend(experiment.status.ended_by.and_then(early_end).map(|end| format!("  ended {end}")));
    lines
}

/// Why a run ended before its time, in words.
fn early_end(reason: Reason) -> Option<String> {
    match reason {
        Reason::DurationElapsed => None,
        Reason::ScheduledEnd => Some("at its scheduled end".to_owned()),
        Reason::StopRequested => Some("early, by a stop command".to_owned()),
        Reason::GuardrailBreached => Some("early: the candidate broke a guardrail".to_owned()),
        Reason::CandidateEmitsNothing => Some("early: the candidate emits nothing".to_owned()),
        Reason::OutageBudgetExhausted => Some("early: the metrics could not be read for too long".to_owned()),
        other => Some(format!("early: {other}")),
    }
}

/// The comparison's reasons in the words of the table, behind what the state itself says.
fn reasons(experiment: &Experiment, comparison: Option<&Comparison>) -> Vec<String> {
    let status = &experiment.status;
    // A run that ended with a result of its own, as by a guardrail, was not decided by the comparison.
    let deciding = comparison.filter(|comparison| status.verdict.is_none_or(|verdict| verdict == comparison.verdict));
    let by_rule = deciding.map_or(&[][..], |comparison| &comparison.reasons);
    let mut reasons = Vec::new();
    // The message of an analysis repeats its first reason.
    let is_told = status.reason == Some(Reason::Analysed) && !by_rule.is_empty();
    if experiment.state.is_terminal() && !status.message.is_empty() && !is_told {
        reasons.push(status.message.clone());
    }
    reasons.extend(by_rule.iter().map(|reason| in_words(reason)));
    reasons
}

/// A reason with the indicators named as in the table.
fn in_words(reason: &str) -> String {
    Indicator::ALL
        .into_iter()
        .fold(reason.to_owned(), |text, indicator| text.replace(indicator.as_str(), indicators::label(indicator)))
}

/// What a reader can do now, where that is not obvious.
fn next_step(experiment: &Experiment, is_compared: bool) -> Option<String> {
    let name = &experiment.name;
    match experiment.state {
        State::Pending => Some(format!("  not started yet: phoenixctl start {name}")),
        State::Initializing | State::Deploying | State::Running | State::Analyzing => {
            Some(format!("  no verdict yet: phoenixctl watch {name}"))
        }
        State::Failed if !is_compared => Some(format!("  what happened before: phoenixctl history {name}")),
        State::Completed | State::Failed | State::Cancelled => match experiment.status.cleanup {
            Cleanup::Pending => Some("  its pipelines are still being removed".to_owned()),
            Cleanup::Kept => Some("  its pipelines are kept, as asked for (keepPipelines)".to_owned()),
            Cleanup::NotDue | Cleanup::Confirmed => None,
        },
    }
}

#[cfg(test)]
mod tests;
