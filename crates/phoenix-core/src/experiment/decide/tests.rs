//! The decision table, state by state.

use super::*;
use crate::analysis::Verdict;
use crate::experiment::{
    Analysed, Cleanup, EffectOutcome, HostObservation, Party, PipelineObservation, PipelinePhase, PipelineRef,
    PipelineType, RunClock,
};
use crate::id::{ConfigHash, Revision};
use crate::testing::build::{at, experiment, generated};

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
    if state == State::Running || state == State::Analyzing {
        experiment.status.clock = Some(RunClock::start(at(0), 60));
    }
    if state.is_terminal() {
        experiment.status.cleanup = Cleanup::Pending;
    }
    if state == State::Completed {
        experiment.status.verdict = Some(Verdict::Inconclusive);
    }
    experiment
}

fn observed(experiment: &Experiment, phase: PipelinePhase) -> Pair<PipelineObservation> {
    let pipelines = experiment.status.pipelines.clone().expect("has pipelines");
    pipelines.map(|_, pipeline| PipelineObservation {
        name: pipeline.name.clone(),
        phase,
        message: "exit 1".to_owned(),
        hosts: vec![HostObservation {
            host: "h1".parse().expect("valid"),
            ready: phase == PipelinePhase::Ready,
            config_hash: Some(pipeline.hash.clone()),
            restarts: 0,
            message: String::new(),
            endpoints: None,
        }],
    })
}

fn current_effect(experiment: &Experiment) -> EffectId {
    EffectId { experiment_id: experiment.id.clone(), revision: experiment.revision, ordinal: 0 }
}

fn decide_at(secs: i64, experiment: &Experiment, input: &Input) -> Decision {
    decide(at(secs), &Policy::default(), experiment, input).expect("not rejected")
}

fn change(decision: Decision) -> Change {
    decision.change.expect("a change")
}

fn moved_to(secs: i64, experiment: &Experiment, input: &Input) -> (State, Reason) {
    let change = change(decide_at(secs, experiment, input));
    (change.to, change.reason)
}

fn commands() -> Vec<(Command, Option<State>)> {
    vec![
        (Command::Start, Some(State::Initializing)),
        (Command::Stop, Some(State::Analyzing)),
        (Command::Cancel { message: "no".to_owned() }, Some(State::Cancelled)),
        (Command::Abort { message: "no".to_owned() }, Some(State::Failed)),
        (Command::Redeploy { pipeline: PipelineType::Candidate }, None),
    ]
}

fn all_inputs(experiment: &Experiment) -> Vec<Input> {
    let mut inputs: Vec<Input> = commands().into_iter().map(|(command, _)| Input::Command(command)).collect();
    let with_pipelines = in_state(State::Running);
    for phase in PipelinePhase::ALL {
        inputs.push(Input::Observed(Box::new(observed(&with_pipelines, phase))));
    }
    for id in [current_effect(experiment), EffectId { revision: Revision(1), ..current_effect(experiment) }] {
        for outcome in [
            EffectOutcome::Generated(Box::new(generated(experiment))),
            EffectOutcome::Analysed(Analysed { verdict: Verdict::Promote, message: String::new(), usable_samples: 60 }),
            EffectOutcome::Failed { reason: Reason::GenerationFailed, message: "bad".to_owned() },
        ] {
            inputs.push(Input::EffectEnded { id: id.clone(), outcome });
        }
    }
    for by in [Party::Baseline, Party::Candidate, Party::Both] {
        inputs.push(Input::GuardrailBreached { by, message: "memory".to_owned() });
    }
    inputs.extend([
        Input::Tick,
        Input::OutageBegan { since: at(1) },
        Input::OutageEnded { at: at(2) },
        Input::CandidateEmitsNothing,
    ]);
    inputs
}

#[test]
fn whatever_arrives_whenever_only_arrows_of_the_table_are_taken() {
    for state in State::ALL {
        let experiment = in_state(state);
        for input in all_inputs(&experiment) {
            for secs in [0, 30, 61, 3_600, 1_000_000] {
                let Ok(decision) = decide(at(secs), &Policy::default(), &experiment, &input) else { continue };
                let Some(change) = decision.change else { continue };
                assert!(
                    change.to == state || state.may_become(change.to),
                    "{state} -> {} on {input:?} after {secs} s",
                    change.to
                );
                assert_eq!(change.status.verdict.is_some(), change.to == State::Completed, "{state} on {input:?}");
            }
        }
    }
}

#[test]
fn a_refused_command_names_both_states() {
    for state in State::ALL {
        let experiment = in_state(state);
        for (command, asked) in commands() {
            let result = decide(at(1), &Policy::default(), &experiment, &Input::Command(command.clone()));
            match (result, asked) {
                (Err(Rejected::Illegal { from, to }), Some(asked)) => assert_eq!((from, to), (state, asked)),
                (Err(Rejected::NotNow { state: refused, .. }), None) => assert_eq!(refused, state),
                (Err(rejected), asked) => panic!("{state}: {rejected:?} for {asked:?}"),
                (Ok(decision), _) => {
                    assert!(decision.change.is_some(), "{state}: {command:?} was accepted and does nothing")
                }
            }
        }
    }
}

#[test]
fn pending_starts_on_request_or_at_its_time_and_expires_only_when_asked_to() {
    let mut experiment = in_state(State::Pending);
    assert_eq!(decide_at(1_000_000, &experiment, &Input::Tick), Decision::unchanged(None));
    let start = change(decide_at(1, &experiment, &Input::Command(Command::Start)));
    assert_eq!((start.to, start.effects.as_slice()), (State::Initializing, [Effect::GeneratePipelines].as_slice()));

    experiment.spec.schedule.start = Some(at(100));
    assert_eq!(decide_at(99, &experiment, &Input::Tick), Decision::unchanged(Some(at(100))));
    assert_eq!(moved_to(100, &experiment, &Input::Tick), (State::Initializing, Reason::ScheduledStart));

    experiment.spec.schedule.start = None;
    experiment.spec.deadlines.pending = Some(Span::from_secs(50));
    assert_eq!(moved_to(50, &experiment, &Input::Tick), (State::Cancelled, Reason::PendingExpired));
}

#[test]
fn initializing_stores_the_first_result_and_ignores_superseded_ones() {
    let experiment = in_state(State::Initializing);
    let pair = generated(&experiment);
    let outcome = EffectOutcome::Generated(Box::new(pair.clone()));
    let input = Input::EffectEnded { id: current_effect(&experiment), outcome: outcome.clone() };
    let accepted = change(decide_at(1, &experiment, &input));
    assert_eq!(accepted.to, State::Deploying);
    assert_eq!(accepted.generated.as_deref(), Some(&pair));
    assert_eq!(accepted.status.pipelines, Some(pair.map(|_, pipeline| PipelineRef::from(pipeline))));

    let late = EffectId { revision: Revision(6), ..current_effect(&experiment) };
    assert_eq!(decide_at(1, &experiment, &Input::EffectEnded { id: late, outcome }).change, None);
    assert_eq!(moved_to(60, &experiment, &Input::Tick), (State::Failed, Reason::InitializingDeadline));
}

#[test]
fn a_cancel_request_before_the_run_fails_for_the_machine_and_is_cancelled_for_people() {
    for state in [State::Initializing, State::Deploying] {
        let experiment = in_state(state);
        let input = Input::Command(Command::Cancel { message: "changed my mind".to_owned() });
        let cancelled = change(decide_at(1, &experiment, &input));
        assert_eq!(
            (cancelled.to, cancelled.reason, cancelled.kind),
            (State::Failed, Reason::CancelRequested, EventKind::Cancelled)
        );
    }
}

#[test]
fn deploying_waits_for_the_current_configuration_on_every_host() {
    let experiment = in_state(State::Deploying);
    let mut ready = observed(&experiment, PipelinePhase::Ready);
    let run = change(decide_at(5, &experiment, &Input::Observed(Box::new(ready.clone()))));
    assert_eq!(run.to, State::Running);
    assert_eq!(run.status.clock, Some(RunClock::start(at(5), 60)));

    ready.candidate.hosts[0].config_hash = Some(ConfigHash::of("older"));
    assert_eq!(decide_at(5, &experiment, &Input::Observed(Box::new(ready.clone()))).change, None);
    ready.candidate.hosts.clear();
    assert_eq!(decide_at(5, &experiment, &Input::Observed(Box::new(ready))).change, None);

    let failed = Input::Observed(Box::new(observed(&experiment, PipelinePhase::Failed)));
    let failed = change(decide_at(5, &experiment, &failed));
    assert_eq!(
        (failed.to, failed.reason, failed.message.as_str()),
        (State::Failed, Reason::PipelineFailed, "baseline: exit 1")
    );
    let progressing = Input::Observed(Box::new(observed(&experiment, PipelinePhase::Progressing)));
    assert_eq!(moved_to(600, &experiment, &progressing), (State::Failed, Reason::DeployingDeadline));
}

#[test]
fn the_planned_samples_follow_from_the_shorter_of_duration_and_scheduled_end() {
    let mut experiment = in_state(State::Deploying);
    experiment.spec.schedule.warm_up = Span::from_secs(10);
    experiment.spec.schedule.end = Some(at(35));
    let ready = observed(&experiment, PipelinePhase::Ready);
    let decision = decide_at(5, &experiment, &Input::Observed(Box::new(ready)));
    assert_eq!(decision.wake_at, Some(at(35)));
    assert_eq!(change(decision).status.clock.map(|clock| clock.planned_samples), Some(20));
}

#[test]
fn running_ends_by_time_request_guardrail_or_silence() {
    let experiment = in_state(State::Running);
    assert_eq!(decide_at(59, &experiment, &Input::Tick), Decision::unchanged(Some(at(60))));
    let ended = change(decide_at(60, &experiment, &Input::Tick));
    assert_eq!((ended.to, ended.status.ended_by), (State::Analyzing, Some(Reason::DurationElapsed)));
    assert_eq!(ended.effects, [Effect::AnalyseSamples]);
    assert_eq!(ended.status.clock.map(|clock| (clock.elapsed, clock.running_since)), Some((Span::from_secs(60), None)));

    let stop = Input::Command(Command::Stop);
    assert_eq!(moved_to(10, &experiment, &stop), (State::Analyzing, Reason::StopRequested));
    let silent = Input::CandidateEmitsNothing;
    assert_eq!(moved_to(10, &experiment, &silent), (State::Analyzing, Reason::CandidateEmitsNothing));
    for (by, to) in
        [(Party::Candidate, State::Analyzing), (Party::Baseline, State::Failed), (Party::Both, State::Failed)]
    {
        let breach = Input::GuardrailBreached { by, message: "memory".to_owned() };
        assert_eq!(moved_to(10, &experiment, &breach), (to, Reason::GuardrailBreached));
    }
}

#[test]
fn an_outage_stops_the_clock_and_only_its_budget_ends_the_run() {
    let mut experiment = in_state(State::Running);
    let began = change(decide_at(33, &experiment, &Input::OutageBegan { since: at(30) }));
    assert_eq!(began.to, State::Running);
    experiment.status = began.status;
    assert_eq!(decide_at(300, &experiment, &Input::Tick), Decision::unchanged(Some(at(630))));
    assert_eq!(moved_to(630, &experiment, &Input::Tick), (State::Analyzing, Reason::OutageBudgetExhausted));

    let ended = decide_at(100, &experiment, &Input::OutageEnded { at: at(100) });
    assert_eq!(ended.wake_at, Some(at(130)));
    experiment.status = change(ended).status;
    assert_eq!(decide_at(100, &experiment, &Input::OutageEnded { at: at(100) }).change, None, "repeated");
    assert_eq!(moved_to(130, &experiment, &Input::Tick), (State::Analyzing, Reason::DurationElapsed));
}

#[test]
fn the_scheduled_end_is_wall_time_and_wins_over_an_outage() {
    let mut experiment = in_state(State::Running);
    experiment.spec.schedule.end = Some(at(40));
    experiment.status.clock = experiment.status.clock.map(|clock| clock.stopped(at(30)));
    assert_eq!(moved_to(40, &experiment, &Input::Tick), (State::Analyzing, Reason::ScheduledEnd));
}

fn analysed(usable_samples: u64) -> EffectOutcome {
    EffectOutcome::Analysed(Analysed { verdict: Verdict::Promote, message: "saves 20 %".to_owned(), usable_samples })
}

#[test]
fn analyzing_completes_with_the_verdict_and_never_without_evidence() {
    let experiment = in_state(State::Analyzing);
    let id = current_effect(&experiment);
    let done = change(decide_at(1, &experiment, &Input::EffectEnded { id: id.clone(), outcome: analysed(60) }));
    assert_eq!((done.to, done.status.verdict), (State::Completed, Some(Verdict::Promote)));
    assert_eq!(done.status.cleanup, Cleanup::Pending);
    let none = Input::EffectEnded { id: id.clone(), outcome: analysed(0) };
    assert_eq!(moved_to(1, &experiment, &none), (State::Failed, Reason::EvidenceNeverCame));
    assert_eq!(moved_to(120, &experiment, &Input::Tick), (State::Failed, Reason::AnalyzingDeadline));
}

#[test]
fn a_run_that_a_guardrail_ended_is_rejected_whatever_the_samples_say() {
    for reason in [Reason::GuardrailBreached, Reason::CandidateEmitsNothing] {
        let mut experiment = in_state(State::Analyzing);
        experiment.status.ended_by = Some(reason);
        for samples in [0, 60] {
            let input = Input::EffectEnded { id: current_effect(&experiment), outcome: analysed(samples) };
            let done = change(decide_at(1, &experiment, &input));
            assert_eq!((done.to, done.status.verdict, done.reason), (State::Completed, Some(Verdict::Reject), reason));
        }
    }
}

#[test]
fn the_cleanup_goes_on_until_both_pipelines_are_gone() {
    for state in [State::Completed, State::Failed, State::Cancelled] {
        let experiment = in_state(state);
        let mut gone = observed(&experiment, PipelinePhase::Removed);
        gone.candidate.phase = PipelinePhase::Removing;
        assert_eq!(decide_at(9, &experiment, &Input::Observed(Box::new(gone.clone()))).change, None);
        gone.candidate.phase = PipelinePhase::Removed;
        let confirmed = change(decide_at(9, &experiment, &Input::Observed(Box::new(gone))));
        assert_eq!((confirmed.to, confirmed.status.cleanup), (state, Cleanup::Confirmed));
    }
}

#[test]
fn kept_pipelines_are_kept_and_an_end_without_pipelines_needs_no_cleanup() {
    let mut experiment = in_state(State::Running);
    experiment.spec.keep_pipelines = true;
    let cancel = Input::Command(Command::Cancel { message: String::new() });
    assert_eq!(change(decide_at(1, &experiment, &cancel)).status.cleanup, Cleanup::Kept);
    let pending = in_state(State::Pending);
    assert_eq!(change(decide_at(1, &pending, &cancel)).status.cleanup, Cleanup::Confirmed);
}

#[test]
fn effects_are_identified_by_the_revision_that_asked_for_them() {
    let experiment = in_state(State::Pending);
    let start = change(decide_at(1, &experiment, &Input::Command(Command::Start)));
    let id = EffectId { experiment_id: experiment.id.clone(), revision: Revision(8), ordinal: 0 };
    assert_eq!(start.effect_rows(&experiment), [(id, Effect::GeneratePipelines)]);
    assert_eq!(start.event(&experiment, at(1), &Cause::system()).seq, Revision(8));
}

#[test]
fn a_status_stays_below_two_kilobytes() {
    let mut experiment = in_state(State::Running);
    experiment.status =
        experiment.status.entering(State::Failed, at(1), Reason::PipelineFailed, &"ä".repeat(5_000), false);
    assert!(serde_json::to_vec(&experiment.status).expect("serialises").len() < 2_048);
}
