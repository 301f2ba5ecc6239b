//! Do the values that the candidate still reports agree with the baseline's?
//!
//! A candidate that reports only some processes of an executable would look cheap and lossless. The two collectors measure at different
//! moments, though, and memory moves between them. So a value agrees when it lies within the hull of the *other* arm's values around the
//! same instant (the measurements before, at and after it), widened by 5 % and 1 MiB; it is enough if one arm's value lies within the
//! other's hull. For two identical arms whose values are pure noise from one measurement to the next, about one comparison in five misses
//! (a matter of ranks, whatever the distribution), evenly to both sides; a systematic undercount misses in nearly all, to one side. An
//! executable disagrees when more than half of its comparisons miss to the same side.

use std::ops::RangeInclusive;

use crate::analysis::Outcome;
use crate::analysis::presence::{Sighting, Track, Tracks, by_instant};
use crate::analysis::retention::too_few;
use crate::analysis::series::finite;
use crate::analysis::words::{MIB, count, counted, float, mebibytes, some_of};
use crate::id::HostName;

/// Fewest comparable measurements of an executable.
const LEAST_COMPARISONS: usize = 8;
/// Relative part of the tolerance.
const RELATIVE_TOLERANCE: f64 = 0.05;
/// Absolute part of the tolerance, in bytes.
const ABSOLUTE_TOLERANCE: f64 = MIB;
/// Most executables that a reason names.
const MOST_NAMED: usize = 5;

/// How many executables agree.
#[derive(Debug)]
pub(super) struct Fidelity {
    /// Executables that both arms reported often enough.
    pub(super) compared: u64,
    /// Of these, those whose values agree.
    pub(super) agreed: u64,
    pub(super) outcome: Outcome,
    pub(super) reason: String,
}

/// The comparison of one executable on one host.
struct Match<'a> {
    host: &'a HostName,
    name: &'a str,
    compared: usize,
    /// Comparisons that miss because the candidate reports less, and more.
    less: usize,
    more: usize,
    /// Compared instants at which the candidate counted fewer processes.
    fewer: usize,
    baseline: Totals,
    candidate: Totals,
}

/// Sums over the compared instants.
#[derive(Clone, Copy, Default)]
struct Totals {
    memory_bytes: f64,
    processes: u64,
}

/// Judges the agreement of values. `stride` is the number of samples per measurement of the collectors.
pub(super) fn fidelity(tracks: &Tracks<'_>, stride: usize, minimum_samples: u64) -> Fidelity {
    let matches: Vec<Match<'_>> = tracks
        .iter()
        .map(|(host, name, track)| compare(host, name, track, tracks.instants, stride))
        .filter(|found| found.compared >= LEAST_COMPARISONS.saturating_mul(stride))
        .collect();
    let wrong: Vec<&Match<'_>> = matches.iter().filter(|found| found.disagrees()).collect();
    let (outcome, reason) = judge(tracks, &matches, &wrong, minimum_samples);
    Fidelity { compared: count(matches.len()), agreed: count(matches.len() - wrong.len()), outcome, reason }
}

fn judge(tracks: &Tracks<'_>, matches: &[Match<'_>], wrong: &[&Match<'_>], minimum_samples: u64) -> (Outcome, String) {
    let instants = count(tracks.instants);
    if tracks.iter().all(|(_, _, track)| track.baseline.is_empty()) {
        return (Outcome::Invalid, "the baseline reports no executable".to_owned());
    }
    if instants < minimum_samples {
        return (Outcome::Inconclusive, too_few(instants, minimum_samples));
    }
    if matches.is_empty() {
        return (Outcome::NoData, "no executable was reported by both arms often enough to compare".to_owned());
    }
    if !wrong.is_empty() {
        let details: Vec<String> = wrong.iter().map(|found| found.describe()).collect();
        let subject = if wrong.len() == 1 { "executable disagrees" } else { "executables disagree" };
        let reason = format!("{} {subject}: {}", wrong.len(), some_of(&details, MOST_NAMED));
        return (Outcome::Regressed, reason);
    }
    let mut reason = format!(
        "the memory of {} agrees within the jitter of two collectors, over {}",
        counted(count(matches.len()), "executable"),
        counted(instants, "sample")
    );
    let fewer: Vec<String> = matches.iter().filter(|found| found.counts_fewer()).map(Match::describe_count).collect();
    if !fewer.is_empty() {
        reason.push_str("; fewer processes, though, of ");
        reason.push_str(&some_of(&fewer, MOST_NAMED));
    }
    (Outcome::Pass, reason)
}

fn compare<'a>(host: &'a HostName, name: &'a str, track: &Track, instants: usize, stride: usize) -> Match<'a> {
    let mut found = Match {
        host,
        name,
        compared: 0,
        less: 0,
        more: 0,
        fewer: 0,
        baseline: Totals::default(),
        candidate: Totals::default(),
    };
    if track.baseline.is_empty() || track.candidate.is_empty() {
        return found;
    }
    let report = |sighting: &Sighting| sighting.memory_bytes.map(|memory_bytes| (memory_bytes, sighting.processes));
    let baseline: Vec<Report> =
        by_instant(&track.baseline, instants, report).into_iter().map(Option::flatten).collect();
    let candidate: Vec<Report> =
        by_instant(&track.candidate, instants, report).into_iter().map(Option::flatten).collect();
    for (index, reports) in baseline.iter().copied().zip(candidate.iter().copied()).enumerate() {
        if let (Some(in_baseline), Some(in_candidate)) = reports {
            let around = index.saturating_sub(stride)..=index.saturating_add(stride).min(instants.saturating_sub(1));
            let agrees =
                lies_within(in_candidate, &baseline, around.clone()) || lies_within(in_baseline, &candidate, around);
            found.count(in_baseline, in_candidate, agrees);
        }
    }
    found
}

/// Memory in bytes and processes of an executable at one instant, if it was reported.
type Report = Option<(f64, u32)>;

/// True when the memory lies within the widened hull of the other arm's values around the instant.
fn lies_within(report: (f64, u32), other: &[Report], around: RangeInclusive<usize>) -> bool {
    let values = other.get(around).unwrap_or_default().iter().flatten().map(|(memory_bytes, _)| *memory_bytes);
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let low = low * (1.0 - RELATIVE_TOLERANCE) - ABSOLUTE_TOLERANCE;
    let high = high * (1.0 + RELATIVE_TOLERANCE) + ABSOLUTE_TOLERANCE;
    (low..=high).contains(&report.0)
}

impl Match<'_> {
    fn count(&mut self, baseline: (f64, u32), candidate: (f64, u32), agrees: bool) {
        self.compared += 1;
        self.less += usize::from(!agrees && candidate.0 < baseline.0);
        self.more += usize::from(!agrees && candidate.0 > baseline.0);
        self.fewer += usize::from(candidate.1 < baseline.1);
        self.baseline.add(baseline);
        self.candidate.add(candidate);
    }

    /// Comparisons that miss to the side to which more do.
    fn disagreed(&self) -> usize {
        self.less.max(self.more)
    }

    fn disagrees(&self) -> bool {
        self.disagreed().saturating_mul(2) > self.compared
    }

    const fn counts_fewer(&self) -> bool {
        self.fewer.saturating_mul(2) > self.compared
    }

    fn describe(&self) -> String {
        let times = float(count(self.compared));
        let mean = |totals: Totals| finite(totals.memory_bytes / times).map_or("too much".to_owned(), mebibytes);
        let processes = if self.counts_fewer() { format!(", {}", self.processes()) } else { String::new() };
        format!(
            "{} on {} with {} instead of {}{processes}, in {} of {}",
            self.name,
            self.host,
            mean(self.candidate),
            mean(self.baseline),
            self.disagreed(),
            counted(count(self.compared), "sample")
        )
    }

    fn describe_count(&self) -> String {
        format!("{} on {} ({})", self.name, self.host, self.processes())
    }

    /// Mean numbers of processes.
    fn processes(&self) -> String {
        let times = float(count(self.compared));
        let mean = |totals: Totals| {
            let text = format!("{:.1}", float(totals.processes) / times);
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        };
        format!("{} of {} processes", mean(self.candidate), mean(self.baseline))
    }
}

impl Totals {
    fn add(&mut self, (memory_bytes, processes): (f64, u32)) {
        self.memory_bytes += memory_bytes;
        self.processes = self.processes.saturating_add(u64::from(processes));
    }
}

#[cfg(test)]
mod tests;
