//! What every input does in the state `deploying`, and what time alone does.

use super::*;
use crate::id::ConfigHash;

#[test]
fn every_input() {
    assert_table(
        State::Deploying,
        &[
            ("start", "Invalid state transition from deploying to initializing"),
            ("stop", "Invalid state transition from deploying to analyzing"),
            ("cancel", "failed, experiment.cancelled, CancelRequested"),
            ("abort", "failed, experiment.failed, AbortRequested"),
            ("pause", "pausing is not possible while the experiment is deploying"),
            ("resume", "resuming is not possible while the experiment is deploying"),
            ("redeploy", "deploying, experiment.redeploying, DeployRequested"),
            ("both ready", "running, experiment.running, PipelinesReady"),
            ("candidate failed", "failed, experiment.failed, PipelineFailed"),
            ("baseline failed", "failed, experiment.failed, PipelineFailed"),
            ("both failed", "failed, experiment.failed, PipelineFailed"),
        ],
    );
}

#[test]
fn it_waits_for_the_current_configuration_on_every_host() {
    let experiment = in_state(State::Deploying);
    let look = |change: &dyn Fn(&mut PipelineObservation)| {
        let mut pair = seen(PipelinePhase::Ready, PipelinePhase::Ready);
        change(&mut pair.candidate);
        decide_at(5, &experiment, &Input::Observed(Box::new(pair))).change.map(|change| change.to)
    };
    assert_eq!(look(&|_| {}), Some(State::Running));
    assert_eq!(look(&|candidate| candidate.hosts[0].config_hash = Some(ConfigHash::of("older"))), None);
    assert_eq!(look(&|candidate| candidate.hosts[0].config_hash = None), None);
    assert_eq!(look(&|candidate| candidate.hosts[0].ready = false), None);
    assert_eq!(look(&|candidate| candidate.hosts.clear()), None);
    assert_eq!(look(&|candidate| candidate.name = "another".parse().expect("valid")), None);
    let one_of_two = |candidate: &mut PipelineObservation| {
        let other = HostObservation { ready: false, ..candidate.hosts[0].clone() };
        candidate.hosts.push(other);
    };
    assert_eq!(look(&one_of_two), None);
}

#[test]
fn the_clock_starts_when_both_are_ready() {
    let run = change_at(5, &in_state(State::Deploying), &observed(PipelinePhase::Ready, PipelinePhase::Ready));
    assert_eq!(run.status.clock, Some(RunClock::start(at(5), 60)));
    assert_eq!(run.status.entered_at, at(5));
}

#[test]
fn the_planned_samples_follow_from_the_shorter_of_duration_and_scheduled_end() {
    let mut experiment = in_state(State::Deploying);
    experiment.spec.schedule.warm_up = Span::from_secs(10);
    experiment.spec.schedule.end = Some(at(35));
    let decision = decide_at(5, &experiment, &observed(PipelinePhase::Ready, PipelinePhase::Ready));
    assert_eq!(decision.wake_at, Some(at(35)));
    let clock = decision.change.and_then(|change| change.status.clock);
    assert_eq!(clock.map(|clock| clock.planned_samples), Some(20));
}

#[test]
fn a_failed_pipeline_is_named_with_its_message() {
    let failed = change_at(5, &in_state(State::Deploying), &observed(PipelinePhase::Ready, PipelinePhase::Failed));
    assert_eq!(failed.message, "candidate: exit 1");
    assert_eq!(failed.status.cleanup, Cleanup::Pending);
}

#[test]
fn its_deadline_and_the_scheduled_end_are_honoured_whatever_arrives() {
    let mut experiment = in_state(State::Deploying);
    let progressing = observed(PipelinePhase::Ready, PipelinePhase::Progressing);
    for input in [&Input::Tick, &progressing] {
        assert_eq!(decide_at(599, &experiment, input), Decision::unchanged(Some(at(600))));
        assert_eq!(moved_to(600, &experiment, input), (State::Failed, Reason::DeployingDeadline));
    }
    experiment.spec.schedule.end = Some(at(30));
    for input in [&Input::Tick, &progressing] {
        assert_eq!(moved_to(30, &experiment, input), (State::Failed, Reason::ScheduledEnd));
    }
}

#[test]
fn a_redeployment_is_counted_and_restarts_no_deadline() {
    let experiment = in_state(State::Deploying);
    let redeploy = Input::Command(Command::Redeploy { pipeline: PipelineType::Candidate });
    let again = change_at(500, &experiment, &redeploy);
    assert_eq!((again.message.as_str(), again.status.redeployments, again.status.entered_at), ("candidate", 1, at(0)));
}
