//! Settings of the components that every pipeline here has, as far as the collector refuses them.

use serde_json::Value;

use crate::component::Section;
use crate::validator::durations::nanoseconds_of;
use crate::validator::model::{Component, Model};
use crate::validator::references::has_reference;
use crate::validator::report::{Report, quote};
use crate::validator::rule::Rule;

/// Checks memory limiters, batches and hostmetrics receivers. The collector checks unused ones too.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for component in &model.components {
        match (component.section, component.kind) {
            (Section::Processors, "memory_limiter") => check_memory_limiter(component, report),
            (Section::Processors, "batch") => check_batch(component, report),
            (Section::Receivers, "host_metrics") => check_host_metrics(component, report),
            _ => {}
        }
    }
    check_root_paths(model, report);
}

fn check_memory_limiter(limiter: &Component<'_>, report: &mut Report) {
    let mut refuse = |message: &str| report.add(Rule::MemoryLimiterSettings, limiter.path(), message);
    match limiter.setting("check_interval") {
        None => refuse("check_interval is missing; write 1s"),
        Some(value) if nanoseconds_of(value).is_some_and(|interval| interval <= 0.0) => {
            refuse("check_interval must be more than nothing; write 1s");
        }
        Some(_) => {}
    }
    let whole = |key: &str| limiter.setting(key).map_or(Some(0), Value::as_u64);
    let (Some(limit), Some(spike), Some(limit_share), Some(spike_share)) =
        (whole("limit_mib"), whole("spike_limit_mib"), whole("limit_percentage"), whole("spike_limit_percentage"))
    else {
        // Not a whole number, or one that only the environment knows.
        return;
    };
    if limit == 0 && limit_share == 0 {
        refuse("there is no limit; set limit_mib or limit_percentage");
    }
    if limit > 0 && spike >= limit {
        refuse("spike_limit_mib must be smaller than limit_mib; a fifth of it is usual");
    }
    if limit_share > 0 && spike_share >= limit_share {
        refuse("spike_limit_percentage must be smaller than limit_percentage");
    }
    if limit_share > 100 || spike_share > 100 {
        refuse("a percentage is above 100");
    }
}

fn check_batch(batch: &Component<'_>, report: &mut Report) {
    const DEFAULT_SIZE: u64 = 8_192;
    let size = batch.setting("send_batch_size").map_or(Some(DEFAULT_SIZE), Value::as_u64);
    let most = batch.setting("send_batch_max_size").map_or(Some(0), Value::as_u64);
    if let (Some(size), Some(most)) = (size, most)
        && most > 0
        && most < size
    {
        let message =
            format!("send_batch_max_size ({most}) is smaller than send_batch_size ({size}); raise it, or set it to 0");
        report.add(Rule::BatchSettings, batch.path(), message);
    }
}

fn check_host_metrics(receiver: &Component<'_>, report: &mut Report) {
    let scrapers = receiver.setting("scrapers").and_then(Value::as_object);
    if scrapers.is_none_or(serde_json::Map::is_empty) {
        let message = "it has no scraper; add one to scrapers, such as process";
        report.add(Rule::HostMetricsSettings, receiver.path(), message);
    }
    let Some(process) = scrapers.and_then(|scrapers| scrapers.get("process")) else { return };
    for selection in ["include", "exclude"] {
        let path = || format!("{}.scrapers.process.{selection}", receiver.path());
        if let Some(problem) = process.get(selection).and_then(selection_problem) {
            report.add(Rule::HostMetricsSettings, path(), problem);
        }
    }
}

fn selection_problem(selection: &Value) -> Option<String> {
    let has_names = selection.get("names").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
    match selection.get("match_type").and_then(Value::as_str) {
        None | Some("") if has_names => Some("match_type is missing; write regexp or strict".to_owned()),
        Some(other) if has_names && !["regexp", "strict"].contains(&other) && !has_reference(other) => {
            Some(format!("match_type {} does not exist; write regexp or strict", quote(other)))
        }
        None | Some(_) => None,
    }
}

/// One process reads one host: the collector refuses two roots.
fn check_root_paths(model: &Model<'_>, report: &mut Report) {
    let receivers = model.section(Section::Receivers).filter(|component| component.kind == "host_metrics");
    let mut roots = receivers.filter_map(|receiver| {
        let root = receiver.setting("root_path")?.as_str().filter(|root| !["", "/"].contains(root))?;
        Some((receiver, root))
    });
    let Some((_, first)) = roots.next() else { return };
    for (receiver, root) in roots.filter(|(_, root)| *root != first) {
        let message =
            format!("root_path {} differs from {} of another receiver; use one for all", quote(root), quote(first));
        report.add(Rule::HostMetricsSettings, receiver.path(), message);
    }
}
