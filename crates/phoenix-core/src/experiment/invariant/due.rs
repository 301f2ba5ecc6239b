//! When a state must have been left (invariant 11), told independently of the decision function that it judges.

use crate::experiment::{Experiment, Policy, State};
use crate::time::{Span, Timestamp};

/// The instant by which the present state must be left by time alone; `None` when time alone moves nothing.
pub fn due_by(policy: &Policy, experiment: &Experiment) -> Option<Timestamp> {
    let own = &experiment.spec.deadlines;
    let schedule = &experiment.spec.schedule;
    let within = |limit: Span| Some(experiment.status.entered_at + limit);
    let candidates = match experiment.state {
        State::Pending => {
            // A frozen controller starts nothing; the other ends of the wait stand.
            let start = schedule.start.filter(|_| !policy.frozen);
            [own.pending.or(policy.pending_deadline).and_then(within), start, schedule.end]
        }
        State::Initializing => [within(own.initializing.unwrap_or(policy.initializing_deadline)), None, None],
        State::Deploying => [within(own.deploying.unwrap_or(policy.deploying_deadline)), schedule.end, None],
        State::Running => {
            let clock = experiment.status.clock;
            let run = clock.and_then(|clock| {
                clock.running_since.map(|since| since + schedule.duration.saturating_sub(clock.elapsed))
            });
            let outage = clock.and_then(|clock| {
                let rest = experiment.spec.policy.outage_budget.saturating_sub(clock.outage_used);
                clock.outage_since.map(|since| since + rest)
            });
            [run, outage, schedule.end]
        }
        State::Analyzing => [within(own.analyzing.unwrap_or(policy.analyzing_deadline)), None, None],
        State::Completed | State::Failed | State::Cancelled => [None, None, None],
    };
    candidates.into_iter().flatten().min()
}

/// How long the present state has lasted beyond its deadline.
pub fn overdue(policy: &Policy, experiment: &Experiment, now: Timestamp) -> Option<Span> {
    due_by(policy, experiment).filter(|at| *at < now).map(|at| now.since(at))
}
