//! `validate`: every mistake of a file at once.

use phoenix_core::experiment::PipelineType;
use phoenix_core::ports::validator::{Finding, Severity};
use phoenix_core::spec::Violation;
use serde::Serialize;

use crate::args::File;
use crate::document;
use crate::exit::{InvalidInput, Outcome};
use crate::local::{Checked, check};
use crate::output::report::pipeline;
use crate::output::units::counted;
use crate::output::{Printer, note};

/// What programs are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    violations: &'a [Violation],
}

pub(super) async fn validate(file: &File, printer: Printer) -> anyhow::Result<Outcome> {
    let name = document::name(&file.file);
    match check(document::read(&file.file)?).await? {
        Ok(checked) => {
            let answer = Answer { valid: true, name: Some(checked.experiment.name.as_str()), violations: &[] };
            printer.show(&answer, |_| format!("{name} is valid: {}", summary(&checked)))?;
            warn(&checked);
            Ok(Outcome::Done)
        }
        Err(violations) => {
            if printer.is_for_programs() {
                printer.show(&Answer { valid: false, name: None, violations: &violations }, |_| String::new())?;
            }
            Err(invalid(&violations).into())
        }
    }
}

/// The violations as one error: each in two lines.
pub(super) fn invalid(violations: &[Violation]) -> InvalidInput {
    InvalidInput(violations.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// Says what is probably not meant.
pub(super) fn warn(checked: &Checked) {
    for preview in &checked.previews {
        for finding in preview.findings.iter().filter(|finding| finding.severity == Severity::Warning) {
            note(&format!("warning: {}", remark(preview.pipeline_type, finding)));
        }
    }
}

fn remark(kind: PipelineType, finding: &Finding) -> String {
    format!("the configuration of the {kind}: {finding}")
}

/// `experiment cut-process-cost, process-baseline against process-baseline + 2 optimizations, 30m sampled every 15s (120 samples)`
fn summary(checked: &Checked) -> String {
    let spec = &checked.experiment.spec;
    let schedule = &spec.schedule;
    format!(
        "experiment {}, {} against {}, {} with {} per pipeline (every {}, the first {} as warm-up)",
        checked.experiment.name,
        pipeline(&spec.baseline),
        pipeline(&spec.candidate),
        schedule.duration,
        counted(schedule.duration.count_of(schedule.sample_interval), "sample"),
        schedule.sample_interval,
        schedule.warm_up,
    )
}
