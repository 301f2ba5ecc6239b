//! The order of processors: memory is checked first, batches are made last.

use crate::component::Section;
use crate::validator::model::{Model, Pipeline};
use crate::validator::report::Report;
use crate::validator::rule::Rule;

/// Checks the order in every pipeline.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for pipeline in &model.pipelines {
        let kinds: Vec<&str> = pipeline
            .processors
            .iter()
            .map(|reference| model.find(Section::Processors, &reference.id).map_or("", |component| component.kind))
            .collect();
        check_limiter(pipeline, &kinds, report);
        check_batch(pipeline, &kinds, report);
    }
}

fn check_limiter(pipeline: &Pipeline<'_>, kinds: &[&str], report: &mut Report) {
    match kinds.iter().position(|kind| *kind == "memory_limiter") {
        Some(0) => {}
        Some(index) => {
            let path = format!("{}.processors[{index}]", pipeline.path);
            let message = "memory_limiter refuses data only before it is processed; put it first";
            report.add(Rule::MemoryLimiterNotFirst, path, message);
        }
        // A pipeline that cannot run is reported as such.
        None if pipeline.receivers.is_empty() || pipeline.exporters.is_empty() => {}
        None => {
            let message = "nothing limits the memory of this pipeline; put a memory_limiter first";
            report.add(Rule::MemoryLimiterMissing, format!("{}.processors", pipeline.path), message);
        }
    }
}

fn check_batch(pipeline: &Pipeline<'_>, kinds: &[&str], report: &mut Report) {
    let Some(index) = kinds.iter().position(|kind| *kind == "batch") else { return };
    if kinds.iter().skip(index).any(|kind| *kind != "batch") {
        let path = format!("{}.processors[{index}]", pipeline.path);
        let message = "processors behind batch see data that was put together already; put batch last";
        report.add(Rule::BatchNotLast, path, message);
    }
}
