//! What every input does in the terminal states, and how their cleanup is confirmed.

use super::*;
use crate::experiment::{Desired, desired};

const ENDS: [State; 3] = [State::Completed, State::Failed, State::Cancelled];

#[test]
fn every_input() {
    for end in ENDS {
        let confirmed = format!("{end}, experiment.cleaned_up, PipelinesRemoved");
        let refused = |to: State| format!("Invalid state transition from {end} to {to}");
        assert_table(
            end,
            &[
                ("start", &refused(State::Initializing)),
                ("stop", &refused(State::Analyzing)),
                ("cancel", &refused(State::Cancelled)),
                ("abort", &refused(State::Failed)),
                ("redeploy", &format!("deploying a pipeline is not possible while the experiment is {end}")),
                ("pause", &format!("pausing is not possible while the experiment is {end}")),
                ("resume", &format!("resuming is not possible while the experiment is {end}")),
                ("both removed", &confirmed),
            ],
        );
    }
}

#[test]
fn the_cleanup_is_confirmed_once() {
    for end in ENDS {
        let experiment = in_state(end);
        assert!(matches!(desired(&experiment), Desired::Absent(_)));
        let gone = observed(PipelinePhase::Removed, PipelinePhase::Removed);
        let confirmed = change_at(9, &experiment, &gone);
        assert_eq!((confirmed.to, confirmed.status.cleanup), (end, Cleanup::Confirmed));
        let experiment = experiment.after(&confirmed, at(9));
        assert_eq!(decide_at(10, &experiment, &gone).change, None);
        assert_eq!(desired(&experiment), Desired::Untouched);
    }
}

#[test]
fn pipelines_are_kept_when_asked_to() {
    let mut experiment = in_state(State::Running);
    experiment.spec.keep_pipelines = true;
    let ended = experiment.clone().after(&change_at(1, &experiment, &cancel()), at(1));
    assert_eq!(ended.status.cleanup, Cleanup::Kept);
    assert!(matches!(desired(&ended), Desired::Present(_)));
}
