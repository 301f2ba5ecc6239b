//! An experiment with its present status.

use phoenix_core::experiment::{Cleanup, Experiment};
use phoenix_core::ports::store::Deployment;
use phoenix_core::time::Timestamp;
use phoenix_proto::controller::v1 as proto;

use crate::grpc::convert::pipeline;
use crate::grpc::convert::spec::spec;
use crate::grpc::convert::state::state;
use crate::grpc::convert::time::{duration, timestamp};

/// What surrounds experiments in an answer.
#[derive(Clone, Copy)]
pub(in crate::grpc) struct Surroundings<'a> {
    /// The present instant: some of a status depends on it.
    pub(in crate::grpc) now: Timestamp,
    /// Where pipelines are deployed to.
    pub(in crate::grpc) namespace: &'a str,
}

/// An experiment as a message.
pub(in crate::grpc) fn experiment(
    experiment: &Experiment,
    deployments: &[Deployment],
    around: Surroundings<'_>,
) -> proto::Experiment {
    proto::Experiment {
        id: experiment.id.to_string(),
        name: experiment.name.to_string(),
        state: Some(state(experiment.state)),
        spec: Some(spec(experiment)),
        status: Some(status(experiment, deployments, around)),
        created_at: Some(timestamp(experiment.created_at)),
        updated_at: Some(timestamp(experiment.updated_at)),
    }
}

fn status(experiment: &Experiment, deployments: &[Deployment], around: Surroundings<'_>) -> proto::ExperimentStatus {
    let status = &experiment.status;
    let clock = status.clock.as_ref();
    let interval = experiment.spec.schedule.sample_interval;
    proto::ExperimentStatus {
        reason: status.reason.map(|reason| reason.to_string()).unwrap_or_default(),
        message: status.message.clone(),
        verdict: status.verdict.map(|verdict| verdict.to_string()).unwrap_or_default(),
        revision: experiment.revision.0,
        state_since: Some(timestamp(status.entered_at)),
        running_since: clock.and_then(|clock| clock.running_since).map(timestamp),
        elapsed: clock.map(|clock| duration(clock.elapsed)),
        outage_used: clock.map(|clock| duration(clock.outage_at(around.now))),
        planned_samples: clock.map(|clock| clock.planned_samples),
        samples_taken: clock.map_or(0, |clock| clock.instants(interval, around.now)),
        pipelines: deployments.iter().map(|deployment| pipeline::status(deployment, around.namespace)).collect(),
        cleaned_up: is_cleaned_up(status.cleanup),
        tenant: experiment.tenant.to_string(),
        paused_since: clock.and_then(|clock| clock.paused_since).map(timestamp),
        paused: clock.map(|clock| duration(clock.paused_at(around.now))),
    }
}

const fn is_cleaned_up(cleanup: Cleanup) -> bool {
    match cleanup {
        Cleanup::Confirmed => true,
        Cleanup::NotDue | Cleanup::Pending | Cleanup::Kept => false,
    }
}

#[cfg(test)]
mod tests {
    use phoenix_core::analysis::Verdict;
    use phoenix_core::experiment::{Reason, RunClock, State};
    use phoenix_core::time::Span;

    use phoenix_core::testing::build::{self, at};

    use super::*;

    fn shown(one: &Experiment, now: i64) -> proto::ExperimentStatus {
        let around = Surroundings { now: at(now), namespace: "local" };
        experiment(one, &[], around).status.expect("a status")
    }

    #[test]
    fn a_pending_experiment_has_no_clock() {
        let one = build::experiment("e1", "one");
        let message = experiment(&one, &[], Surroundings { now: at(9), namespace: "local" });
        assert_eq!((message.id.as_str(), message.name.as_str()), ("e1", "one"));
        assert_eq!((message.state, message.created_at), (Some(state(State::Pending)), Some(timestamp(at(0)))));
        let status = message.status.expect("a status");
        assert_eq!((status.revision, status.tenant.as_str(), status.reason.as_str()), (1, "default", "Created"));
        assert_eq!((status.elapsed, status.running_since, status.planned_samples), (None, None, None));
        assert_eq!((status.samples_taken, status.verdict.as_str(), status.cleaned_up), (0, "", false));
    }

    #[test]
    fn the_clock_shows_what_is_banked_and_the_outage_up_to_now() {
        let mut one = build::experiment("e1", "one");
        one.state = State::Running;
        one.status.clock = Some(RunClock::start(at(0), 60));
        let status = shown(&one, 10);
        assert_eq!((status.running_since, status.elapsed), (Some(timestamp(at(0))), Some(duration(Span::ZERO))));
        assert_eq!((status.samples_taken, status.planned_samples), (10, Some(60)));

        one.status.clock = one.status.clock.map(|clock| clock.stopped(at(20)));
        let status = shown(&one, 25);
        assert_eq!((status.running_since, status.elapsed), (None, Some(duration(Span::from_secs(20)))));
        assert_eq!((status.outage_used, status.samples_taken), (Some(duration(Span::from_secs(5))), 25));
    }

    #[test]
    fn an_ended_experiment_shows_its_verdict_and_its_cleanup() {
        let mut one = build::experiment("e1", "one");
        one.state = State::Completed;
        one.status.verdict = Some(Verdict::Reject);
        one.status.reason = Some(Reason::Analysed);
        one.status.clock = Some(RunClock::start(at(0), 60).ended(at(30)));
        for (cleanup, cleaned_up) in
            [(Cleanup::Pending, false), (Cleanup::Kept, false), (Cleanup::NotDue, false), (Cleanup::Confirmed, true)]
        {
            one.status.cleanup = cleanup;
            let status = shown(&one, 1_000);
            assert_eq!((status.verdict.as_str(), status.reason.as_str()), ("reject", "Analysed"));
            assert_eq!((status.samples_taken, status.cleaned_up), (30, cleaned_up), "{cleanup:?}");
        }
    }
}
