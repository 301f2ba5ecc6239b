//! How long one decision takes: every input in every state. The slowest of all is to stay under 5 µs.
//!
//! What is measured is `decide` alone with the disposal of its decision, not the storing of it.
#![expect(clippy::expect_used, reason = "a benchmark: a panic is how it reports")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use phoenix_core::analysis::Verdict;
use phoenix_core::experiment::{
    Analysed, Cleanup, Command, EffectOutcome, Endpoints, Experiment, GeneratedPipeline, HostObservation, Input, Pair,
    Party, PipelineObservation, PipelinePhase, PipelineRef, PipelineType, Policy, Reason, RunClock, State, Status,
    decide,
};
use phoenix_core::id::{ConfigHash, EffectId, Revision};
use phoenix_core::testing::build;
use phoenix_core::testing::build::at;

/// About as long as a generated configuration with three strategies.
const CONFIG_BYTES: usize = 5_000;
/// The revision that results must name to be current.
const REVISION: Revision = Revision(7);

fn new() -> Experiment {
    build::experiment("0198f6a2-3c1e-7b44-9a61-4f0c2d9e8b17", "cut-process-cost")
}

fn pipelines() -> Pair<GeneratedPipeline> {
    build::generated(&new()).map(|_, pipeline| {
        let config = "# a line of the configuration, as long as they are\n".repeat(CONFIG_BYTES / 51);
        GeneratedPipeline { hash: ConfigHash::of(&config), config, ..pipeline.clone() }
    })
}

/// An experiment as it is in this state, three seconds after it was entered.
fn in_state(state: State) -> Experiment {
    let mut experiment = new();
    experiment.state = state;
    experiment.revision = REVISION;
    experiment.status = Status::entered(at(0));
    if !matches!(state, State::Pending | State::Initializing) {
        experiment.status.pipelines = Some(pipelines().map(|_, pipeline| PipelineRef::from(pipeline)));
    }
    match state {
        State::Running => experiment.status.clock = Some(RunClock::start(at(0), 240)),
        State::Analyzing => experiment.status.clock = Some(RunClock::start(at(-60), 240).ended(at(0))),
        State::Completed => experiment.status.verdict = Some(Verdict::Promote),
        State::Pending | State::Initializing | State::Deploying | State::Failed | State::Cancelled => {}
    }
    if state.is_terminal() {
        experiment.status.cleanup = Cleanup::Pending;
    }
    experiment
}

fn observed(baseline: PipelinePhase, candidate: PipelinePhase) -> Input {
    let phases = Pair { baseline, candidate };
    Input::Observed(Box::new(pipelines().map(|kind, pipeline| PipelineObservation {
        name: pipeline.name.clone(),
        phase: *phases.get(kind),
        message: "exited with status 1: cannot open the gate".to_owned(),
        hosts: vec![HostObservation {
            host: "host-a.example".parse().expect("a valid name"),
            ready: *phases.get(kind) == PipelinePhase::Ready,
            config_hash: Some(pipeline.hash.clone()),
            restarts: 0,
            message: String::new(),
            endpoints: Some(Endpoints {
                metrics: "http://127.0.0.1:40001/metrics".to_owned(),
                telemetry: "http://127.0.0.1:40002/metrics".to_owned(),
            }),
        }],
    })))
}

fn ended(outcome: EffectOutcome) -> Input {
    Input::EffectEnded { id: EffectId { experiment_id: new().id, revision: REVISION, ordinal: 0 }, outcome }
}

fn message() -> String {
    "asked for by the one who is on duty".to_owned()
}

/// Every kind of input, with a name.
fn inputs() -> Vec<(&'static str, Input)> {
    let analysed =
        Analysed { verdict: Verdict::Promote, message: "active series: -79 %".to_owned(), usable_samples: 240 };
    let failed = EffectOutcome::Failed { reason: Reason::GenerationFailed, message: "no such template".to_owned() };
    let breach = |by| Input::GuardrailBreached { by, message: "memory is beyond its limit".to_owned() };
    vec![
        ("start", Input::Command(Command::Start)),
        ("stop", Input::Command(Command::Stop { message: message() })),
        ("cancel", Input::Command(Command::Cancel { message: message() })),
        ("abort", Input::Command(Command::Abort { message: message() })),
        ("pause", Input::Command(Command::Pause { message: message() })),
        ("resume", Input::Command(Command::Resume { message: message() })),
        ("redeploy", Input::Command(Command::Redeploy { pipeline: PipelineType::Candidate })),
        ("tick", Input::Tick),
        ("both ready", observed(PipelinePhase::Ready, PipelinePhase::Ready)),
        ("candidate failed", observed(PipelinePhase::Ready, PipelinePhase::Failed)),
        ("both removed", observed(PipelinePhase::Removed, PipelinePhase::Removed)),
        ("generated", ended(EffectOutcome::Generated { pipelines: Box::new(pipelines()), warnings: String::new() })),
        ("analysed", ended(EffectOutcome::Analysed(analysed))),
        ("effect failed", ended(failed)),
        ("outage began", Input::OutageBegan { since: at(1) }),
        ("outage ended", Input::OutageEnded { at: at(2) }),
        ("candidate breaches", breach(Party::Candidate)),
        ("both breach", breach(Party::Both)),
        ("candidate silent", Input::CandidateEmitsNothing),
    ]
}

fn decisions(criterion: &mut Criterion) {
    let policy = Policy::default();
    let mut group = criterion.benchmark_group("decide");
    for state in State::ALL {
        let experiment = in_state(state);
        for (name, input) in inputs() {
            group.bench_function(format!("{name} in {state}"), |bencher| {
                bencher.iter(|| decide(black_box(at(3)), &policy, black_box(&experiment), black_box(&input)));
            });
        }
    }
    group.finish();
}

/// Many short ones: 152 pairs, each of which takes well under a microsecond or a few of them.
fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .nresamples(2_000)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(150))
        .without_plots()
}

criterion_group! { name = benches; config = short(); targets = decisions }
criterion_main!(benches);
