//! What is waited for, as one line.

use phoenix_core::experiment::{Experiment, PipelineType, RunClock, State};
use phoenix_core::time::{Span, Timestamp};

use crate::follow::look::View;
use crate::output::line;
use crate::output::progress::Waiting;
use crate::output::units::{count, counted, span};
use crate::server::Pipeline;

/// Instants without a usable sample of both pipelines after which that is said. The server looks five back.
const SILENT_INSTANTS: u64 = 5;

/// Time that has passed in a state is told from this length on.
const SHORTEST_TOLD: Span = Span::from_secs(1);

/// Longest quotes of a collector's messages that are tried until the line fits, in characters.
const QUOTES: [usize; 7] = [400, 160, 120, 80, 60, 40, 24];

/// The line. `now` is the server's time; `width` is how many characters of a line are seen. What a collector says is quoted as far as the
/// rest leaves room for it; the news is all of it.
pub(super) fn describe(view: &View, now: Timestamp, width: usize) -> Waiting {
    let whole = describe_quoting(view, now, usize::MAX);
    let fits = |waiting: &Waiting| waiting.text.chars().count() <= width;
    if fits(&whole) {
        return whole;
    }
    let shorter = QUOTES.into_iter().map(|quote| describe_quoting(view, now, quote)).find(fits);
    let text = shorter.map_or_else(
        // Nothing is left to leave out: what is told at the beginning and how long it takes.
        || shortened(&describe_quoting(view, now, QUOTES[QUOTES.len() - 1]).text, width),
        |shorter| shorter.text,
    );
    Waiting { topic: whole.topic, text }
}

fn describe_quoting(view: &View, now: Timestamp, quote: usize) -> Waiting {
    let experiment = &view.experiment;
    let state = experiment.state;
    let so_far = now.since(experiment.status.entered_at);
    match state {
        State::Pending => pending(experiment, now),
        State::Initializing => with_time(format!("{state}: generating and checking both configurations"), so_far),
        State::Deploying => with_time(format!("{state}: {}", pipelines(&view.pipelines, quote)), so_far),
        State::Running => match experiment.status.clock {
            Some(clock) => running(view, clock, now, quote),
            None => with_time(format!("{state}: the clock has not started"), so_far),
        },
        State::Analyzing => with_time(format!("{state}: judging the samples"), so_far),
        State::Completed | State::Failed | State::Cancelled => {
            let result = experiment.status.verdict.map_or_else(String::new, |verdict| format!(" ({verdict})"));
            with_time(format!("{state}{result}, removing the pipelines: {}", removal(&view.pipelines)), so_far)
        }
    }
}

/// A line whose news is everything but the time that has passed.
fn with_time(topic: String, so_far: Span) -> Waiting {
    let text = if so_far < SHORTEST_TOLD { topic.clone() } else { format!("{topic}, {} so far", span(so_far)) };
    Waiting { topic, text }
}

fn pending(experiment: &Experiment, now: Timestamp) -> Waiting {
    if let Some(start) = experiment.spec.schedule.start {
        let topic = format!("pending: starts at {start}");
        return Waiting { text: format!("{topic}, in {}", span(start.since(now))), topic };
    }
    let topic = format!("pending: waits for the start command: phoenixctl start {}", experiment.name);
    Waiting { text: topic.clone(), topic }
}

/// `running: 42 of 120 samples, 8 as warm-up, 6m30s left; active series 474 -> 98`
fn running(view: &View, clock: RunClock, now: Timestamp, quote: usize) -> Waiting {
    let schedule = &view.experiment.spec.schedule;
    let warm_up = schedule.warm_up.count_of(schedule.sample_interval);
    let planned = clock.planned_samples.saturating_add(warm_up);
    let due = clock.elapsed_at(now).count_of(schedule.sample_interval).min(planned);
    let mut parts = vec![format!("{due} of {}", counted(planned, "sample"))];
    if due < warm_up {
        parts.push(format!("still warming up ({warm_up})"));
    } else if warm_up > 0 {
        parts.push(format!("{warm_up} as warm-up"));
    }
    let warming = if due < warm_up { "warming up" } else { "" };
    let mut news = vec![warming.to_owned()];
    if let Some(since) = clock.paused_since {
        let stood = span(now.since(since));
        parts.push(format!("paused for {stood}; go on with: phoenixctl resume {}", view.experiment.name));
        news.push("paused".to_owned());
    } else if let Some(since) = clock.outage_since {
        let budget = view.experiment.spec.policy.outage_budget.saturating_sub(clock.outage_used);
        let stood = span(now.since(since));
        parts.push(format!(
            "the clock stands for {stood} of at most {}, because the metrics cannot be read",
            span(budget)
        ));
        news.push("outage".to_owned());
    } else {
        let ends_at = [clock.ends_at(schedule.duration), schedule.end].into_iter().flatten().min();
        let left = ends_at.map(|ends_at| ends_at.since(now)).unwrap_or_default();
        parts.push(if left.is_zero() { "ending".to_owned() } else { format!("{} left", span(left)) });
    }
    let mut text = format!("running: {}", parts.join(", "));
    if let Some(trouble) = trouble(&view.pipelines, quote) {
        text = format!("{text}; {trouble}");
        news.push(trouble);
    }
    match values(view) {
        Some(values) => text = format!("{text}; {values}"),
        None if view.latest.is_some() && due >= SILENT_INSTANTS && clock.running_since.is_some() => {
            text.push_str("; no usable sample of both pipelines of late");
            news.push("no sample".to_owned());
        }
        None => {}
    }
    Waiting { topic: format!("running {}", news.join(" ")), text }
}

/// The most telling of the latest values.
fn values(view: &View) -> Option<String> {
    let latest = view.latest.as_ref()?;
    let (baseline, candidate) = (latest.baseline_metrics.active_series?, latest.variant_metrics.active_series?);
    Some(format!("active series {} -> {}", count(baseline), count(candidate)))
}

/// `baseline ready 1/1, candidate 0/1 (host-a: starting)`
fn pipelines(pipelines: &[Pipeline], quote: usize) -> String {
    let texts = PipelineType::ALL.into_iter().map(|kind| {
        let found = pipelines.iter().find(|pipeline| pipeline.kind == kind);
        found.map_or_else(|| format!("{kind} not seen yet"), |pipeline| readiness(pipeline, quote))
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// Pipelines that should be ready and are not.
fn trouble(pipelines: &[Pipeline], quote: usize) -> Option<String> {
    let waiting = pipelines.iter().filter(|pipeline| !is_ready(pipeline));
    let texts: Vec<String> = waiting.map(|pipeline| readiness(pipeline, quote)).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

const fn is_ready(pipeline: &Pipeline) -> bool {
    pipeline.desired > 0 && pipeline.ready == pipeline.desired
}

fn readiness(pipeline: &Pipeline, quote: usize) -> String {
    let Pipeline { kind, phase, ready, desired, .. } = pipeline;
    if is_ready(pipeline) {
        return format!("{kind} ready {ready}/{desired}");
    }
    let reason = reason(pipeline, quote).map_or_else(String::new, |reason| format!(" ({reason})"));
    if *desired == 0 { format!("{kind} {phase}{reason}") } else { format!("{kind} {ready}/{desired}{reason}") }
}

/// Why a pipeline is not ready: the first host that says so, else the pipeline itself.
fn reason(pipeline: &Pipeline, quote: usize) -> Option<String> {
    let observed = pipeline.observed.as_ref()?;
    let waiting: Vec<_> = observed.hosts.iter().filter(|host| !host.ready).collect();
    let told = waiting.iter().find(|host| !host.message.is_empty());
    let Some(host) = told else { return (!observed.message.is_empty()).then(|| shortened(&observed.message, quote)) };
    let more = waiting.len() - 1;
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    Some(format!("{}: {}{more}", host.host, shortened(&host.message, quote)))
}

/// A message in one line of at most so many characters. What happened stands at its beginning and the innermost cause at its end, so the
/// middle goes.
fn shortened(message: &str, longest: usize) -> String {
    let message = line(message);
    let length = message.chars().count();
    if length <= longest {
        return message;
    }
    let kept = longest.saturating_sub(3);
    let head: String = message.chars().take(kept / 2).collect();
    let tail: String = message.chars().skip(length - (kept - kept / 2)).collect();
    format!("{}...{}", head.trim_end(), tail.trim_start())
}

/// `baseline removed, candidate removing`
fn removal(pipelines: &[Pipeline]) -> String {
    if pipelines.is_empty() {
        return "waiting for the confirmation".to_owned();
    }
    pipelines.iter().map(|pipeline| format!("{} {}", pipeline.kind, pipeline.phase)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
