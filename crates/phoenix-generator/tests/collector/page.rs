//! A page of metrics in Prometheus' text format.

use std::collections::{BTreeMap, BTreeSet};

/// One series with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
}

/// Every series of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page(pub(crate) Vec<Series>);

impl Page {
    /// Reads a page.
    pub(crate) fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(series).collect())
    }

    /// The series about processes.
    pub(crate) fn processes(&self) -> impl Iterator<Item = &Series> {
        self.0.iter().filter(|series| series.name.starts_with("process_"))
    }

    /// The values of a label over the series about processes.
    pub(crate) fn values(&self, label: &str) -> BTreeSet<&str> {
        self.processes().filter_map(|series| series.labels.get(label)).map(String::as_str).collect()
    }

    /// The series of a process.
    pub(crate) fn of(&self, pid: &str) -> Vec<&Series> {
        self.processes().filter(|series| series.labels.get("process_pid").is_some_and(|label| label == pid)).collect()
    }
}

fn series(line: &str) -> Series {
    let end = line.find(['{', ' ']).expect("a name");
    let (name, rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    let mut rest = rest.trim_start_matches('{');
    while let Some((label, tail)) = rest.split_once("=\"").filter(|(label, _)| !label.contains([' ', '}'])) {
        let (value, tail) = quoted(tail);
        labels.insert(label.trim_start_matches(',').to_owned(), value);
        rest = tail;
    }
    let value = rest.trim_start_matches('}').split_whitespace().next().expect("a value");
    Series { name: name.to_owned(), labels, value: value.parse().expect("a number") }
}

/// A label's value up to the closing quote, and what is behind it.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &text[at + 1..]),
            '\\' => match characters.next().expect("an escaped character").1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    panic!("no closing quote in {text:?}");
}

#[test]
fn a_page_is_read_with_awkward_labels() {
    let page = Page::parse("# HELP a b\na_b{c=\"d{}, e=\\\"f\\\"\",g=\"\\\\ \\n\"} 1.5e+03\nplain 2\n");
    let labels = BTreeMap::from([("c".to_owned(), "d{}, e=\"f\"".to_owned()), ("g".to_owned(), "\\ \n".to_owned())]);
    let series = |name: &str, labels, value| Series { name: name.to_owned(), labels, value };
    assert_eq!(page, Page(vec![series("a_b", labels, 1500.0), series("plain", BTreeMap::new(), 2.0)]));
}
