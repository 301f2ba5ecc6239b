//! Executables that the baseline saw and the candidate did not.

use std::collections::{BTreeMap, BTreeSet};

use phoenix_core::analysis::{Comparison, LostExecutable};

use crate::output::table::{Align, Row, render};
use crate::output::units::counted;
use crate::output::{Paint, Tone, line};

/// Most groups that the summary names.
const MOST_GROUPS: usize = 4;

const COLUMNS: [(&str, Align); 5] = [
    ("executable", Align::Left),
    ("host", Align::Left),
    ("seen by the baseline", Align::Right),
    ("by the candidate", Align::Right),
    ("", Align::Left),
];

/// One line: how many, whether any is critical, and the largest groups.
pub(super) fn summary(comparison: &Comparison, experiment: &str) -> Option<String> {
    let (lost, critical) = numbers(comparison);
    (lost > 0).then(|| {
        let (critical, groups) = (critical_in_words(critical), line(&largest(comparison)));
        format!(
            "  not seen by the candidate ({lost}, {critical}): {groups}   all: phoenixctl report {experiment} --lost"
        )
    })
}

/// The same in a sentence.
pub(super) fn sentence(comparison: &Comparison) -> String {
    match numbers(comparison) {
        (0, _) => "The candidate saw every executable that the baseline saw.".to_owned(),
        (lost, critical) => {
            let lost = counted(u64::try_from(lost).unwrap_or(u64::MAX), "executable");
            format!("{lost} not seen by the candidate, {}: {}", critical_in_words(critical), largest(comparison))
        }
    }
}

/// How many executables are lost, and how many of them are critical.
pub(super) fn numbers(comparison: &Comparison) -> (usize, usize) {
    let (names, critical) = names(comparison);
    (names.len(), critical.len())
}

fn critical_in_words(number: usize) -> String {
    if number == 0 { "none critical".to_owned() } else { format!("{number} critical") }
}

/// The critical ones and the largest groups: `kworker/* 22, kcompactd0, ...`
fn largest(comparison: &Comparison) -> String {
    let (names, critical) = names(comparison);
    let groups = groups(names.iter().copied().filter(|name| !critical.contains(name)));
    let mut shown: Vec<String> = critical.iter().map(|name| format!("{name} (critical)")).collect();
    shown.extend(
        groups.iter().map(|(name, members)| if *members > 1 { format!("{name} {members}") } else { name.clone() }),
    );
    let is_cut = shown.len() > MOST_GROUPS.max(critical.len());
    shown.truncate(MOST_GROUPS.max(critical.len()));
    if is_cut {
        shown.push("...".to_owned());
    }
    shown.join(", ")
}

/// The names of all lost executables, and of the critical ones.
fn names(comparison: &Comparison) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let all = comparison.lost.iter().map(|lost| lost.executable.as_str()).collect();
    let critical = comparison.lost.iter().filter(|lost| lost.critical).map(|lost| lost.executable.as_str()).collect();
    (all, critical)
}

/// Every one of them, critical ones first.
pub(crate) fn table(comparison: &Comparison, paint: Paint) -> String {
    if comparison.lost.is_empty() {
        return "the candidate saw every executable that the baseline saw".to_owned();
    }
    let judged = comparison.samples.judged;
    let row = |lost: &LostExecutable| {
        let critical = if lost.critical { "critical" } else { "" };
        let seen = |number: u64| format!("{number} of {}", counted(judged, "sample"));
        let (baseline, candidate) = (seen(lost.seen_by_baseline), seen(lost.seen_by_candidate));
        let cells = vec![lost.executable.clone(), lost.host.to_string(), baseline, candidate, critical.to_owned()];
        Row { cells, tone: if lost.critical { Tone::Bad } else { Tone::Plain } }
    };
    let rows: Vec<Row> = comparison.lost.iter().map(row).collect();
    render(0, &COLUMNS, &rows, paint)
}

/// Kernel threads of one kind differ behind a slash only (`kworker/0:1`): they are one group. The largest first.
fn groups<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut families: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        let family = name.split_once('/').map_or(name, |(family, _)| family);
        families.entry(family).or_default().push(name);
    }
    let mut groups: Vec<(String, usize)> = families
        .into_iter()
        .map(|(family, members)| match members.as_slice() {
            [only] => ((*only).to_owned(), 1),
            many => (format!("{family}/*"), many.len()),
        })
        .collect();
    groups.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_threads_of_one_kind_are_one_group() {
        let names = ["kworker/0:1", "kcompactd0", "kworker/u4:2", "ksoftirqd/0", "kworker/1:0"];
        let expected = [("kworker/*".to_owned(), 3), ("kcompactd0".to_owned(), 1), ("ksoftirqd/0".to_owned(), 1)];
        assert_eq!(groups(names.into_iter()), expected);
    }
}
