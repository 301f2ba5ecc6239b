//! What runs: the worker drives due experiments, the sampler takes due samples, the keeper wakes, sweeps and counts.
//!
//! Every loop sleeps until something is due or somebody wakes it; the tick is only a safety net. Errors are logged here, once, with their
//! whole chain, and never end a loop.

mod keeper;
mod sampler;
mod worker;

use std::error::Error;
use std::fmt::Write as _;

use phoenix_core::error::Retry;
use phoenix_core::ports::clock::Clock;
use phoenix_core::ports::failure::Failure;
use phoenix_core::time::{Span, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use keeper::Keeper;
pub use sampler::SamplerLoop;
pub use worker::Worker;

/// How long a loop rests after a failure of the store that may pass.
const REST: Span = Span::from_secs(1);

/// How long a loop rests after a failure: one that does not pass, as a damaged database, is not asked again and again.
fn rest_after(failure: &Failure, tick: Span) -> Span {
    if failure.retry() == Retry::Never { tick } else { REST }
}

/// Sleeps until `at`, at most for `tick`, and less when a commit wakes it.
async fn sleep_until(
    clock: &dyn Clock,
    at: Option<Timestamp>,
    tick: Span,
    commits: &mut watch::Receiver<u64>,
    stop: &CancellationToken,
) {
    let pause = at.map_or(tick, |at| at.since(clock.now()).min(tick));
    tokio::select! {
        () = tokio::time::sleep(pause.to_std()) => {}
        _ = commits.changed() => {}
        () = stop.cancelled() => {}
    }
}

/// An error with everything that caused it, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
