//! A report as Markdown (GitHub's kind): good in a pull request. Long lists are folded.
//!
//! Every text of others is escaped: it can neither become markup nor call anybody.

use crate::output::plain;
use crate::output::report::document::{Document, EVENT_TITLES, LOST_TITLES, PIPELINE_TITLES};
use crate::output::report::indicators;

/// Lost executables that are shown unfolded.
const MOST_SHOWN: usize = 10;

/// The whole document.
pub(super) fn write(document: &Document) -> String {
    let mut out = Markdown::default();
    out.line(&format!("# Experiment {}: {}", text(&document.name), text(&document.badge)));
    out.line(&format!("**{}**", text(&document.lead)));
    if let Some(waits_for) = &document.waits_for {
        out.line(&format!("Now: {}", text(waits_for)));
    }
    if !document.description.is_empty() {
        out.line(&text(&document.description));
    }
    out.section("Why", &bullets(&document.reasons));
    if !document.indicators.is_empty() {
        let titles = indicators::titles();
        let titles: Vec<&str> = titles.into_iter().chain(["why"]).collect();
        let rows = document
            .indicators
            .iter()
            .map(|line| line.cells.iter().map(|cell| text(cell)).chain([text(&line.reason)]).collect::<Vec<_>>());
        out.section("Indicators", &table(&titles, rows));
    }
    out.section("Savings", &bullets(&document.savings));
    out.section("Lost executables", &lost(document));
    let evidence = document.evidence.iter().map(|(label, value)| vec![text(label), text(value)]);
    out.section("Evidence", &table(&["what", "how much"], evidence));
    let pipelines = document
        .pipelines
        .iter()
        .map(|[kind, specification, name, hash]| vec![text(kind), text(specification), code(name), code(hash)]);
    out.section("Pipelines", &table(&PIPELINE_TITLES, pipelines));
    out.section("Configurations", &configurations(document));
    if !document.events.is_empty() {
        let rows = document.events.iter().map(|cells| cells.iter().map(|cell| text(cell)).collect());
        let summary = format!("{} events", document.events.len());
        out.section("Events", &folded(&summary, &table(&EVENT_TITLES, rows)));
    }
    out.line("---");
    out.line(&text(&document.colophon));
    out.0
}

/// Paragraphs, with an empty line between them.
#[derive(Default)]
struct Markdown(String);

impl Markdown {
    fn line(&mut self, line: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A section, unless there is nothing in it.
    fn section(&mut self, title: &str, body: &str) {
        if !body.is_empty() {
            self.line(&format!("## {title}"));
            self.line(body);
        }
    }
}

fn bullets(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}", text(item))).collect::<Vec<_>>().join("\n")
}

/// A table of cells that are Markdown already.
fn table(titles: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let row = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let titles: Vec<String> = titles.iter().map(|title| text(title)).collect();
    let rule = format!("|{}", " --- |".repeat(titles.len()));
    let mut lines = vec![row(&titles), rule];
    lines.extend(rows.map(|cells| row(&cells)));
    lines.join("\n")
}

fn lost(document: &Document) -> String {
    let summary = text(&document.lost_summary);
    if document.lost.is_empty() {
        return summary;
    }
    let rows = document.lost.iter().map(|lost| {
        let [executable, host, baseline, candidate, critical] = &lost.cells;
        let critical = if lost.critical { format!("**{}**", text(critical)) } else { text(critical) };
        vec![code(executable), code(host), text(baseline), text(candidate), critical]
    });
    let table = table(&LOST_TITLES, rows);
    let table = if document.lost.len() > MOST_SHOWN { folded("All of them", &table) } else { table };
    format!("{summary}\n\n{table}")
}

fn configurations(document: &Document) -> String {
    if document.configurations.is_empty() {
        return String::new();
    }
    let difference = &document.difference;
    let mut parts = vec![text(&difference.summary())];
    if !difference.lines.is_empty() {
        let lines: Vec<&str> = difference.lines.iter().map(|(_, line)| line.as_str()).collect();
        parts.push(fenced("diff", &lines.join("\n")));
    }
    parts.extend(document.configurations.iter().map(|one| {
        let summary = format!("{}, {} lines", one.pipeline_type, one.config.lines().count());
        folded(&summary, &fenced("yaml", one.config.trim_end()))
    }));
    parts.join("\n\n")
}

fn folded(summary: &str, body: &str) -> String {
    format!("<details><summary>{}</summary>\n\n{body}\n\n</details>", text(summary))
}

/// A block of code behind a fence that nothing in it closes.
fn fenced(language: &str, code: &str) -> String {
    let fence = "`".repeat(longest_run(code).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", plain(code))
}

/// One line of code, for names. GitHub reads a bar as the end of a cell even there.
fn code(name: &str) -> String {
    let name = plain(name).replace('\n', " ").replace('|', "\\|");
    let name = name.trim();
    if name.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(name) + 1);
    let space = if name.starts_with('`') || name.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{name}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

/// A text in one line in which nothing is markup, a tag, a link or a mention.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in plain(text.trim()).chars() {
        match character {
            '\n' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An empty comment behind the sign, and nobody is called.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => out.extend(['\\', character]),
            // What would be a link by itself is not one without its colon.
            ':' if out.ends_with("http") || out.ends_with("https") || out.ends_with("ftp") => out.push_str("&#58;"),
            _ => out.push(character),
        }
    }
    // Signs that begin a list, a heading or a rule at the start of a line only.
    match out.chars().next() {
        Some(first @ ('-' | '+' | '=')) if out.chars().nth(1).is_some_and(|next| next == ' ' || next == first) => {
            format!("\\{out}")
        }
        Some(_) | None => out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_are_no_markup() {
        assert_eq!(text("<script>alert(1)</script>"), "&lt;script&gt;alert(1)&lt;/script&gt;");
        assert_eq!(text("a|b\n# *c* _d_ [e](f)"), "a\\|b \\# \\*c\\* \\_d\\_ \\[e\\](f)");
        assert_eq!(text("ask @team at https://x.example"), "ask @<!-- -->team at https&#58;//x.example");
        assert_eq!(text("- item"), "\\- item");
        assert_eq!(text("-79.3 %"), "-79.3 %");
        assert_eq!(text("\u{1b}[31m"), "\\\\u{1b}\\[31m");
    }

    #[test]
    fn a_name_is_code_whatever_it_holds() {
        assert_eq!(code("kworker/0:1"), "`kworker/0:1`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`a``b"), "``` `a``b ```");
        assert_eq!(code("<b>\n"), "`<b>`");
        assert_eq!(code(""), "");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_code() {
        assert_eq!(fenced("yaml", "a: 1"), "```yaml\na: 1\n```");
        assert_eq!(fenced("", "````\nx"), "`````\n````\nx\n`````");
    }
}
