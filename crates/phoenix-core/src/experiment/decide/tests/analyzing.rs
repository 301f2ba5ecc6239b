//! What every input does in the state `analyzing`, and what time alone does.

use super::*;

#[test]
fn every_input() {
    assert_table(
        State::Analyzing,
        &[
            ("start", "Invalid state transition from analyzing to initializing"),
            ("stop", "Invalid state transition from analyzing to analyzing"),
            ("cancel", "Invalid state transition from analyzing to cancelled"),
            ("abort", "failed, experiment.failed, AbortRequested"),
            ("pause", "pausing is not possible while the experiment is analyzing"),
            ("resume", "resuming is not possible while the experiment is analyzing"),
            ("redeploy", "deploying a pipeline is not possible while the experiment is analyzing"),
            ("analysed", "completed, experiment.completed, Analysed"),
            ("effect failed", "failed, experiment.failed, GenerationFailed"),
        ],
    );
}

#[test]
fn it_completes_with_the_verdict_and_its_first_reason() {
    let done = change_at(1, &in_state(State::Analyzing), &ended(7, analysed(60)));
    assert_eq!((done.to, done.status.verdict), (State::Completed, Some(Verdict::Promote)));
    assert_eq!((done.message.as_str(), done.status.cleanup), ("saves 20 %", Cleanup::Pending));
}

#[test]
fn without_a_usable_sample_it_fails_whatever_the_verdict_says() {
    let none = ended(7, analysed(0));
    assert_eq!(moved_to(1, &in_state(State::Analyzing), &none), (State::Failed, Reason::EvidenceNeverCame));
}

#[test]
fn a_run_that_a_guardrail_ended_is_rejected_whatever_the_samples_say() {
    for reason in [Reason::GuardrailBreached, Reason::CandidateEmitsNothing] {
        let mut experiment = in_state(State::Analyzing);
        experiment.status.ended_by = Some(reason);
        experiment.status.message = "memory".to_owned();
        for samples in [0, 60] {
            let done = change_at(1, &experiment, &ended(7, analysed(samples)));
            assert_eq!((done.to, done.status.verdict, done.reason), (State::Completed, Some(Verdict::Reject), reason));
            assert_eq!(done.message, "memory");
        }
    }
}

#[test]
fn its_deadline_is_two_minutes() {
    let experiment = in_state(State::Analyzing);
    assert_eq!(decide_at(119, &experiment, &Input::Tick), Decision::unchanged(Some(at(120))));
    assert_eq!(moved_to(120, &experiment, &Input::Tick), (State::Failed, Reason::AnalyzingDeadline));
}
