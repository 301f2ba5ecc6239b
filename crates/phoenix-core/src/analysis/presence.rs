//! Which executables each arm reported over time. Of every executable only what the rules need is kept: counts, runs, and the reports of
//! the latest measurements. So the size depends on how many executables there are, and not on how long the run is.

use std::collections::BTreeMap;

use crate::analysis::critical::Critical;
use crate::analysis::fidelity::Agreement;
use crate::analysis::retention::Presence;
use crate::analysis::series::{Point, Series};
use crate::analysis::window::UsablePair;
use crate::analysis::words::float;
use crate::id::HostName;

/// One executable on one host over the judged part of the run, in both arms.
#[derive(Debug)]
pub(super) struct Track {
    /// True when a pattern of `criticalProcesses` matches.
    pub(super) critical: bool,
    /// When it was reported.
    pub(super) presence: Presence,
    /// Whether the values agree.
    pub(super) agreement: Agreement,
}

/// Every executable that any arm reported, by host and name.
#[derive(Debug)]
pub(super) struct Tracks {
    /// Number of judged instants.
    pub(super) instants: usize,
    /// Per judged instant with a critical executable in the baseline: how many there were, and how many of them the candidate had, too.
    pub(super) retained: Series,
    /// Samples per measurement of the collectors.
    stride: usize,
    by_host: BTreeMap<HostName, BTreeMap<String, Track>>,
}

impl Track {
    fn of(critical: bool) -> Self {
        Self { critical, presence: Presence::default(), agreement: Agreement::default() }
    }
}

impl Tracks {
    /// No executable yet. `stride` is the number of samples per measurement of the collectors.
    pub(super) fn new(stride: usize) -> Self {
        Self { instants: 0, retained: Series::default(), stride, by_host: BTreeMap::new() }
    }

    /// Takes a judged pair in.
    pub(super) fn take(&mut self, pair: &UsablePair<'_>, critical: &Critical<'_>) {
        let index = self.instants;
        self.instants += 1;
        let (mut present, mut kept) = (0_u64, 0_u64);
        for (host, baseline) in &pair.baseline.hosts {
            let Some(candidate) = pair.candidate.hosts.get(host) else { continue };
            let (baseline, candidate) = (&baseline.executables, &candidate.executables);
            let tracks = self.by_host.entry(host.clone()).or_default();
            let only_in_candidate = candidate.keys().filter(|name| !baseline.contains_key(*name));
            for name in baseline.keys().chain(only_in_candidate) {
                let (in_baseline, in_candidate) = (baseline.get(name), candidate.get(name));
                let track = tracks.entry(name.clone()).or_insert_with(|| Track::of(critical.matches(name)));
                track.presence.take(index, in_baseline.is_some(), in_candidate.is_some());
                track.agreement.take(index, in_baseline, in_candidate, self.stride);
                let is_watched = track.critical && in_baseline.is_some();
                present += u64::from(is_watched);
                kept += u64::from(is_watched && in_candidate.is_some());
            }
        }
        if present > 0 {
            self.retained.push_point(Point { baseline: float(present), candidate: float(kept) });
        }
    }

    /// The same once no further pair comes.
    pub(super) fn ended(mut self) -> Self {
        for track in self.by_host.values_mut().flat_map(BTreeMap::values_mut) {
            track.agreement.end(self.stride);
        }
        self
    }

    /// Each executable with its host and name, in the order of both.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HostName, &str, &Track)> {
        self.by_host
            .iter()
            .flat_map(|(host, tracks)| tracks.iter().map(move |(name, track)| (host, name.as_str(), track)))
    }
}
