//! Executables that the baseline saw and the candidate did not.

use std::collections::{BTreeMap, BTreeSet};

use phoenix_core::analysis::{Comparison, LostExecutable};

use crate::output::table::{Align, Row, render};
use crate::output::units::counted;
use crate::output::{Paint, Tone, line};

/// Most groups that the summary names.
const MOST_GROUPS: usize = 4;

const COLUMNS: [(&str, Align); 4] =
    [("executable", Align::Left), ("host", Align::Left), ("seen by the baseline", Align::Right), ("", Align::Left)];

/// One line: how many, whether any is critical, and the largest groups.
pub(super) fn summary(comparison: &Comparison, experiment: &str) -> Option<String> {
    let names: BTreeSet<&str> = comparison.lost.iter().map(|lost| lost.executable.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let critical: BTreeSet<&str> =
        comparison.lost.iter().filter(|lost| lost.critical).map(|lost| lost.executable.as_str()).collect();
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
    let how_critical = match critical.len() {
        0 => "none critical".to_owned(),
        number => format!("{number} critical"),
    };
    let (number, list) = (names.len(), line(&shown.join(", ")));
    Some(format!(
        "  not seen by the candidate ({number}, {how_critical}): {list}   all: phoenixctl report {experiment} --lost"
    ))
}

/// Every one of them, critical ones first.
pub(crate) fn table(comparison: &Comparison, paint: Paint) -> String {
    if comparison.lost.is_empty() {
        return "the candidate saw every executable that the baseline saw".to_owned();
    }
    let judged = comparison.samples.judged;
    let row = |lost: &LostExecutable| {
        let critical = if lost.critical { "critical" } else { "" };
        let seen = format!("{} of {}", lost.seen_by_baseline, counted(judged, "sample"));
        let cells = vec![lost.executable.clone(), lost.host.to_string(), seen, critical.to_owned()];
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
