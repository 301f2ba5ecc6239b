//! The document as a whole: identity, labels, target, critical processes, and the order of the parts.

use std::collections::BTreeMap;

use super::{Limits, identifier, parameter, pipeline, policy, schedule};
use crate::id::{ExperimentId, ExperimentName};
use crate::spec::words::{quote, suggest};
use crate::spec::{
    API_VERSION, Catalog, ExperimentSpec, KIND, PipelineSpec, ProcessPattern, RawExperiment, RawPipelineSpec, RawSpec,
    Target, ValidExperiment, Violation, path, selection,
};

pub(in crate::spec) const MOST_LABELS: usize = 32;
/// Longest key or value of a label, as in Kubernetes.
pub(in crate::spec) const LONGEST_LABEL: usize = 63;
/// Longest prefix of a label's key, as in Kubernetes.
const LONGEST_PREFIX: usize = 253;
pub(in crate::spec) const LONGEST_DESCRIPTION: usize = 1_000;
pub(in crate::spec) const MOST_CRITICAL: usize = 100;

/// Checks a whole document.
pub(super) fn experiment(
    raw: RawExperiment,
    catalog: &Catalog,
    limits: &Limits,
    found: &mut Vec<Violation>,
) -> Option<ValidExperiment> {
    constant(raw.api_version.as_deref(), "apiVersion", API_VERSION, found);
    constant(raw.kind.as_deref(), "kind", KIND, found);
    let id = raw.metadata.id.map(|text| identifier::<ExperimentId>(text, "metadata.id", found));
    if raw.metadata.name.is_none() {
        let violation = Violation::new("metadata.name", "missing: name the experiment");
        found.push(violation.with_hint("allowed: a DNS label such as cut-process-cost"));
    }
    let name = raw.metadata.name.map(|text| identifier::<ExperimentName>(text, "metadata.name", found));
    labels(&raw.metadata.labels, found);
    let spec = spec(raw.spec, catalog, limits, found);
    Some(ValidExperiment { id: id.flatten(), name: name??, labels: raw.metadata.labels, spec: spec? })
}

fn spec(raw: RawSpec, catalog: &Catalog, limits: &Limits, found: &mut Vec<Violation>) -> Option<ExperimentSpec> {
    let description = raw.description.unwrap_or_default();
    check_description(&description, found);
    let target = Target { node_selector: raw.target.unwrap_or_default().node_selector };
    node_selector(&target.node_selector, found);
    let critical_processes = critical_processes(raw.critical_processes, found);
    if let Some(candidate) = &raw.candidate {
        found.extend(selection::dropped(candidate, "spec.candidate", &critical_processes, catalog));
    }
    let baseline = required(raw.baseline, "spec.baseline", catalog, found);
    let candidate = required(raw.candidate, "spec.candidate", catalog, found);
    let schedule = schedule::schedule(raw.schedule, limits, found);
    for (pipeline, field) in [(&baseline, "spec.baseline"), (&candidate, "spec.candidate")] {
        if let (Some(schedule), Some(pipeline)) = (&schedule, pipeline) {
            schedule::check_collection(schedule, pipeline, field, catalog, found);
        }
    }
    let deadlines = schedule::deadlines(raw.deadlines, found);
    let policy = policy::policy(raw.policy, found);
    Some(ExperimentSpec {
        description,
        target,
        baseline: baseline?,
        candidate: candidate?,
        critical_processes,
        schedule: schedule?,
        keep_pipelines: raw.keep_pipelines.unwrap_or(false),
        deadlines,
        policy,
    })
}

fn constant(given: Option<&str>, field: &str, wanted: &str, found: &mut Vec<Violation>) {
    let message = match given {
        Some(given) if given == wanted => return,
        Some(given) => format!("{} is not known here", quote(given)),
        None => "missing".to_owned(),
    };
    found.push(Violation::new(field, message).with_hint(format!("write {field}: {wanted}")));
}

fn required(
    raw: Option<RawPipelineSpec>,
    field: &str,
    catalog: &Catalog,
    found: &mut Vec<Violation>,
) -> Option<PipelineSpec> {
    if raw.is_none() {
        let names = catalog.templates.iter().map(|template| template.name.as_str());
        let hint = format!("write {field}.baseTemplate; {}", suggest("", "known", names));
        found.push(Violation::new(field, "missing: name its template").with_hint(hint));
    }
    pipeline::pipeline(raw?, field, catalog, found)
}

fn check_description(text: &str, found: &mut Vec<Violation>) {
    let length = text.chars().count();
    let mut refuse = |message: String| {
        let hint = format!("allowed: at most {LONGEST_DESCRIPTION} characters of plain text");
        found.push(Violation::new("spec.description", message).with_hint(hint));
    };
    if length > LONGEST_DESCRIPTION {
        refuse(format!("is {length} characters long"));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        refuse("holds a control character".to_owned());
    }
}

fn labels(labels: &BTreeMap<String, String>, found: &mut Vec<Violation>) {
    const FIELD: &str = "metadata.labels";
    let wrong = |text: &str| text.chars().count() > LONGEST_LABEL || text.chars().any(char::is_control);
    if is_overfull(labels, FIELD, found) {
        return;
    }
    for (key, value) in labels {
        let field = path::key(FIELD, key);
        if key.is_empty() || wrong(key) {
            let hint = format!("allowed: 1 to {LONGEST_LABEL} characters, none of them a control character");
            found.push(Violation::new(&field, format!("the key {} is not allowed", quote(key))).with_hint(hint));
        }
        if wrong(value) {
            let hint = format!("allowed: at most {LONGEST_LABEL} characters, none of them a control character");
            found.push(Violation::new(&field, format!("the value {} is not allowed", quote(value))).with_hint(hint));
        }
    }
}

fn node_selector(labels: &BTreeMap<String, String>, found: &mut Vec<Violation>) {
    const FIELD: &str = "spec.target.nodeSelector";
    if is_overfull(labels, FIELD, found) {
        return;
    }
    for (key, value) in labels {
        let field = path::key(FIELD, key);
        if !is_label_key(key) {
            let hint = "allowed: a Kubernetes label such as phoenix.io/pool: an optional DNS name with /, then at most 63 letters, digits, -, _ and .";
            found.push(Violation::new(&field, format!("the key {} is no label", quote(key))).with_hint(hint));
        }
        if !(value.is_empty() || is_label_name(value)) {
            let hint = "allowed: at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit";
            found.push(Violation::new(&field, format!("the value {} is no label", quote(value))).with_hint(hint));
        }
    }
}

fn is_overfull(labels: &BTreeMap<String, String>, field: &str, found: &mut Vec<Violation>) -> bool {
    let overfull = labels.len() > MOST_LABELS;
    if overfull {
        let message = format!("holds {} labels", labels.len());
        found.push(Violation::new(field, message).with_hint(format!("allowed: at most {MOST_LABELS}")));
    }
    overfull
}

fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => {
            prefix.len() <= LONGEST_PREFIX && prefix.split('.').all(is_dns_label) && is_label_name(name)
        }
        None => is_label_name(key),
    }
}

fn is_dns_label(text: &str) -> bool {
    is_framed(text) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_label_name(text: &str) -> bool {
    is_framed(text) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Not empty, not too long, and with a letter or digit at both ends.
fn is_framed(text: &str) -> bool {
    let ends = [text.bytes().next(), text.bytes().next_back()];
    text.len() <= LONGEST_LABEL && ends.iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
}

/// The patterns that can be read; those that cannot are violations.
fn critical_processes(raw: Vec<String>, found: &mut Vec<Violation>) -> Vec<ProcessPattern> {
    const FIELD: &str = "spec.criticalProcesses";
    if raw.len() > MOST_CRITICAL {
        let message = format!("holds {} patterns", raw.len());
        found.push(Violation::new(FIELD, message).with_hint(format!("allowed: at most {MOST_CRITICAL}")));
        return Vec::new();
    }
    let mut patterns = Vec::with_capacity(raw.len());
    for (position, text) in raw.into_iter().enumerate() {
        match ProcessPattern::try_from(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => found.push(parameter::refused_pattern(&error, &path::index(FIELD, position))),
        }
    }
    patterns
}
