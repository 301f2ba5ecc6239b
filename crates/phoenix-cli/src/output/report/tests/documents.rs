//! Reports as documents: whole ones, and what others wrote in them.

use phoenix_core::analysis::{Curve, Indicator, OverTime, Prices, Savings, Step};
use phoenix_core::app::{Configuration, Report};
use phoenix_core::experiment::{Event, EventKind, PipelineType, Reason, State};
use phoenix_core::id::{Actor, ConfigHash, Revision, TenantId};
use phoenix_core::testing::build::at;

use super::build::{completed, ended, lost, trimmed};
use crate::output::report::{html, markdown};

/// What somebody may write who means no good.
const EVIL: &str = "<script>alert(\"x\")</script> 'a' & `b` | [c](http://d.example)\u{1b}[31m";

fn curve(indicator: Indicator, baseline: f64, candidate: f64) -> Curve {
    Curve { indicator, samples: vec![8; 15], baseline: vec![Some(baseline); 15], candidate: vec![Some(candidate); 15] }
}

fn over_time() -> OverTime {
    let step = |number: i64| Step {
        from: at(number * 120),
        until: at(number * 120 + 120),
        judged: number > 0,
        taken: 8,
        usable: 8,
        baseline_missing: 0,
        candidate_missing: 0,
        outages: 0,
        paused: false,
    };
    OverTime {
        from: at(0),
        until: at(1_800),
        judged_from: at(120),
        steps: (0..15).map(step).collect(),
        curves: vec![curve(Indicator::ActiveSeries, 474.0, 98.0), curve(Indicator::CpuUsage, 0.033, 0.013)],
    }
}

fn configuration(kind: PipelineType, config: &str) -> Configuration {
    Configuration {
        pipeline_type: kind,
        name: format!("cut-process-cost-{kind}").parse().expect("valid"),
        hash: ConfigHash::of(config),
        config: config.to_owned(),
    }
}

fn event(seq: u64, kind: EventKind, to: State, reason: Reason, message: &str) -> Event {
    Event {
        experiment_id: "e1".parse().expect("valid"),
        seq: Revision(seq),
        kind,
        at: at(i64::try_from(seq).expect("small")),
        actor: "alice".parse::<Actor>().expect("valid"),
        tenant: TenantId::default_tenant(),
        traceparent: None,
        from: None,
        to,
        reason,
        message: message.to_owned(),
    }
}

/// A report with every part.
fn whole() -> Report {
    let mut found = trimmed();
    found.comparison.lost.truncate(3);
    found.comparison.lost.insert(0, lost("postgres", true));
    let mut report = completed(found.comparison);
    "Roll processes up by executable".clone_into(&mut report.experiment.spec.description);
    report.series = Some(over_time());
    report.configurations = Some(vec![
        configuration(PipelineType::Baseline, "receivers:\n  hostmetrics: {}\nprocessors: {}\n"),
        configuration(PipelineType::Candidate, "receivers:\n  hostmetrics: {}\nprocessors:\n  filter: {}\n"),
    ]);
    report.events = Some(vec![
        event(1, EventKind::Created, State::Pending, Reason::Created, ""),
        event(2, EventKind::Completed, State::Completed, Reason::Analysed, "active series: saved"),
    ]);
    report
}

fn version_left_out(text: &str) -> String {
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_pull_request_shows_all_of_it() {
    insta::assert_snapshot!(version_left_out(&markdown(&whole(), None)));
}

/// The tags of the page, without its style, places and long texts: what a reader finds where.
#[test]
fn the_page_has_every_part_in_its_place() {
    let page = version_left_out(&html(&whole(), None));
    let mut skeleton = Vec::new();
    for tag in page.split('<').filter_map(|part| part.split_once('>')) {
        let (tag, text) = tag;
        let name = tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap_or("");
        if !tag.starts_with('/')
            && ["h1", "h2", "section", "figure", "figcaption", "summary", "dd", "dt", "li", "desc"].contains(&name)
        {
            skeleton.push(format!("{name}: {}", text.trim()).trim_end_matches(": ").to_owned());
        }
    }
    insta::assert_snapshot!(skeleton.join("\n"));
}

#[test]
fn the_page_needs_nothing_else_and_runs_nothing() {
    let page = html(&whole(), None);
    for part in ["<script", "<link", "<img", "<iframe", "@import", "url(", " src=", " href=", "javascript:", " onload="]
    {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"), "a policy says so");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"), "{}", &page[..80]);
    assert!(page.contains("prefers-color-scheme: dark"));
}

/// Every text that somebody else can choose.
fn by_somebody_else() -> Report {
    let mut report = whole();
    EVIL.clone_into(&mut report.experiment.spec.description);
    EVIL.clone_into(&mut report.experiment.spec.baseline.base_template);
    if let Some(comparison) = &mut report.comparison {
        comparison.lost = vec![lost(EVIL, true), lost(EVIL, false)];
        comparison.reasons = vec![EVIL.to_owned()];
        for result in &mut comparison.indicators {
            EVIL.clone_into(&mut result.reason);
        }
    }
    for configuration in report.configurations.iter_mut().flatten() {
        configuration.config = format!("{}: {EVIL}\n```\n{EVIL}", configuration.pipeline_type);
    }
    for event in report.events.iter_mut().flatten() {
        EVIL.clone_into(&mut event.message);
    }
    let prices = Prices { currency: EVIL.chars().take(12).collect(), ..Prices::default() };
    report.savings = report.comparison.as_ref().and_then(|comparison| Savings::of(comparison, &prices));
    report
}

#[test]
fn what_others_wrote_is_text_in_the_page() {
    let page = html(&by_somebody_else(), Some(EVIL));
    assert!(!page.contains("<script"), "a tag of somebody else");
    assert!(!page.contains('\u{1b}'), "a control character");
    let escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; 'a' &amp; `b`";
    let texts = page.matches(escaped).count();
    assert!(texts >= 20, "{texts} of them are shown");
}

#[test]
fn what_others_wrote_is_text_in_markdown() {
    let text = markdown(&by_somebody_else(), Some(EVIL));
    let mut fence: Option<String> = None;
    for line in text.lines() {
        assert!(!line.contains('\u{1b}'), "{line}");
        let ticks: String = line.chars().take_while(|character| *character == '`').collect();
        match &fence {
            Some(open) if ticks == *open && line == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            // Outside of code no tag of theirs is left, and inside of a code span it is harmless.
            None => {
                let outside: String = line.split("``").step_by(2).collect();
                assert!(!outside.contains("<script"), "{line}");
            }
        }
    }
    assert_eq!(fence, None, "every fence is closed");
    assert!(text.contains("&lt;script&gt;"), "{text}");
}

#[test]
fn a_report_before_the_end_says_what_is_known_and_what_is_waited_for() {
    let mut report = ended(State::Running, Reason::PipelinesReady, "");
    report.series = Some(over_time());
    let waits = "running: 42 of 120 samples, 6m30s left";
    for text in [markdown(&report, Some(waits)), html(&report, Some(waits))] {
        for part in [
            "RUNNING",
            "There is no verdict yet: the experiment is running",
            waits,
            "samples taken per pipeline so far",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    assert!(html(&report, None).contains("<figure>"), "charts are there before the verdict");
}

#[test]
fn a_report_of_a_failure_says_why() {
    let report = ended(State::Failed, Reason::PipelineFailed, "candidate: host-a: exited 3 times");
    for text in [markdown(&report, None), html(&report, None)] {
        for part in [
            "FAILED",
            "It could not be carried out (PipelineFailed)",
            "candidate: host-a: exited 3 times",
            "Nothing was compared",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
