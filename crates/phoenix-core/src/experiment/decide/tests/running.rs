//! What every input does in the state `running`, and what time alone does.

use super::*;

#[test]
fn every_input() {
    assert_table(
        State::Running,
        &[
            ("start", "Invalid state transition from running to initializing"),
            ("stop", "analyzing, experiment.analyzing, StopRequested, analyse_samples"),
            ("cancel", "cancelled, experiment.cancelled, CancelRequested"),
            ("abort", "failed, experiment.failed, AbortRequested"),
            ("redeploy", "running, experiment.redeploying, DeployRequested"),
            ("pause", "running, experiment.paused, PauseRequested"),
            ("candidate failed", "analyzing, experiment.analyzing, GuardrailBreached, analyse_samples"),
            ("baseline failed", "failed, experiment.failed, GuardrailBreached"),
            ("both failed", "failed, experiment.failed, GuardrailBreached"),
            ("outage began", "running, experiment.outage_began, OutageBegan"),
            ("baseline breaches", "failed, experiment.failed, GuardrailBreached"),
            ("candidate breaches", "analyzing, experiment.analyzing, GuardrailBreached, analyse_samples"),
            ("both breach", "failed, experiment.failed, GuardrailBreached"),
            ("candidate silent", "analyzing, experiment.analyzing, CandidateEmitsNothing, analyse_samples"),
        ],
    );
}

#[test]
fn it_ends_after_its_duration_and_seals_the_clock() {
    let experiment = in_state(State::Running);
    assert_eq!(decide_at(59, &experiment, &Input::Tick), Decision::unchanged(Some(at(60))));
    let ended = change_at(60, &experiment, &Input::Tick);
    assert_eq!((ended.to, ended.status.ended_by), (State::Analyzing, Some(Reason::DurationElapsed)));
    let clock = ended.status.clock.expect("a clock");
    assert_eq!((clock.elapsed, clock.running_since, clock.planned_samples), (Span::from_secs(60), None, 60));
    let ready = observed(PipelinePhase::Ready, PipelinePhase::Ready);
    assert_eq!(moved_to(60, &experiment, &ready), (State::Analyzing, Reason::DurationElapsed), "whatever arrives");
}

#[test]
fn both_failed_pipelines_are_named() {
    let failed = change_at(9, &in_state(State::Running), &observed(PipelinePhase::Failed, PipelinePhase::Failed));
    assert_eq!(failed.message, "baseline: exit 1; candidate: exit 1");
}

#[test]
fn an_outage_stops_the_clock_back_to_the_first_missed_instant() {
    let experiment = in_state(State::Running);
    let began = decide_at(33, &experiment, &Input::OutageBegan { since: at(30) });
    assert_eq!(began.wake_at, Some(at(630)), "when the budget of 10 minutes is used up");
    let mut experiment = experiment.after(&began.change.expect("a change"), at(33));
    assert_eq!(experiment.status.clock.map(|clock| clock.elapsed), Some(Span::from_secs(30)));
    assert_eq!(decide_at(40, &experiment, &Input::OutageBegan { since: at(35) }).change, None, "repeated");

    let ended = decide_at(100, &experiment, &Input::OutageEnded { at: at(100) });
    assert_eq!(ended.wake_at, Some(at(130)), "30 s of 60 s are left");
    experiment = experiment.after(&ended.change.expect("a change"), at(100));
    assert_eq!(decide_at(100, &experiment, &Input::OutageEnded { at: at(100) }).change, None, "repeated");
    assert_eq!(decide_at(129, &experiment, &Input::Tick).change, None);
    assert_eq!(moved_to(130, &experiment, &Input::Tick), (State::Analyzing, Reason::DurationElapsed));
}

#[test]
fn only_the_budget_ends_an_outage_and_it_is_one_for_all_of_them() {
    let experiment = in_state(State::Running);
    let stopped = |experiment: Experiment, secs: i64| {
        let change = change_at(secs, &experiment, &Input::OutageBegan { since: at(secs) });
        experiment.after(&change, at(secs))
    };
    let experiment = stopped(experiment, 30);
    assert_eq!(decide_at(629, &experiment, &Input::Tick), Decision::unchanged(Some(at(630))));
    assert_eq!(moved_to(630, &experiment, &Input::Tick), (State::Analyzing, Reason::OutageBudgetExhausted));

    let resumed = change_at(530, &experiment, &Input::OutageEnded { at: at(530) });
    let experiment = stopped(experiment.after(&resumed, at(530)), 540);
    assert_eq!(decide_at(541, &experiment, &Input::Tick), Decision::unchanged(Some(at(640))), "100 s are left");
    assert_eq!(moved_to(640, &experiment, &Input::Tick), (State::Analyzing, Reason::OutageBudgetExhausted));
}

#[test]
fn an_outage_that_ends_after_its_budget_has_used_it_up_whoever_is_first() {
    let began = change_at(30, &in_state(State::Running), &Input::OutageBegan { since: at(30) });
    let experiment = in_state(State::Running).after(&began, at(30));
    let ended = |secs| moved_to(700, &experiment, &Input::OutageEnded { at: at(secs) });
    assert_eq!(ended(629), (State::Running, Reason::OutageEnded));
    assert_eq!(ended(630), (State::Analyzing, Reason::OutageBudgetExhausted));
}

#[test]
fn instants_that_have_not_come_are_not_counted() {
    let began = change_at(33, &in_state(State::Running), &Input::OutageBegan { since: at(50) });
    assert_eq!(began.status.clock.map(|clock| clock.elapsed), Some(Span::from_secs(33)));
}

#[test]
fn the_scheduled_end_is_wall_time_and_wins_over_an_outage() {
    let mut experiment = in_state(State::Running);
    experiment.spec.schedule.end = Some(at(40));
    experiment.status.clock = experiment.status.clock.map(|clock| clock.stopped(at(30)));
    assert_eq!(decide_at(39, &experiment, &Input::Tick), Decision::unchanged(Some(at(40))));
    assert_eq!(moved_to(40, &experiment, &Input::Tick), (State::Analyzing, Reason::ScheduledEnd));
}

#[test]
fn a_row_without_a_clock_does_not_run_for_ever() {
    let mut experiment = in_state(State::Running);
    experiment.status.clock = None;
    assert_eq!(moved_to(1, &experiment, &Input::Tick), (State::Failed, Reason::EvidenceNeverCame));
}

fn pause() -> Input {
    Input::Command(Command::Pause { message: "maintenance".to_owned() })
}

fn resume() -> Input {
    Input::Command(Command::Resume { message: String::new() })
}

#[test]
fn a_pause_holds_the_clock_until_it_is_resumed() {
    let experiment = in_state(State::Running);
    assert_eq!(decide_at(5, &experiment, &resume()).change, None, "it is not paused");
    let paused = decide_at(20, &experiment, &pause());
    assert_eq!(paused.wake_at, None, "only a command ends a pause");
    let change = paused.change.expect("a change");
    assert_eq!(change.message, "maintenance");
    let experiment = experiment.after(&change, at(20));
    for (name, input) in inputs() {
        let is_quiet = matches!(
            name,
            "pause"
                | "tick"
                | "outage began"
                | "outage ended"
                | "candidate silent"
                | "both ready"
                | "candidate degraded"
        );
        if is_quiet {
            assert_eq!(decide_at(9_000, &experiment, &input), Decision::unchanged(None), "{name}");
        }
    }
    let breached = (State::Analyzing, Reason::GuardrailBreached);
    assert_eq!(moved_to(25, &experiment, &breach(Party::Candidate)), breached, "guardrails hold");
    assert_eq!(moved_to(25, &experiment, &cancel()), (State::Cancelled, Reason::CancelRequested));

    let resumed = decide_at(100, &experiment, &resume());
    assert_eq!(resumed.wake_at, Some(at(140)), "40 s of 60 s are left");
    let experiment = experiment.after(&resumed.change.expect("a change"), at(100));
    assert_eq!(decide_at(139, &experiment, &Input::Tick).change, None);
    let ended = change_at(140, &experiment, &Input::Tick);
    let clock = ended.status.clock.expect("a clock");
    assert_eq!(
        (clock.elapsed, clock.paused, clock.outage_used),
        (Span::from_secs(60), Span::from_secs(80), Span::ZERO)
    );
}

#[test]
fn a_pause_ends_an_outage_and_the_scheduled_end_ends_a_pause() {
    let mut experiment = in_state(State::Running);
    experiment.spec.schedule.end = Some(at(300));
    for (secs, input) in [(10, Input::OutageBegan { since: at(10) }), (30, pause())] {
        let change = change_at(secs, &experiment, &input);
        experiment = experiment.after(&change, at(secs));
    }
    let clock = experiment.status.clock.expect("a clock");
    assert_eq!((clock.outage_since, clock.outage_used), (None, Span::from_secs(20)), "nobody's fault from now on");
    assert_eq!(decide_at(299, &experiment, &Input::Tick), Decision::unchanged(Some(at(300))));
    assert_eq!(moved_to(300, &experiment, &Input::Tick), (State::Analyzing, Reason::ScheduledEnd));
}
