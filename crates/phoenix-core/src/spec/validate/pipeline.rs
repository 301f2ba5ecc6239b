//! A pipeline specification against the catalog.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parameter;
use crate::spec::words::{quote, suggest};
use crate::spec::{
    Catalog, CatalogEntry, Optimization, PipelineSpec, RawOptimization, RawPipelineSpec, Violation, path,
};

/// Most strategies of one pipeline.
pub(in crate::spec) const MOST_OPTIMIZATIONS: usize = 16;

/// Checks a pipeline specification; `None` when something without a default is missing.
pub(super) fn pipeline(
    raw: RawPipelineSpec,
    field: &str,
    catalog: &Catalog,
    found: &mut Vec<Violation>,
) -> Option<PipelineSpec> {
    if let Some(name) = raw.name {
        let message = format!("{} cannot be given here", quote(&name));
        let hint = "pipelines are named after their experiment, type and configuration; take it out";
        found.push(Violation::new(path::key(field, "name"), message).with_hint(hint));
    }
    let entry =
        entry("template", raw.base_template.as_deref(), &path::key(field, "baseTemplate"), &catalog.templates, found);
    let parameters = match entry {
        Some(entry) => parameters(raw.parameters, "template", entry, field, found),
        None => raw.parameters,
    };
    let optimizations = optimizations(raw.optimizations, &path::key(field, "optimizations"), catalog, found);
    Some(PipelineSpec { base_template: raw.base_template?, parameters, optimizations })
}

fn optimizations(
    raw: Vec<RawOptimization>,
    field: &str,
    catalog: &Catalog,
    found: &mut Vec<Violation>,
) -> Vec<Optimization> {
    if raw.len() > MOST_OPTIMIZATIONS {
        let message = format!("holds {} strategies", raw.len());
        found.push(Violation::new(field, message).with_hint(format!("allowed: at most {MOST_OPTIMIZATIONS}")));
        return Vec::new();
    }
    let mut optimizations = Vec::with_capacity(raw.len());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, raw) in raw.into_iter().enumerate() {
        let field = path::index(field, position);
        let known = entry("strategy", raw.name.as_deref(), &path::key(&field, "name"), &catalog.strategies, found);
        if let Some(entry) = known {
            if let Some(first) = seen.insert(&entry.name, position) {
                let message = format!("{} stands at optimizations[{first}] already", quote(&entry.name));
                let hint = "list each strategy once; take one of them out";
                found.push(Violation::new(path::key(&field, "name"), message).with_hint(hint));
            }
            let parameters = parameters(raw.parameters, "strategy", entry, &field, found);
            optimizations.push(Optimization { name: entry.name.clone(), parameters });
        }
    }
    optimizations
}

/// Finds the template or strategy of a name.
fn entry<'a>(
    what: &str,
    name: Option<&str>,
    field: &str,
    known: &'a [CatalogEntry],
    found: &mut Vec<Violation>,
) -> Option<&'a CatalogEntry> {
    let names = || known.iter().map(|entry| entry.name.as_str());
    let Some(name) = name else {
        let hint = suggest("", "known", names());
        found.push(Violation::new(field, format!("missing: name a {what}")).with_hint(hint));
        return None;
    };
    let entry = known.iter().find(|entry| entry.name == name);
    if entry.is_none() {
        let message = format!("there is no {what} {}", quote(name));
        found.push(Violation::new(field, message).with_hint(suggest(name, "known", names())));
    }
    entry
}

/// Checks parameters against those of the catalog. One set to null counts as left out.
fn parameters(
    mut given: BTreeMap<String, Value>,
    what: &str,
    entry: &CatalogEntry,
    field: &str,
    found: &mut Vec<Violation>,
) -> BTreeMap<String, Value> {
    let field = path::key(field, "parameters");
    for (name, value) in &given {
        let at = path::key(&field, name);
        match entry.parameter(name) {
            Some(_) if value.is_null() => {}
            Some(schema) => parameter::check(value, schema, &at, found),
            None => {
                let known = entry.parameters.iter().map(|schema| schema.name.as_str());
                let message = format!("the {what} {} has no such parameter", quote(&entry.name));
                found.push(Violation::new(at, message).with_hint(suggest(name, "known", known)));
            }
        }
    }
    given.retain(|_, value| !value.is_null());
    for schema in &entry.parameters {
        if schema.default.is_none() && !given.contains_key(&schema.name) {
            let message = format!("missing: the {what} {} has no default for it", quote(&entry.name));
            let hint = format!("{}; {}", schema.description, parameter::allowed(&schema.kind));
            found.push(Violation::new(path::key(&field, &schema.name), message).with_hint(hint));
        }
    }
    given
}
