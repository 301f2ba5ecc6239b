//! The decision table: every input in every state, and what is particular about each state in a file of its own.

mod analyzing;
mod deploying;
mod ends;
mod initializing;
mod pending;
mod running;
mod sequences;

use super::*;
use crate::analysis::Verdict;
use crate::experiment::{
    AfterEnd, Analysed, Cleanup, EffectOutcome, HostObservation, Party, PipelineObservation, PipelinePhase,
    PipelineRef, PipelineType, RunClock,
};
use crate::id::{Actor, Revision};
use crate::testing::build::{at, experiment, generated};

/// An experiment that entered the state at `at(0)` with its seventh decision.
fn in_state(state: State) -> Experiment {
    let mut experiment = experiment("e1", "one");
    experiment.state = state;
    experiment.revision = Revision(7);
    experiment.status = Status::entered(at(0));
    let has_pipelines = match state {
        State::Pending | State::Initializing => false,
        State::Deploying | State::Running | State::Analyzing | State::Completed | State::Failed | State::Cancelled => {
            true
        }
    };
    if has_pipelines {
        experiment.status.pipelines = Some(generated(&experiment).map(|_, pipeline| PipelineRef::from(pipeline)));
    }
    match state {
        State::Running => experiment.status.clock = Some(RunClock::start(at(0), 60)),
        State::Analyzing => experiment.status.clock = Some(RunClock::start(at(-60), 60).ended(at(0))),
        State::Completed => experiment.status.verdict = Some(Verdict::Inconclusive),
        State::Pending | State::Initializing | State::Deploying | State::Failed | State::Cancelled => {}
    }
    if state.is_terminal() {
        experiment.status.cleanup = Cleanup::Pending;
    }
    experiment
}

/// Both pipelines in these phases, with their current configurations.
fn seen(baseline: PipelinePhase, candidate: PipelinePhase) -> Pair<PipelineObservation> {
    let phases = Pair { baseline, candidate };
    generated(&experiment("e1", "one")).map(|kind, pipeline| PipelineObservation {
        name: pipeline.name.clone(),
        phase: *phases.get(kind),
        message: "exit 1".to_owned(),
        hosts: vec![HostObservation {
            host: "h1".parse().expect("valid"),
            ready: *phases.get(kind) == PipelinePhase::Ready,
            config_hash: Some(pipeline.hash.clone()),
            restarts: 0,
            message: String::new(),
            endpoints: None,
        }],
    })
}

fn observed(baseline: PipelinePhase, candidate: PipelinePhase) -> Input {
    Input::Observed(Box::new(seen(baseline, candidate)))
}

fn cancel() -> Input {
    Input::Command(Command::Cancel { message: "changed my mind".to_owned() })
}

fn abort() -> Input {
    Input::Command(Command::Abort { message: "no budget".to_owned() })
}

fn breach(by: Party) -> Input {
    Input::GuardrailBreached { by, message: "memory".to_owned() }
}

fn ended(revision: u64, outcome: EffectOutcome) -> Input {
    let id = EffectId { experiment_id: experiment("e1", "one").id, revision: Revision(revision), ordinal: 0 };
    Input::EffectEnded { id, outcome }
}

fn made() -> EffectOutcome {
    EffectOutcome::Generated { pipelines: Box::new(generated(&experiment("e1", "one"))), warnings: String::new() }
}

fn analysed(usable_samples: u64) -> EffectOutcome {
    EffectOutcome::Analysed(Analysed { verdict: Verdict::Promote, message: "saves 20 %".to_owned(), usable_samples })
}

fn failed() -> EffectOutcome {
    EffectOutcome::Failed { reason: Reason::GenerationFailed, message: "bad".to_owned() }
}

/// Every kind of input, with a name. Results come under the current revision, 7, and under a superseded one.
fn inputs() -> Vec<(&'static str, Input)> {
    use PipelinePhase::{Degraded, Failed, Pending, Progressing, Ready, Removed, Removing};
    vec![
        ("start", Input::Command(Command::Start)),
        ("stop", Input::Command(Command::Stop { message: String::new() })),
        ("cancel", cancel()),
        ("abort", abort()),
        ("redeploy", Input::Command(Command::Redeploy { pipeline: PipelineType::Candidate })),
        ("pause", Input::Command(Command::Pause { message: "maintenance".to_owned() })),
        ("resume", Input::Command(Command::Resume { message: String::new() })),
        ("tick", Input::Tick),
        ("generated", ended(7, made())),
        ("generated, superseded", ended(6, made())),
        ("analysed", ended(7, analysed(60))),
        ("analysed, superseded", ended(6, analysed(60))),
        ("effect failed", ended(7, failed())),
        ("effect failed, superseded", ended(6, failed())),
        ("both ready", observed(Ready, Ready)),
        ("both pending", observed(Pending, Pending)),
        ("candidate progressing", observed(Ready, Progressing)),
        ("candidate degraded", observed(Ready, Degraded)),
        ("candidate failed", observed(Ready, Failed)),
        ("baseline failed", observed(Failed, Ready)),
        ("both failed", observed(Failed, Failed)),
        ("candidate removing", observed(Removed, Removing)),
        ("both removed", observed(Removed, Removed)),
        ("outage began", Input::OutageBegan { since: at(1) }),
        ("outage ended", Input::OutageEnded { at: at(2) }),
        ("baseline breaches", breach(Party::Baseline)),
        ("candidate breaches", breach(Party::Candidate)),
        ("both breach", breach(Party::Both)),
        ("candidate silent", Input::CandidateEmitsNothing),
    ]
}

fn decide_at(secs: i64, experiment: &Experiment, input: &Input) -> Decision {
    decide(at(secs), &Policy::default(), experiment, input).expect("not rejected")
}

fn change_at(secs: i64, experiment: &Experiment, input: &Input) -> Change {
    decide_at(secs, experiment, input).change.expect("a change")
}

fn moved_to(secs: i64, experiment: &Experiment, input: &Input) -> (State, Reason) {
    let change = change_at(secs, experiment, input);
    (change.to, change.reason)
}

/// The outcome of an input in words: `state, event, reason, effects`, or the refusal, or `-` for nothing.
fn outcome(experiment: &Experiment, input: &Input) -> String {
    match decide(at(3), &Policy::default(), experiment, input) {
        Err(rejected) => Error::from(rejected).message().to_owned(),
        Ok(Decision { change: None, .. }) => "-".to_owned(),
        Ok(Decision { change: Some(change), .. }) => {
            let mut words = vec![change.to.to_string(), change.kind.to_string(), change.reason.to_string()];
            words.extend(change.effects.iter().map(ToString::to_string));
            words.join(", ")
        }
    }
}

/// Checks every input in a state, three seconds after it was entered. What the table does not list must change nothing.
fn assert_table(state: State, table: &[(&str, &str)]) {
    let experiment = in_state(state);
    let inputs = inputs();
    for (name, _) in table {
        assert!(inputs.iter().any(|(known, _)| known == name), "{state}: there is no input {name:?}");
    }
    for (name, input) in &inputs {
        let expected = table.iter().find(|(listed, _)| listed == name).map_or("-", |(_, expected)| *expected);
        assert_eq!(outcome(&experiment, input), expected, "{state}: {name}");
    }
}

/// The commands that ask for a state: each either leads along the table or is refused with both states, in all pairs.
#[test]
fn a_command_follows_the_table_or_names_both_states() {
    for from in State::ALL {
        for command in [
            Command::Start,
            Command::Stop { message: String::new() },
            Command::Cancel { message: String::new() },
            Command::Abort { message: String::new() },
        ] {
            let to = requested_state(&command).expect("asks for a state");
            let result = decide(at(1), &Policy::default(), &in_state(from), &Input::Command(command));
            let before_the_run = matches!(from, State::Initializing | State::Deploying);
            match result {
                Ok(decision) if from.may_become(to) => assert_eq!(decision.change.map(|change| change.to), Some(to)),
                Ok(decision) => {
                    assert!(before_the_run && to == State::Cancelled, "{from} -> {to}");
                    assert_eq!(decision.change.map(|change| change.to), Some(State::Failed));
                }
                Err(rejected) => {
                    assert!(!from.may_become(to), "{from} -> {to}");
                    assert_eq!(rejected, Rejected::Illegal { from, to });
                    let error = Error::from(rejected);
                    assert_eq!(error.message(), format!("Invalid state transition from {from} to {to}"));
                }
            }
        }
    }
}

#[test]
fn an_event_says_who_did_what_for_whom_and_effects_carry_its_revision() {
    let experiment = in_state(State::Pending);
    let start = change_at(1, &experiment, &Input::Command(Command::Start));
    let id = EffectId { experiment_id: experiment.id.clone(), revision: Revision(8), ordinal: 0 };
    assert_eq!(start.effect_rows(&experiment), [(id, Effect::GeneratePipelines)]);

    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().expect("valid");
    let cause = Cause { actor: "ana".parse::<Actor>().expect("valid"), traceparent: Some(traceparent) };
    let event = start.event(&experiment, at(1), &cause);
    assert_eq!((event.seq, event.at, event.kind), (Revision(8), at(1), EventKind::Started));
    assert_eq!(
        (event.from, event.to, event.reason),
        (Some(State::Pending), State::Initializing, Reason::StartRequested)
    );
    assert_eq!((event.actor, event.traceparent, event.tenant), (cause.actor, cause.traceparent, experiment.tenant));
}

#[test]
fn a_status_stays_below_two_kilobytes_whatever_the_message() {
    let worst = in_state(State::Running);
    let names = "x".repeat(63);
    for message in ["\u{1F600}".repeat(5_000), "\u{0}".repeat(5_000), "\"".repeat(5_000), "\n".repeat(5_000)] {
        let mut status =
            worst.status.entering(State::Failed, at(1), Reason::OutageBudgetExhausted, &message, AfterEnd::Remove);
        status.pipelines = status.pipelines.map(|pair| {
            pair.map(|_, pipeline| PipelineRef { name: names.parse().expect("valid"), ..pipeline.clone() })
        });
        assert!(serde_json::to_vec(&status).expect("serialises").len() < 2_048);
    }
    let event = change_at(1, &worst, &Input::Command(Command::Abort { message: "ä".repeat(50_000) })).message;
    assert_eq!(event.len(), 4_096);
}
