//! Do the values that the candidate still reports agree with the baseline's?
//!
//! A candidate that reports only some processes of an executable would look cheap and lossless. The two collectors measure at different
//! moments, though, and memory moves between them. So a value agrees when it lies within the hull of the *other* arm's values around the
//! same instant (the measurements before, at and after it), widened by 5 % and 1 MiB; it is enough if one arm's value lies within the
//! other's hull. For two identical arms whose values are pure noise from one measurement to the next, about one comparison in five misses
//! (a matter of ranks, whatever the distribution), evenly to both sides; a systematic undercount misses in nearly all, to one side. An
//! executable disagrees when more than half of its comparisons miss to the same side.
//!
//! Only executables that the baseline reports at half of the judged instants or more are compared. One that lives for seconds grows all its
//! life, and an exporter repeats its last value for a while: whichever arm measures later always reports more.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use crate::analysis::Outcome;
use crate::analysis::presence::Tracks;
use crate::analysis::retention::too_few;
use crate::analysis::sample::Executable;
use crate::analysis::series::{finite, valid};
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

/// The comparison of one executable on one host, told instant by instant; those at which neither arm reported it may be left out.
///
/// An instant is compared once both hulls around it are complete. So of each arm the reports of the latest measurements are held back.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    baseline: VecDeque<Report>,
    candidate: VecDeque<Report>,
    /// The first instant that is not compared yet.
    next: usize,
    /// True once the baseline reported it at all.
    in_baseline: bool,
    compared: usize,
    /// Comparisons that miss because the candidate reports less, and more.
    less: usize,
    more: usize,
    /// Compared instants at which the candidate counted fewer processes.
    fewer: usize,
    baseline_totals: Totals,
    candidate_totals: Totals,
}

/// What an arm reported of an executable at an instant.
#[derive(Clone, Copy, Debug)]
struct Report {
    index: usize,
    memory_bytes: f64,
    processes: u32,
}

/// An executable that could be compared.
struct Match<'a> {
    host: &'a HostName,
    name: &'a str,
    critical: bool,
    agreement: &'a Agreement,
}

/// Sums over the compared instants.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    memory_bytes: f64,
    processes: u64,
}

/// Judges the agreement of values. `stride` is the number of samples per measurement of the collectors.
pub(super) fn fidelity(tracks: &Tracks, stride: usize, minimum_samples: u64) -> Fidelity {
    let matches: Vec<Match<'_>> = tracks
        .iter()
        .filter(|(_, _, track)| track.agreement.compared >= LEAST_COMPARISONS.saturating_mul(stride))
        .filter(|(_, _, track)| track.presence.seen.saturating_mul(2) >= tracks.instants)
        .map(|(host, name, track)| Match { host, name, critical: track.critical, agreement: &track.agreement })
        .collect();
    let wrong: Vec<&Match<'_>> = matches.iter().filter(|found| found.agreement.disagrees()).collect();
    let (outcome, reason) = judge(tracks, &matches, &wrong, minimum_samples);
    Fidelity { compared: count(matches.len()), agreed: count(matches.len() - wrong.len()), outcome, reason }
}

fn judge(tracks: &Tracks, matches: &[Match<'_>], wrong: &[&Match<'_>], minimum_samples: u64) -> (Outcome, String) {
    let instants = count(tracks.instants);
    if tracks.iter().all(|(_, _, track)| !track.agreement.in_baseline) {
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
    let fewer = |critical: bool| -> Vec<String> {
        let counts_fewer = |found: &&Match<'_>| found.agreement.counts_fewer() && (found.critical || !critical);
        matches.iter().filter(counts_fewer).map(Match::describe_count).collect()
    };
    // Small processes hide within the tolerance of the sum. Where they are critical, nobody may take that for lossless.
    let critical = fewer(true);
    if !critical.is_empty() {
        return (Outcome::Inconclusive, format!("fewer processes of the critical {}", some_of(&critical, MOST_NAMED)));
    }
    let fewer = fewer(false);
    if !fewer.is_empty() {
        reason.push_str("; fewer processes, though, of ");
        reason.push_str(&some_of(&fewer, MOST_NAMED));
    }
    (Outcome::Pass, reason)
}

impl Agreement {
    /// Takes in what each arm reported at the instant of this number.
    pub(super) fn take(
        &mut self,
        index: usize,
        in_baseline: Option<&Executable>,
        in_candidate: Option<&Executable>,
        stride: usize,
    ) {
        self.compare_before(index, stride);
        let report = |executable: &Executable| {
            let memory_bytes = valid(executable.memory_bytes)?;
            Some(Report { index, memory_bytes, processes: executable.processes })
        };
        self.in_baseline |= in_baseline.is_some();
        self.baseline.extend(in_baseline.and_then(report));
        self.candidate.extend(in_candidate.and_then(report));
    }

    /// No further instant comes.
    pub(super) fn end(&mut self, stride: usize) {
        self.compare_before(usize::MAX, stride);
    }

    /// Compares what can be compared when every instant before `end` is known, and lets go what is not needed any more.
    fn compare_before(&mut self, end: usize, stride: usize) {
        let complete = end.saturating_sub(stride);
        let begin = self.baseline.partition_point(|report| report.index < self.next);
        let due = self.baseline.range(begin..).copied().take_while(|report| report.index < complete);
        for in_baseline in due.collect::<Vec<_>>() {
            let index = in_baseline.index;
            if let Some(in_candidate) = at(&self.candidate, index) {
                let around = index.saturating_sub(stride)..=index.saturating_add(stride);
                let agrees = lies_within(in_candidate, &self.baseline, around.clone())
                    || lies_within(in_baseline, &self.candidate, around);
                self.count(in_baseline, in_candidate, agrees);
            }
        }
        self.next = self.next.max(complete);
        for reports in [&mut self.baseline, &mut self.candidate] {
            while reports.front().is_some_and(|report| report.index.saturating_add(stride) < self.next) {
                reports.pop_front();
            }
        }
    }

    fn count(&mut self, baseline: Report, candidate: Report, agrees: bool) {
        self.compared += 1;
        self.less += usize::from(!agrees && candidate.memory_bytes < baseline.memory_bytes);
        self.more += usize::from(!agrees && candidate.memory_bytes > baseline.memory_bytes);
        self.fewer += usize::from(candidate.processes < baseline.processes);
        self.baseline_totals.add(baseline);
        self.candidate_totals.add(candidate);
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
}

/// The report of an instant, if there is one.
fn at(reports: &VecDeque<Report>, index: usize) -> Option<Report> {
    let place = reports.partition_point(|report| report.index < index);
    reports.get(place).copied().filter(|report| report.index == index)
}

/// True when the memory lies within the widened hull of the other arm's values around the instant.
fn lies_within(report: Report, other: &VecDeque<Report>, around: RangeInclusive<usize>) -> bool {
    let first = other.partition_point(|report| report.index < *around.start());
    let values = other.range(first..).take_while(|report| around.contains(&report.index));
    let (low, high) = values
        .map(|report| report.memory_bytes)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let low = low * (1.0 - RELATIVE_TOLERANCE) - ABSOLUTE_TOLERANCE;
    let high = high * (1.0 + RELATIVE_TOLERANCE) + ABSOLUTE_TOLERANCE;
    (low..=high).contains(&report.memory_bytes)
}

impl Match<'_> {
    fn describe(&self) -> String {
        let Agreement { compared, baseline_totals, candidate_totals, .. } = self.agreement;
        let times = float(count(*compared));
        let mean = |totals: &Totals| finite(totals.memory_bytes / times).map_or("too much".to_owned(), mebibytes);
        let processes = if self.agreement.counts_fewer() { format!(", {}", self.processes()) } else { String::new() };
        format!(
            "{} on {} with {} instead of {}{processes}, in {} of {}",
            self.name,
            self.host,
            mean(candidate_totals),
            mean(baseline_totals),
            self.agreement.disagreed(),
            counted(count(*compared), "sample")
        )
    }

    fn describe_count(&self) -> String {
        format!("{} on {} ({})", self.name, self.host, self.processes())
    }

    /// Mean numbers of processes.
    fn processes(&self) -> String {
        let Agreement { compared, baseline_totals, candidate_totals, .. } = self.agreement;
        let times = float(count(*compared));
        let mean = |totals: &Totals| {
            let text = format!("{:.1}", float(totals.processes) / times);
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        };
        format!("{} of {} processes", mean(candidate_totals), mean(baseline_totals))
    }
}

impl Totals {
    fn add(&mut self, report: Report) {
        self.memory_bytes += report.memory_bytes;
        self.processes = self.processes.saturating_add(u64::from(report.processes));
    }
}

#[cfg(test)]
mod tests;
