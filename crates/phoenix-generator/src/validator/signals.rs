//! Components that handle some signals only.

use crate::component::Section;
use crate::validator::model::{Model, Reference};
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks that every component of a pipeline handles the pipeline's signal.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for pipeline in &model.pipelines {
        let lists = [
            (Section::Receivers, &pipeline.receivers),
            (Section::Processors, &pipeline.processors),
            (Section::Exporters, &pipeline.exporters),
        ];
        for (section, references) in lists {
            check_list(model, section, references, pipeline.signal, report);
        }
    }
}

fn check_list(model: &Model<'_>, section: Section, references: &[Reference], signal: &str, report: &mut Report) {
    for reference in references {
        let Some(component) = model.find(section, &reference.id) else { continue };
        let Some(handled) = handled(section, component.kind).filter(|handled| !handled.contains(&signal)) else {
            continue;
        };
        let message = format!(
            "the {} {} does not handle {signal}, only {}; remove it from this pipeline",
            section.noun(),
            quote(&reference.id),
            handled.join(" and ")
        );
        report.add(Rule::UnsupportedSignal, &reference.path, message);
    }
}

/// The signals that a type handles; `None` when it handles all or is not known here.
fn handled(section: Section, kind: &str) -> Option<&'static [&'static str]> {
    const METRICS: &[&str] = &["metrics"];
    match (section, kind) {
        (Section::Receivers, "host_metrics") => Some(&["metrics", "logs"]),
        (Section::Receivers, "prometheus")
        | (Section::Processors, "cumulative_to_delta" | "delta_to_cumulative" | "interval" | "metrics_transform")
        | (Section::Exporters, "prometheus" | "prometheus_remote_write") => Some(METRICS),
        (Section::Receivers, "file_log") => Some(&["logs"]),
        (Section::Processors, "probabilistic_sampler") => Some(&["traces", "logs"]),
        (Section::Processors, "tail_sampling") => Some(&["traces"]),
        _ => None,
    }
}
