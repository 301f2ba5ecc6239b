//! Which executables each arm reported at which judged instant.

use std::collections::BTreeMap;

use crate::analysis::sample::{ArmSample, Executable};
use crate::analysis::series::valid;
use crate::analysis::window::Window;
use crate::id::HostName;

/// One executable in one arm at one judged instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting {
    /// Which of the judged instants.
    pub(super) index: usize,
    pub(super) processes: u32,
    /// Summed memory, unless the report makes no sense.
    pub(super) memory_bytes: Option<f64>,
}

/// One executable on one host over the judged part of the run, in both arms.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    pub(super) baseline: Vec<Sighting>,
    pub(super) candidate: Vec<Sighting>,
}

/// Every executable that any arm reported, by host and name.
#[derive(Debug)]
pub(super) struct Tracks<'a> {
    /// Number of judged instants.
    pub(super) instants: usize,
    by_name: BTreeMap<(&'a HostName, &'a str), Track>,
}

impl<'a> Tracks<'a> {
    /// Collects the sightings of all judged pairs.
    pub(super) fn of(window: &Window<'a>) -> Self {
        let mut by_name: BTreeMap<(&'a HostName, &'a str), Track> = BTreeMap::new();
        let mut instants = 0;
        for (index, pair) in window.judged().enumerate() {
            instants = index + 1;
            for (key, executable) in executables(pair.baseline) {
                by_name.entry(key).or_default().baseline.push(sighting(index, *executable));
            }
            for (key, executable) in executables(pair.candidate) {
                by_name.entry(key).or_default().candidate.push(sighting(index, *executable));
            }
        }
        Self { instants, by_name }
    }

    /// Each executable with its host and name, in the order of both.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a HostName, &'a str, &Track)> {
        self.by_name.iter().map(|((host, name), track)| (*host, *name, track))
    }
}

fn executables(arm: &ArmSample) -> impl Iterator<Item = ((&HostName, &str), &Executable)> {
    arm.hosts.iter().flat_map(|(host, reading)| {
        reading.executables.iter().map(move |(name, executable)| ((host, name.as_str()), executable))
    })
}

fn sighting(index: usize, executable: Executable) -> Sighting {
    Sighting { index, processes: executable.processes, memory_bytes: valid(executable.memory_bytes) }
}

/// Whether an arm reported the executable, instant by instant.
pub(super) fn seen_at(sightings: &[Sighting], instants: usize) -> Vec<bool> {
    by_instant(sightings, instants, |_| true).into_iter().map(|seen| seen.unwrap_or(false)).collect()
}

/// What `value` makes of each sighting, instant by instant; `None` where there was none.
pub(super) fn by_instant<T: Copy>(
    sightings: &[Sighting],
    instants: usize,
    value: impl Fn(&Sighting) -> T,
) -> Vec<Option<T>> {
    let mut values = vec![None; instants];
    for sighting in sightings {
        if let Some(slot) = values.get_mut(sighting.index) {
            *slot = Some(value(sighting));
        }
    }
    values
}
