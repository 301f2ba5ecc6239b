//! `preview`: both configurations that a file leads to, and how they differ.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::args::File;
use crate::command::validate::{invalid, warn};
use crate::document;
use crate::exit::Outcome;
use crate::local::{Checked, Preview, check};
use crate::output::report::pipeline;
use crate::output::{Paint, Printer, Tone, plain};

/// Lines around a difference.
const CONTEXT: usize = 3;

/// What programs are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    name: &'a str,
    pipelines: &'a [Preview],
    difference: Difference,
}

/// How far the candidate is from the baseline, in lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Difference {
    added: usize,
    removed: usize,
}

pub(super) async fn preview(file: &File, printer: Printer) -> anyhow::Result<Outcome> {
    let checked = match check(document::read(&file.file)?).await? {
        Ok(checked) => checked,
        Err(violations) => return Err(invalid(&violations).into()),
    };
    let [baseline, candidate] = checked.previews.as_slice() else { anyhow::bail!("there are not two configurations") };
    let diff = TextDiff::from_lines(&baseline.config, &candidate.config);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let difference = Difference { added: count(ChangeTag::Insert), removed: count(ChangeTag::Delete) };
    let name = checked.experiment.name.as_str();
    let answer = Answer { name, pipelines: &checked.previews, difference };
    printer.show(&answer, |paint| text(&checked, &unified(&diff, paint), difference))?;
    warn(&checked);
    Ok(Outcome::Done)
}

/// Both configurations whole, then the difference, and at the end, where a terminal stands, the summary.
fn text(checked: &Checked, unified: &str, difference: Difference) -> String {
    let mut parts: Vec<String> = checked
        .previews
        .iter()
        .map(|one| format!("# {}\n{}", one.pipeline_type, plain(one.config.trim_end())))
        .collect();
    if !unified.is_empty() {
        parts.push(unified.to_owned());
    }
    parts.push(summary(checked, difference));
    parts.join("\n\n")
}

fn summary(checked: &Checked, difference: Difference) -> String {
    let spec = &checked.experiment.spec;
    let specs = [&spec.baseline, &spec.candidate];
    let mut lines = vec![format!("experiment {}", checked.experiment.name)];
    lines.extend(checked.previews.iter().zip(specs).map(|(one, spec)| {
        let length = one.config.lines().count();
        format!("  {:<12}{:<36}  sha256 {}   {length} lines", one.pipeline_type, pipeline(spec), one.hash.short())
    }));
    lines.push(match difference {
        Difference { added: 0, removed: 0 } => "  both are the same".to_owned(),
        Difference { added, removed } => {
            format!("  the candidate has {added} lines that the baseline has not, and lacks {removed}")
        }
    });
    lines.join("\n")
}

fn unified<'a>(diff: &'a TextDiff<'a, 'a, 'a, str>, paint: Paint) -> String {
    let text = diff.unified_diff().context_radius(CONTEXT).header("baseline", "candidate").to_string();
    let lines = text.lines().map(|line| {
        let tone = match line.as_bytes().first() {
            Some(b'+') => Tone::Good,
            Some(b'-') => Tone::Bad,
            Some(b'@') => Tone::Faint,
            _ => Tone::Plain,
        };
        paint.text(tone, &plain(line))
    });
    lines.collect::<Vec<_>>().join("\n")
}
