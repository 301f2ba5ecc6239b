//! Points at which this process kills itself, as `kill -9` does: around every call by which an experiment changes the world or the store.
//!
//! For the tests of crashes alone. The module exists with the feature `kill-points`; even then it sleeps in every program that does not
//! [`enable`] it, and the only one that does is `phoenix-server-killable`. There two variables of the environment wake it:
//!
//! - `PHOENIX_KILL_AT=deployer.ensure/candidate@deploying:after#1`: the process dies there, the first time it comes by;
//! - `PHOENIX_KILL_TRACE=FILE`: every point that the process passes is appended to the file.
//!
//! Reading order: `place` (what a point is), `list` (all there are, as a table), `plan` (who dies where), `guarded` (the ports
//! with the points around their calls).
//!
//! Knows nothing of how a call is done, and nothing of more than one experiment: a process under test has one.

mod guarded;
mod list;
mod place;
mod plan;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use phoenix_core::app::Ports;

use crate::config::Environment;
use guarded::Guarded;
use plan::Plan;

pub use list::{Scenario, places, points, recorded_at, representative, twice};
pub use place::{Call, Moment, Place, Point};

/// Where the process is to die.
const KILL_AT: &str = "PHOENIX_KILL_AT";
/// Where it leaves its trace.
const KILL_TRACE: &str = "PHOENIX_KILL_TRACE";

static IS_ENABLED: AtomicBool = AtomicBool::new(false);

/// From now on the variables of the environment count.
pub fn enable() {
    IS_ENABLED.store(true, Ordering::Relaxed);
}

/// The ports with points around their calls, if this program has them and the environment asks for them; else the ports as they are.
///
/// # Errors
///
/// A point that is not in the list, or a trace that cannot be written.
pub fn around(ports: Ports, environment: &Environment) -> anyhow::Result<Ports> {
    let (at, trace) = (environment.get(KILL_AT), environment.get(KILL_TRACE));
    if !IS_ENABLED.load(Ordering::Relaxed) || (at, trace) == (None, None) {
        return Ok(ports);
    }
    let at = at.map(str::parse).transpose().context(KILL_AT)?;
    let plan = Plan::new(at, trace.map(std::path::Path::new)).context(KILL_TRACE)?;
    Ok(Arc::new(Guarded::new(ports, plan)).ports())
}
