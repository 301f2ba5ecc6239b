//! Whether everything is stored that was to be sampled by the end of a run.
//!
//! The run and its samples are driven by different loops. When the controller was down, or its sampler is late, the duration must not be
//! taken for passed: the clock of the run stands while nobody could look.

use crate::app::Ports;
use crate::experiment::{Experiment, State};
use crate::ports::failure::Failure;
use crate::time::{Span, Timestamp};

/// A gap in the sampling up to this length is a hiccup: the clock goes on, so its instants are recorded as not taken and count as missing.
pub(super) const HICCUP: Span = Span::from_secs(10);
/// How soon to look again for samples that are being taken.
const POLL: Span = Span::from_millis(250);

/// How far the samples are behind the end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lag {
    /// Not at all, or the run does not end by its duration now.
    None,
    /// The latest are being taken; look again then.
    Passing(Timestamp),
    /// Nobody has sampled for too long.
    Outage {
        /// The first missing instant.
        since: Timestamp,
    },
}

/// How far the samples are behind, at the moment at which the duration has passed. It costs nothing before that.
pub(super) async fn lag(ports: &Ports, experiment: &Experiment, now: Timestamp) -> Result<Lag, Failure> {
    let schedule = &experiment.spec.schedule;
    let Some(clock) = experiment.status.clock.filter(|_| experiment.state == State::Running) else {
        return Ok(Lag::None);
    };
    let is_over = |at: Option<Timestamp>| at.is_some_and(|at| now >= at);
    let Some(ends_at) = clock.ends_at(schedule.duration).filter(|at| now >= *at && !is_over(schedule.end)) else {
        return Ok(Lag::None);
    };
    let latest = ports.samples.latest_instant(experiment).await?;
    // While the clock stood nothing was expected.
    let since = clock.running_since.unwrap_or(clock.ready_at);
    let missing = latest.unwrap_or(clock.ready_at).max(since).next_aligned(schedule.sample_interval);
    Ok(match now.since(missing) {
        _ if missing > ends_at => Lag::None,
        behind if behind <= HICCUP => Lag::Passing(now + POLL),
        _ => Lag::Outage { since: missing },
    })
}
