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
            ("pause", "pausing is not possible while the experiment is pending"),
            ("resume", "resuming is not possible while the experiment is pending"),
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

#[test]
fn a_freeze_holds_every_start_back_and_nothing_else() {
    let frozen = Policy { frozen: true, ..Policy::default() };
    let mut experiment = in_state(State::Pending);
    let start = Input::Command(Command::Start);
    assert_eq!(decide(at(1), &frozen, &experiment, &start), Err(Rejected::Frozen));
    assert_eq!(Error::from(Rejected::Frozen).code(), Code::Frozen);
    experiment.spec.schedule.start = Some(at(10));
    experiment.spec.schedule.end = Some(at(100));
    let waits = |secs, until| {
        let decision = decide(at(secs), &frozen, &experiment, &Input::Tick).expect("not rejected");
        assert_eq!(decision, Decision::unchanged(Some(at(until))));
    };
    waits(1, 11);
    waits(50, 60);
    waits(95, 100);
    let expired = decide(at(100), &frozen, &experiment, &Input::Tick).expect("not rejected").change;
    assert_eq!(expired.map(|change| change.to), Some(State::Cancelled));
    let cancelled = decide(at(1), &frozen, &experiment, &cancel()).expect("not rejected").change;
    assert_eq!(cancelled.map(|change| change.to), Some(State::Cancelled));
    assert_eq!(
        moved_to(50, &experiment, &Input::Tick),
        (State::Initializing, Reason::ScheduledStart),
        "after the thaw"
    );
    for state in [State::Initializing, State::Deploying, State::Running, State::Analyzing] {
        let started = in_state(state);
        for (name, input) in inputs() {
            let thawed = decide(at(3), &Policy::default(), &started, &input);
            assert_eq!(decide(at(3), &frozen, &started, &input), thawed, "{state}: {name}");
        }
    }
}
