//! What a report says, for documents: every text, none of the form. Markdown and HTML say the same because they share it.
//!
//! Texts of others (names, messages, executables) are as they came; whoever writes a form escapes them for it.

mod evidence;

use phoenix_core::analysis::{LostExecutable, Verdict};
use phoenix_core::app::{Configuration, Report};
use phoenix_core::experiment::{Event, Experiment, PipelineType, Reason, State};
use phoenix_core::time::{Span, Timestamp};
use similar::{ChangeTag, TextDiff};

use crate::output::report::{indicators, lost, pipeline, reasons, run, savings, was_cancelled};
use crate::output::units::{NOTHING, counted};
use crate::output::{Tone, report};

/// Lines around a difference of the configurations.
const CONTEXT: usize = 3;

/// Titles of the table of lost executables.
pub(super) const LOST_TITLES: [&str; 5] =
    ["executable", "host", "seen by the baseline", "seen by the candidate", "critical"];
/// Titles of the table of events.
pub(super) const EVENT_TITLES: [&str; 6] = ["seq", "time", "event", "by", "reason", "message"];
/// Titles of the table of pipelines.
pub(super) const PIPELINE_TITLES: [&str; 4] = ["", "specification", "deployed as", "configuration (SHA-256)"];

/// What a report says.
#[derive(Debug)]
pub(super) struct Document {
    /// Name of the experiment.
    pub(super) name: String,
    /// What it was made for.
    pub(super) description: String,
    /// The result in capitals: the verdict, or how it ended without one, or the state.
    pub(super) badge: String,
    pub(super) tone: Tone,
    /// The result as a sentence.
    pub(super) lead: String,
    /// What it waits for, if it has not ended.
    pub(super) waits_for: Option<String>,
    pub(super) reasons: Vec<String>,
    pub(super) figures: Vec<Figure>,
    pub(super) indicators: Vec<IndicatorLine>,
    pub(super) savings: Vec<String>,
    pub(super) lost: Vec<LostLine>,
    /// What is said above the table of lost executables, or instead of it.
    pub(super) lost_summary: String,
    pub(super) evidence: Vec<(&'static str, String)>,
    pub(super) pipelines: Vec<[String; 4]>,
    pub(super) configurations: Vec<Configuration>,
    pub(super) difference: Difference,
    pub(super) events: Vec<[String; 6]>,
    /// What made the document, of what.
    pub(super) colophon: String,
}

/// A number worth a second of anybody's time.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) note: String,
}

/// One row of the table of indicators.
#[derive(Debug)]
pub(super) struct IndicatorLine {
    pub(super) cells: Vec<String>,
    pub(super) tone: Tone,
    pub(super) reason: String,
}

/// One lost executable.
#[derive(Debug)]
pub(super) struct LostLine {
    pub(super) cells: [String; 5],
    pub(super) critical: bool,
}

/// How the candidate's configuration differs from the baseline's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) added: usize,
    pub(super) removed: usize,
    /// The lines of a unified difference, each with its sign.
    pub(super) lines: Vec<(Change, String)>,
}

/// What a line of a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Where it is.
    Place,
    Same,
    Added,
    Removed,
}

impl Document {
    /// Everything that the report holds.
    pub(super) fn of(report: &Report, waits_for: Option<&str>) -> Self {
        let Report { experiment, comparison, .. } = report;
        let (badge, tone) = badge(experiment);
        let events = report.events.as_deref().unwrap_or_default();
        let mut reasons = reasons(experiment, comparison.as_ref());
        reasons.retain(|reason| !reason.trim().is_empty());
        let judged = comparison.as_ref().map_or(0, |comparison| comparison.samples.judged);
        let lost = comparison.as_ref().map_or(&[][..], |comparison| &comparison.lost);
        let configurations = report.configurations.clone().unwrap_or_default();
        Self {
            name: experiment.name.to_string(),
            description: experiment.spec.description.clone(),
            badge,
            tone,
            lead: lead(experiment),
            waits_for: waits_for.map(str::to_owned),
            reasons,
            figures: evidence::figures(report),
            indicators: comparison.as_ref().map(indicators::lines).unwrap_or_default(),
            savings: savings_of(report),
            lost: lost.iter().map(|lost| lost_line(lost, judged)).collect(),
            lost_summary: lost_summary(report),
            evidence: evidence::rows(report),
            pipelines: PipelineType::ALL.into_iter().map(|kind| pipeline_line(experiment, kind)).collect(),
            difference: difference(&configurations),
            configurations,
            events: events.iter().map(event_line).collect(),
            colophon: colophon(experiment),
        }
    }
}

fn badge(experiment: &Experiment) -> (String, Tone) {
    match experiment.status.verdict {
        Some(verdict) => (verdict.as_str().to_uppercase(), report::tone(verdict)),
        None if was_cancelled(experiment) => ("CANCELLED".to_owned(), Tone::Open),
        None if experiment.state == State::Failed => ("FAILED".to_owned(), Tone::Bad),
        None => (experiment.state.as_str().to_uppercase(), Tone::Open),
    }
}

fn lead(experiment: &Experiment) -> String {
    let state = experiment.state;
    match experiment.status.verdict {
        Some(Verdict::Promote) => "The candidate is cheaper and loses no critical process.".to_owned(),
        Some(Verdict::Reject) => "The candidate should not replace the baseline.".to_owned(),
        Some(Verdict::Inconclusive) => "The evidence decides neither for nor against the candidate.".to_owned(),
        None if experiment.status.reason == Some(Reason::PendingExpired) => {
            "It was never started; there is no verdict.".to_owned()
        }
        None if was_cancelled(experiment) => "It was cancelled by request; there is no verdict.".to_owned(),
        None if state.is_terminal() => {
            let reason = experiment.status.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
            format!("It could not be carried out{reason}; there is no verdict.")
        }
        None => format!("There is no verdict yet: the experiment is {state}. This is what is known so far."),
    }
}

fn savings_of(report: &Report) -> Vec<String> {
    let is_rejected = report.experiment.status.verdict == Some(Verdict::Reject);
    report.savings.as_ref().map(|found| savings::sentences(found, is_rejected)).unwrap_or_default()
}

fn lost_line(lost: &LostExecutable, judged: u64) -> LostLine {
    let seen = |number: u64| format!("{number} of {}", counted(judged, "sample"));
    let cells = [
        lost.executable.clone(),
        lost.host.to_string(),
        seen(lost.seen_by_baseline),
        seen(lost.seen_by_candidate),
        if lost.critical { "yes" } else { "no" }.to_owned(),
    ];
    LostLine { cells, critical: lost.critical }
}

fn lost_summary(report: &Report) -> String {
    match &report.comparison {
        None => "Nothing was compared yet.".to_owned(),
        Some(comparison) if comparison.samples.judged == 0 => "Nothing was compared: no sample was judged.".to_owned(),
        Some(comparison) => lost::sentence(comparison),
    }
}

fn pipeline_line(experiment: &Experiment, kind: PipelineType) -> [String; 4] {
    let spec = match kind {
        PipelineType::Baseline => &experiment.spec.baseline,
        PipelineType::Candidate => &experiment.spec.candidate,
    };
    let generated = experiment.status.pipelines.as_ref().map(|pipelines| pipelines.get(kind));
    let (name, hash) = generated
        .map_or_else(|| (NOTHING.to_owned(), NOTHING.to_owned()), |one| (one.name.to_string(), one.hash.to_string()));
    let steps: Vec<&str> = spec.optimizations.iter().map(|one| one.name.as_str()).collect();
    let specification =
        if steps.is_empty() { pipeline(spec) } else { format!("{}: {}", pipeline(spec), steps.join(", ")) };
    [kind.to_string(), specification, name, hash]
}

fn event_line(event: &Event) -> [String; 6] {
    let kind = event.kind.as_str();
    [
        event.seq.to_string(),
        instant(event.at),
        kind.strip_prefix("experiment.").unwrap_or(kind).replace('_', " "),
        event.actor.to_string(),
        event.reason.to_string(),
        event.message.clone(),
    ]
}

fn difference(configurations: &[Configuration]) -> Difference {
    let of = |kind| configurations.iter().find(|one| one.pipeline_type == kind).map(|one| one.config.as_str());
    let (Some(baseline), Some(candidate)) = (of(PipelineType::Baseline), of(PipelineType::Candidate)) else {
        return Difference::default();
    };
    let diff = TextDiff::from_lines(baseline, candidate);
    let mut difference = Difference::default();
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        difference.lines.push((Change::Place, hunk.header().to_string().trim_end().to_owned()));
        for change in hunk.iter_changes() {
            let (kind, sign) = match change.tag() {
                ChangeTag::Equal => (Change::Same, ' '),
                ChangeTag::Insert => (Change::Added, '+'),
                ChangeTag::Delete => (Change::Removed, '-'),
            };
            difference.added += usize::from(kind == Change::Added);
            difference.removed += usize::from(kind == Change::Removed);
            difference.lines.push((kind, format!("{sign}{}", change.value().trim_end_matches('\n'))));
        }
    }
    difference
}

impl Difference {
    /// The difference in a sentence.
    pub(super) fn summary(&self) -> String {
        let lines = |number: usize| counted(u64::try_from(number).unwrap_or(u64::MAX), "line");
        match (self.added, self.removed) {
            (0, 0) => "Both configurations are the same.".to_owned(),
            (added, removed) => {
                format!("The candidate adds {} to the baseline and drops {}.", lines(added), lines(removed))
            }
        }
    }
}

fn colophon(experiment: &Experiment) -> String {
    format!(
        "Experiment {} (id {}, revision {}), created {}. Written by phoenixctl {}; all times are UTC.",
        experiment.name,
        experiment.id,
        experiment.revision,
        instant(experiment.created_at),
        env!("CARGO_PKG_VERSION")
    )
}

/// An instant to the second: `2026-12-01 08:00:00`.
pub(super) fn instant(at: Timestamp) -> String {
    at.align_down(Span::from_secs(1)).to_string().replace('T', " ").replace('Z', "")
}

/// What the run took, as the terminal says it.
pub(super) fn run_lines(report: &Report) -> Vec<String> {
    run(&report.experiment, report.comparison.as_ref()).into_iter().map(|line| line.trim().to_owned()).collect()
}
