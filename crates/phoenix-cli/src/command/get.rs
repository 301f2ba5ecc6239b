//! `get`: where an experiment is, and how its pipelines are.

use phoenix_core::experiment::{Experiment, PipelineType, State};
use phoenix_core::spec::ProcessPattern;

use crate::args::Reference;
use crate::command::list::short;
use crate::exit::Outcome;
use crate::output::report::pipeline;
use crate::output::{Printer, line};
use crate::server::{Pipeline, Server};

pub(super) async fn get(args: &Reference, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let mut experiment = server.experiment(&args.experiment).await?;
    let mut pipelines = Vec::new();
    if !printer.is_for_programs() {
        pipelines = server.pipelines(experiment.id.as_str()).await?;
        server.complete_message(&mut experiment).await;
    }
    printer.show(&experiment, |_| text(&experiment, &pipelines))?;
    Ok(Outcome::Done)
}

fn text(experiment: &Experiment, pipelines: &[Pipeline]) -> String {
    let status = &experiment.status;
    let spec = &experiment.spec;
    let mut lines = vec![format!("experiment {}", experiment.name)];
    let mut say = |label: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {label:<13}{}", line(&value)));
        }
    };
    say("id", experiment.id.to_string());
    say("state", format!("{} since {}", experiment.state, short(&status.entered_at.to_string())));
    say("paused", paused(experiment));
    say("reason", reason(experiment));
    say("verdict", status.verdict.map_or_else(String::new, |verdict| verdict.to_string()));
    say("description", spec.description.clone());
    for kind in PipelineType::ALL {
        say(kind.as_str(), pipeline_line(experiment, pipelines, kind));
    }
    say("critical", spec.critical_processes.iter().map(ProcessPattern::as_str).collect::<Vec<_>>().join("  "));
    say("schedule", schedule(experiment));
    let labels: Vec<String> = experiment.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    say("labels", labels.join("  "));
    say("created", short(&experiment.created_at.to_string()));
    say("revision", experiment.revision.to_string());
    if let (State::Failed, Some(reason)) = (experiment.state, status.reason) {
        lines.push(format!("  more: phoenixctl explain {reason}"));
    }
    lines.join("\n")
}

/// Since when its clock stands by request.
fn paused(experiment: &Experiment) -> String {
    let since = experiment.status.clock.and_then(|clock| clock.paused_since);
    let since = since.filter(|_| !experiment.state.is_terminal());
    since.map_or_else(String::new, |since| {
        format!("since {}; go on with: phoenixctl resume {}", short(&since.to_string()), experiment.name)
    })
}

fn reason(experiment: &Experiment) -> String {
    let status = &experiment.status;
    let reason = status.reason.map_or_else(String::new, |reason| reason.to_string());
    if status.message.is_empty() { reason } else { format!("{reason}: {}", status.message) }
}

/// `process-baseline + 2 optimizations, sha256 9a417be0, ready 1/1 as cut-process-cost-candidate-1a2b3c4d`
fn pipeline_line(experiment: &Experiment, pipelines: &[Pipeline], kind: PipelineType) -> String {
    let spec = match kind {
        PipelineType::Baseline => &experiment.spec.baseline,
        PipelineType::Candidate => &experiment.spec.candidate,
    };
    let mut text = pipeline(spec);
    if let Some(generated) = &experiment.status.pipelines {
        let generated = generated.get(kind);
        text = format!("{text}, sha256 {}, {}", generated.hash.short(), generated.name);
    }
    if let Some(seen) = pipelines.iter().find(|pipeline| pipeline.kind == kind) {
        text = format!("{text}, {} {}/{}", seen.phase, seen.ready, seen.desired);
    }
    text
}

fn schedule(experiment: &Experiment) -> String {
    let schedule = &experiment.spec.schedule;
    let mut text = format!(
        "{}, sampled every {}, the first {} as warm-up",
        schedule.duration, schedule.sample_interval, schedule.warm_up
    );
    if let Some(start) = schedule.start {
        text = format!("{text}, from {start}");
    }
    if let Some(end) = schedule.end {
        text = format!("{text}, until {end} at the latest");
    }
    text
}
