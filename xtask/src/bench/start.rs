//! From the start of the process to `/ready`: in an empty place, over what an earlier server stored, and over what it left running.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::figure::{Bound, Figure, Quantity};
use super::server::Server;

/// The limit, in seconds.
const LIMIT: f64 = 0.3;

/// Starts a server again and again and stops it; each time in the directory that `place` names.
pub(super) fn measure(
    name: &str,
    program: &Path,
    collector: &Path,
    times: usize,
    place: impl Fn(usize) -> std::path::PathBuf,
) -> Result<Figure> {
    let mut took = Vec::with_capacity(times);
    for number in 0..times {
        let (server, time) = Server::start(program, &place(number), collector)?;
        took.push(time);
        server.stop()?;
    }
    took.sort();
    let seconds = |at: usize| took.get(at).map_or(f64::NAN, Duration::as_secs_f64);
    let note = format!("slowest of {times}, median {:.0} ms", seconds(times / 2) * 1e3);
    let slowest = Quantity::Time(seconds(times.saturating_sub(1)));
    Ok(Figure::new(format!("start to `/ready`, {name}"), slowest, Bound::Below(Quantity::Time(LIMIT))).with_note(note))
}
