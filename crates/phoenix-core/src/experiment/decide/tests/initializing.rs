//! What every input does in the state `initializing`, and what time alone does.

use super::*;

#[test]
fn every_input() {
    assert_table(
        State::Initializing,
        &[
            ("start", "Invalid state transition from initializing to initializing"),
            ("stop", "Invalid state transition from initializing to analyzing"),
            ("cancel", "failed, experiment.cancelled, CancelRequested"),
            ("abort", "failed, experiment.failed, AbortRequested"),
            ("pause", "pausing is not possible while the experiment is initializing"),
            ("resume", "resuming is not possible while the experiment is initializing"),
            ("redeploy", "deploying a pipeline is not possible while the experiment is initializing"),
            ("generated", "deploying, experiment.deploying, Generated"),
            ("effect failed", "failed, experiment.failed, GenerationFailed"),
        ],
    );
}

#[test]
fn the_first_result_is_stored_and_remembered_by_name_and_hash() {
    let experiment = in_state(State::Initializing);
    let pair = generated(&experiment);
    let accepted = change_at(1, &experiment, &ended(7, made()));
    assert_eq!(accepted.generated.as_deref(), Some(&pair));
    assert_eq!(accepted.status.pipelines, Some(pair.map(|_, pipeline| PipelineRef::from(pipeline))));
    let another =
        ended(7, EffectOutcome::Generated { pipelines: Box::new(pair), warnings: "little memory".to_owned() });
    let later = experiment.after(&accepted, at(1));
    assert_eq!(decide_at(2, &later, &another).change, None, "a repeated result");
}

#[test]
fn its_deadline_is_a_minute_unless_the_experiment_says_otherwise() {
    let mut experiment = in_state(State::Initializing);
    assert_eq!(decide_at(59, &experiment, &Input::Tick), Decision::unchanged(Some(at(60))));
    assert_eq!(moved_to(60, &experiment, &Input::Tick), (State::Failed, Reason::InitializingDeadline));
    experiment.spec.deadlines.initializing = Some(Span::from_secs(5));
    assert_eq!(moved_to(5, &experiment, &Input::Tick), (State::Failed, Reason::InitializingDeadline));
}

#[test]
fn what_there_is_to_say_about_the_target_is_in_the_history() {
    let outcome = EffectOutcome::Generated {
        pipelines: Box::new(generated(&in_state(State::Initializing))),
        warnings: "host.memory: little is left".to_owned(),
    };
    let accepted = change_at(1, &in_state(State::Initializing), &ended(7, outcome));
    assert_eq!((accepted.to, accepted.message.as_str()), (State::Deploying, "host.memory: little is left"));
}
