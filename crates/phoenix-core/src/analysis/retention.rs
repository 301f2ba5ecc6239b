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
use crate::analysis::presence::{Sighting, Track, Tracks, seen_at};
use crate::analysis::series::Point;
use crate::analysis::words::{count, counted, float};
use crate::analysis::{LostExecutable, Outcome};
use crate::id::HostName;

/// Shortest absence, in measurements, that may be a loss.
const SHORTEST_LOSS: usize = 4;
/// An executable that the baseline saw less often is not called lost: the collectors measure at different moments.
const LEAST_SIGHTINGS: usize = 2;

/// What became of the critical executables.
#[derive(Debug)]
pub(super) struct Retention {
    /// Per judged instant with a critical executable in the baseline: how many there were, and how many of them the candidate had, too.
    pub(super) points: Vec<Point>,
    pub(super) outcome: Outcome,
    pub(super) reason: String,
}

/// The candidate-only absences of one executable.
struct Absence<'a> {
    host: &'a HostName,
    name: &'a str,
    /// Samples in which the baseline saw it.
    seen: usize,
    /// Samples in which the candidate alone did not.
    absent: usize,
    /// The longest run of those, and the one that lasts at the end.
    longest: usize,
    ongoing: usize,
    ever_in_candidate: bool,
}

/// Judges the retention of critical executables. `stride` is the number of samples per measurement of the collectors.
pub(super) fn retention(
    tracks: &Tracks<'_>,
    critical: &Critical<'_>,
    stride: usize,
    minimum_samples: u64,
) -> Retention {
    let watched = watched(tracks, critical);
    let absences: Vec<Absence<'_>> =
        watched.iter().map(|(host, name, track)| absence(host, name, track, tracks.instants)).collect();
    let gap = longest_gap(&watched);
    let lost: Vec<String> =
        absences.iter().filter(|absence| absence.is_loss(gap, stride)).map(Absence::describe_loss).collect();
    let names: Vec<&str> = watched.iter().map(|(_, name, _)| *name).collect();
    let (outcome, reason) = if lost.is_empty() {
        judge_without_loss(&absences, &critical.unmatched(&names), count(tracks.instants), minimum_samples)
    } else {
        (Outcome::Regressed, lost.join("; "))
    };
    Retention { points: points(&watched, tracks.instants), outcome, reason }
}

fn judge_without_loss(
    absences: &[Absence<'_>],
    unmatched: &[&str],
    instants: u64,
    minimum_samples: u64,
) -> (Outcome, String) {
    let flickering: Vec<String> =
        absences.iter().filter(|absence| absence.absent > 0).map(Absence::describe_flicker).collect();
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
        !self.ever_in_candidate && self.seen >= LEAST_SIGHTINGS
    }

    fn is_loss(&self, gap: usize, stride: usize) -> bool {
        let shortest = SHORTEST_LOSS.saturating_mul(stride);
        let at_any_time = shortest.max(gap.saturating_mul(3).saturating_add(1));
        let at_the_end = shortest.max(gap.saturating_mul(2).saturating_add(1));
        self.longest >= at_any_time
            || self.ongoing >= at_the_end
            || (!self.ever_in_candidate && self.seen >= at_the_end)
    }

    fn describe_loss(&self) -> String {
        let Self { host, name, seen, longest, .. } = self;
        let seen = counted(count(*seen), "sample");
        if self.ever_in_candidate {
            format!(
                "{name} on {host} is lost: missing from the candidate {longest} samples in a row (the baseline saw it in {seen})"
            )
        } else {
            format!("{name} on {host} is lost: the baseline saw it in {seen}, the candidate in none")
        }
    }

    fn describe_flicker(&self) -> String {
        let Self { host, name, seen, absent, .. } = self;
        format!("{name} on {host} is missing from the candidate in {absent} of {}", counted(count(*seen), "sample"))
    }
}

fn absence<'a>(host: &'a HostName, name: &'a str, track: &Track, instants: usize) -> Absence<'a> {
    let baseline = seen_at(&track.baseline, instants);
    let candidate = seen_at(&track.candidate, instants);
    let mut absence = Absence {
        host,
        name,
        seen: track.baseline.len(),
        absent: 0,
        longest: 0,
        ongoing: 0,
        ever_in_candidate: !track.candidate.is_empty(),
    };
    for (in_baseline, in_candidate) in baseline.into_iter().zip(candidate) {
        let is_absent = in_baseline && !in_candidate;
        absence.ongoing = if is_absent { absence.ongoing + 1 } else { 0 };
        absence.absent += usize::from(is_absent);
        absence.longest = absence.longest.max(absence.ongoing);
    }
    absence
}

/// The critical executables that the baseline reported.
fn watched<'t>(tracks: &'t Tracks<'_>, critical: &Critical<'_>) -> Vec<(&'t HostName, &'t str, &'t Track)> {
    tracks.iter().filter(|(_, name, track)| !track.baseline.is_empty() && critical.matches(name)).collect()
}

/// The longest absence of any of them between two sightings in the baseline, in samples.
fn longest_gap(watched: &[(&HostName, &str, &Track)]) -> usize {
    watched.iter().map(|(_, _, track)| gap(&track.baseline)).max().unwrap_or(0)
}

fn gap(sightings: &[Sighting]) -> usize {
    let pairs = sightings.iter().zip(sightings.iter().skip(1));
    pairs.map(|(before, after)| after.index.saturating_sub(before.index).saturating_sub(1)).max().unwrap_or(0)
}

fn points(watched: &[(&HostName, &str, &Track)], instants: usize) -> Vec<Point> {
    let mut totals = vec![(0_u64, 0_u64); instants];
    for (_, _, track) in watched {
        let candidate = seen_at(&track.candidate, instants);
        let baseline = seen_at(&track.baseline, instants);
        for (total, (in_baseline, in_candidate)) in totals.iter_mut().zip(baseline.into_iter().zip(candidate)) {
            total.0 += u64::from(in_baseline);
            total.1 += u64::from(in_baseline && in_candidate);
        }
    }
    totals
        .into_iter()
        .filter(|(present, _)| *present > 0)
        .map(|(present, kept)| Point { baseline: float(present), candidate: float(kept) })
        .collect()
}

/// Executables that the baseline reported and the candidate never did, and critical ones that it lost on the way: critical ones first, then
/// the most often seen.
pub(super) fn lost(tracks: &Tracks<'_>, critical: &Critical<'_>, stride: usize) -> Vec<LostExecutable> {
    let gap = longest_gap(&watched(tracks, critical));
    let mut lost: Vec<LostExecutable> = tracks
        .iter()
        .filter(|(_, _, track)| !track.baseline.is_empty())
        .map(|(host, name, track)| (absence(host, name, track, tracks.instants), critical.matches(name)))
        .filter(|(absence, critical)| absence.is_total() || (*critical && absence.is_loss(gap, stride)))
        .map(|(absence, critical)| LostExecutable {
            executable: absence.name.to_owned(),
            host: absence.host.clone(),
            critical,
            seen_by_baseline: count(absence.seen),
            seen_by_candidate: count(absence.seen.saturating_sub(absence.absent)),
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
