//! `report`: the comparison and the verdict on the terminal, as data, or as a document; or everything that the candidate lost.

use std::path::Path;

use anyhow::Context as _;
use phoenix_core::app::Report;
use serde::Serialize;

use crate::args::{DocumentFormat, Format, ReportArgs};
use crate::exit::{InvalidInput, Outcome};
use crate::follow::waits_for;
use crate::output::{Paint, Printer, line, note, print, report};
use crate::server::Server;

/// In which form a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Terminal,
    Json,
    Yaml,
    Markdown,
    Html,
}

pub(super) async fn report(args: &ReportArgs, server: &Server, printer: Printer) -> anyhow::Result<Outcome> {
    let form = form(args, printer.format())?;
    let out = args.out.as_deref();
    let reference = &args.reference.experiment;
    if args.lost {
        let answer = server.report(reference).await?;
        let lost = answer.comparison.as_ref().map_or(&[][..], |comparison| &comparison.lost);
        let table = |paint| match &answer.comparison {
            Some(comparison) => report::lost_table(comparison, out.map_or(paint, |_| Paint::OFF)),
            None => format!("nothing was compared: the experiment is {}", answer.experiment.state),
        };
        deliver(out, &written(form, &lost, table)?)?;
        return Ok(Outcome::Done);
    }
    let mut answer = match form {
        Form::Terminal => server.report(reference).await?,
        Form::Json | Form::Yaml | Form::Markdown | Form::Html => server.whole_report(reference).await?,
    };
    if form == Form::Terminal {
        server.complete_message(&mut answer.experiment).await;
    }
    let waiting = match form {
        Form::Json | Form::Yaml => None,
        Form::Terminal | Form::Markdown | Form::Html => waits_for(server, &answer.experiment).await,
    };
    let text = match form {
        Form::Markdown => report::markdown(&answer, waiting.as_deref()),
        Form::Html => report::html(&answer, waiting.as_deref()),
        Form::Terminal | Form::Json | Form::Yaml => {
            written(form, &answer, |paint| on_terminal(&answer, waiting.as_deref(), out.map_or(paint, |_| Paint::OFF)))?
        }
    };
    deliver(out, &text)?;
    Ok(Outcome::Done)
}

/// What `--format`, `-o` and the ending of the file ask for, in this order.
fn form(args: &ReportArgs, output: Format) -> Result<Form, InvalidInput> {
    let ending = args.out.as_deref().and_then(by_ending);
    let form = match (args.format, output) {
        (Some(DocumentFormat::Markdown), Format::Table) => Form::Markdown,
        (Some(DocumentFormat::Html), Format::Table) => Form::Html,
        (Some(_), Format::Json | Format::Yaml) => {
            return Err(InvalidInput(
                "--format and -o ask for two forms of one report\n  leave one of them out, or call it twice".to_owned(),
            ));
        }
        (None, Format::Json) => Form::Json,
        (None, Format::Yaml) => Form::Yaml,
        (None, Format::Table) => ending.unwrap_or(Form::Terminal),
    };
    match form {
        Form::Markdown | Form::Html if args.lost => Err(InvalidInput(
            "--lost is a table or data, not a document\n  leave out --lost: every document lists what was lost"
                .to_owned(),
        )),
        form => Ok(form),
    }
}

fn by_ending(file: &Path) -> Option<Form> {
    match file.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "html" | "htm" => Some(Form::Html),
        "md" | "markdown" => Some(Form::Markdown),
        "json" => Some(Form::Json),
        "yaml" | "yml" => Some(Form::Yaml),
        _ => None,
    }
}

fn written<T: Serialize>(form: Form, answer: &T, table: impl FnOnce(Paint) -> String) -> anyhow::Result<String> {
    Ok(match form {
        Form::Json => serde_json::to_string_pretty(answer)?,
        Form::Yaml => serde_yaml::to_string(answer)?,
        Form::Terminal | Form::Markdown | Form::Html => table(Paint::of_stdout()),
    })
}

fn on_terminal(answer: &Report, waiting: Option<&str>, paint: Paint) -> String {
    let text = report::render(answer, paint);
    match waiting {
        Some(waiting) => format!("{text}\n  now: {}", line(waiting)),
        None => text,
    }
}

/// To the file, or to the standard output.
fn deliver(out: Option<&Path>, text: &str) -> anyhow::Result<()> {
    let Some(file) = out else { return print(text) };
    let text = format!("{}\n", text.trim_end_matches('\n'));
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    note(&format!("written: {}", file.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Reference;

    fn asked(format: Option<DocumentFormat>, output: Format, out: Option<&str>, lost: bool) -> Result<Form, String> {
        let reference = Reference { experiment: "one".to_owned() };
        let args = ReportArgs { reference, lost, format, out: out.map(Into::into) };
        form(&args, output).map_err(|error| error.to_string())
    }

    #[test]
    fn the_form_is_what_is_asked_for_else_what_the_file_is_called() {
        assert_eq!(asked(None, Format::Table, None, false), Ok(Form::Terminal));
        assert_eq!(asked(None, Format::Table, Some("a/report.HTML"), false), Ok(Form::Html));
        assert_eq!(asked(None, Format::Table, Some("report.md"), false), Ok(Form::Markdown));
        assert_eq!(asked(None, Format::Table, Some("report.txt"), false), Ok(Form::Terminal));
        assert_eq!(asked(None, Format::Yaml, Some("report.html"), false), Ok(Form::Yaml));
        assert_eq!(asked(Some(DocumentFormat::Markdown), Format::Table, Some("report.txt"), false), Ok(Form::Markdown));
        assert_eq!(asked(None, Format::Table, Some("lost.json"), true), Ok(Form::Json));
    }

    #[test]
    fn two_forms_at_once_and_a_document_of_a_list_are_refused() {
        let error = asked(Some(DocumentFormat::Html), Format::Json, None, false).expect_err("refused");
        assert!(error.contains("two forms"), "{error}");
        let error = asked(None, Format::Table, Some("lost.html"), true).expect_err("refused");
        assert!(error.contains("leave out --lost"), "{error}");
    }
}
