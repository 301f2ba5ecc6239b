//! Does the candidate still see what the baseline sees? Critical executables decide, every lost one is listed.
//!
//! The rule for a critical executable is one of sets over time, not of averages. Where the baseline reports it and the candidate does not,
//! that is a *candidate-only absence*. Processes come and go by themselves, so the length that counts as lost is measured by the longest
//! gap G between two sightings of any critical executable in the baseline (in samples): lost is
//!
//! * an absence of at least max(4, 3 G + 1) samples in a row at any time, or
//! * one of at least max(4, 2 G + 1) samples that still lasts at the end, or
//! * never having been seen, while the baseline saw it in at least max(4, 2 G + 1) samples.
//!
//! On identical arms with randomly flickering processes these limits raised an alarm in at most 1.3 % of simulated runs, whereas fixed
//! limits of 3, 4 or 8 samples did in up to all of them. A shorter absence proves no loss and still withholds the pass. Where a collector
//! measures less often than it is sampled, one missed measurement shows in several samples, and the 4 grow accordingly.

use crate::analysis::critical::Critical;
use crate::analysis::presence::Tracks;
use crate::analysis::words::{count, counted};
use crate::analysis::{LostExecutable, Outcome};
use crate::id::HostName;

/// Shortest absence, in measurements, that may be a loss.
const SHORTEST_LOSS: usize = 4;
/// An executable that the baseline saw less often is not called lost: the collectors measure at different moments.
const LEAST_SIGHTINGS: usize = 2;

/// What became of the critical executables.
#[derive(Debug)]
pub(super) struct Retention {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
}

/// When one executable was reported, and its candidate-only absences. Told instant by instant; those at which neither arm reported it may
/// be left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presence {
    /// Samples in which the baseline saw it.
    pub(super) seen: usize,
    /// Samples in which the candidate alone did not.
    absent: usize,
    /// The longest run of those.
    longest: usize,
    /// The latest run of those, and the instant at which it ended so far.
    latest: usize,
    absent_at: Option<usize>,
    /// The latest sighting in the baseline, and the longest gap between two.
    seen_at: Option<usize>,
    gap: usize,
    ever_in_candidate: bool,
}

impl Presence {
    /// Takes in who reported it at the instant of this number.
    pub(super) fn take(&mut self, index: usize, in_baseline: bool, in_candidate: bool) {
        self.ever_in_candidate |= in_candidate;
        if !in_baseline {
            return;
        }
        self.seen += 1;
        if let Some(before) = self.seen_at.replace(index) {
            self.gap = self.gap.max(index.saturating_sub(before).saturating_sub(1));
        }
        if !in_candidate {
            let goes_on = self.absent_at.is_some_and(|before| before + 1 == index);
            self.absent_at = Some(index);
            self.latest = if goes_on { self.latest + 1 } else { 1 };
            self.absent += 1;
            self.longest = self.longest.max(self.latest);
        }
    }

    /// The length of the absence that lasts at the end of so many instants.
    fn ongoing(&self, instants: usize) -> usize {
        if self.absent_at.is_some_and(|at| at + 1 == instants) { self.latest } else { 0 }
    }
}

/// What became of one executable.
struct Absence<'a> {
    host: &'a HostName,
    name: &'a str,
    presence: Presence,
    ongoing: usize,
    critical: bool,
}

/// Judges the retention of critical executables. `stride` is the number of samples per measurement of the collectors.
pub(super) fn retention(tracks: &Tracks, critical: &Critical<'_>, stride: usize, minimum_samples: u64) -> Retention {
    let absences: Vec<Absence<'_>> = absences(tracks).filter(|absence| absence.critical).collect();
    let gap = longest_gap(&absences);
    let lost: Vec<String> =
        absences.iter().filter(|absence| absence.is_loss(gap, stride)).map(Absence::describe_loss).collect();
    let names: Vec<&str> = absences.iter().map(|absence| absence.name).collect();
    let (outcome, reason) = if lost.is_empty() {
        judge_without_loss(&absences, &critical.unmatched(&names), count(tracks.instants), minimum_samples)
    } else {
        (Outcome::Regressed, lost.join("; "))
    };
    Retention { outcome, reason }
}

fn judge_without_loss(
    absences: &[Absence<'_>],
    unmatched: &[&str],
    instants: u64,
    minimum_samples: u64,
) -> (Outcome, String) {
    let flickering: Vec<String> =
        absences.iter().filter(|absence| absence.presence.absent > 0).map(Absence::describe_flicker).collect();
    if instants < minimum_samples {
        return (Outcome::Inconclusive, too_few(instants, minimum_samples));
    }
    if !unmatched.is_empty() {
        let reason = format!("the baseline reports no executable that matches {}", unmatched.join(", "));
        return (Outcome::Invalid, reason);
    }
    if !flickering.is_empty() {
        let reason = format!("{}; too short to be a loss, and a pass it is not", flickering.join("; "));
        return (Outcome::Inconclusive, reason);
    }
    let reason = format!(
        "the candidate saw {} whenever the baseline did, held in all {}",
        match absences {
            [only] => only.name.to_owned(),
            many => format!("all {} critical executables", many.len()),
        },
        counted(instants, "sample")
    );
    (Outcome::Pass, reason)
}

/// Why too few samples decide nothing.
pub(super) fn too_few(samples: u64, minimum_samples: u64) -> String {
    format!("{} of the {minimum_samples} that are needed", counted(samples, "sample"))
}

impl Absence<'_> {
    /// True when the candidate never saw what the baseline saw more than once.
    const fn is_total(&self) -> bool {
        !self.presence.ever_in_candidate && self.presence.seen >= LEAST_SIGHTINGS
    }

    fn is_loss(&self, gap: usize, stride: usize) -> bool {
        let shortest = SHORTEST_LOSS.saturating_mul(stride);
        let at_any_time = shortest.max(gap.saturating_mul(3).saturating_add(1));
        let at_the_end = shortest.max(gap.saturating_mul(2).saturating_add(1));
        self.presence.longest >= at_any_time
            || self.ongoing >= at_the_end
            || (!self.presence.ever_in_candidate && self.presence.seen >= at_the_end)
    }

    fn describe_loss(&self) -> String {
        let Self { host, name, presence: Presence { seen, longest, .. }, .. } = self;
        let seen = counted(count(*seen), "sample");
        if self.presence.ever_in_candidate {
            format!(
                "{name} on {host} is lost: missing from the candidate {longest} samples in a row (the baseline saw it in {seen})"
            )
        } else {
            format!("{name} on {host} is lost: the baseline saw it in {seen}, the candidate in none")
        }
    }

    fn describe_flicker(&self) -> String {
        let Self { host, name, presence: Presence { seen, absent, .. }, .. } = self;
        format!("{name} on {host} is missing from the candidate in {absent} of {}", counted(count(*seen), "sample"))
    }
}

/// What became of every executable that the baseline reported.
fn absences(tracks: &Tracks) -> impl Iterator<Item = Absence<'_>> {
    tracks.iter().filter(|(_, _, track)| track.presence.seen > 0).map(|(host, name, track)| Absence {
        host,
        name,
        presence: track.presence,
        ongoing: track.presence.ongoing(tracks.instants),
        critical: track.critical,
    })
}

/// The longest absence of any critical executable between two sightings in the baseline, in samples.
fn longest_gap(critical: &[Absence<'_>]) -> usize {
    critical.iter().map(|absence| absence.presence.gap).max().unwrap_or(0)
}

/// Executables that the baseline reported and the candidate never did, and critical ones that it lost on the way: critical ones first, then
/// the most often seen.
pub(super) fn lost(tracks: &Tracks, stride: usize) -> Vec<LostExecutable> {
    let (critical, others): (Vec<Absence<'_>>, Vec<Absence<'_>>) =
        absences(tracks).partition(|absence| absence.critical);
    let gap = longest_gap(&critical);
    let mut lost: Vec<LostExecutable> = critical
        .iter()
        .chain(&others)
        .filter(|absence| absence.is_total() || (absence.critical && absence.is_loss(gap, stride)))
        .map(|Absence { host, name, presence, critical, .. }| LostExecutable {
            executable: (*name).to_owned(),
            host: (*host).clone(),
            critical: *critical,
            seen_by_baseline: count(presence.seen),
            seen_by_candidate: count(presence.seen.saturating_sub(presence.absent)),
        })
        .collect();
    lost.sort_by(|a, b| {
        let by_weight = b.critical.cmp(&a.critical).then(b.seen_by_baseline.cmp(&a.seen_by_baseline));
        by_weight.then_with(|| a.executable.cmp(&b.executable)).then_with(|| a.host.cmp(&b.host))
    });
    lost
}

#[cfg(test)]
mod tests;
