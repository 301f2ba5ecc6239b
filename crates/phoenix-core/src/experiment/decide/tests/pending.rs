//! What every input does in the state `pending`, and what time alone does.

use super::*;

#[test]
fn every_input() {
    assert_table(
        State::Pending,
        &[
            ("start", "initializing, experiment.started, StartRequested, generate_pipelines"),
            ("stop", "Invalid state transition from pending to analyzing"),
            ("cancel", "cancelled, experiment.cancelled, CancelRequested"),
            ("abort", "Invalid state transition from pending to failed"),
            ("redeploy", "deploying a pipeline is not possible while the experiment is pending"),
        ],
    );
}

#[test]
fn it_starts_at_its_time_and_not_before() {
    let mut experiment = in_state(State::Pending);
    assert_eq!(decide_at(1_000_000, &experiment, &Input::Tick), Decision::unchanged(None), "waits for the command");
    experiment.spec.schedule.start = Some(at(100));
    assert_eq!(decide_at(99, &experiment, &Input::Tick), Decision::unchanged(Some(at(100))));
    let start = change_at(100, &experiment, &Input::Tick);
    assert_eq!((start.to, start.reason), (State::Initializing, Reason::ScheduledStart));
    assert_eq!(start.effects, [Effect::GeneratePipelines]);
}

#[test]
fn it_expires_only_when_asked_to() {
    let mut experiment = in_state(State::Pending);
    experiment.spec.deadlines.pending = Some(Span::from_secs(50));
    assert_eq!(decide_at(49, &experiment, &Input::Tick), Decision::unchanged(Some(at(50))));
    assert_eq!(moved_to(50, &experiment, &Input::Tick), (State::Cancelled, Reason::PendingExpired));

    let policy = Policy { pending_deadline: Some(Span::from_secs(20)), ..Policy::default() };
    let unasked = in_state(State::Pending);
    let decision = decide(at(20), &policy, &unasked, &Input::Tick).expect("not rejected");
    assert_eq!(decision.change.map(|change| change.to), Some(State::Cancelled), "the controller's own default");
}

#[test]
fn a_scheduled_end_that_comes_first_cancels_it() {
    let mut experiment = in_state(State::Pending);
    experiment.spec.schedule.end = Some(at(40));
    assert_eq!(decide_at(39, &experiment, &Input::Tick), Decision::unchanged(Some(at(40))));
    assert_eq!(moved_to(40, &experiment, &Input::Tick), (State::Cancelled, Reason::PendingExpired));
}

#[test]
fn an_end_without_pipelines_needs_no_cleanup() {
    assert_eq!(change_at(1, &in_state(State::Pending), &cancel()).status.cleanup, Cleanup::Confirmed);
}
