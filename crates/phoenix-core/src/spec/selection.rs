//! Critical processes that a candidate's own patterns provably drop.
//!
//! A strategy whose patterns name the only processes that remain keeps the names that one of the patterns matches. When no name whatsoever is
//! matched by a critical pattern and by one of those, every critical process is lost before the experiment starts, and so it is refused. What
//! is not proven here is measured by the run.

mod language;

use regex_syntax::hir::{Hir, HirKind, Look};
use serde_json::Value;

use crate::spec::words::quote;
use crate::spec::{Catalog, ProcessPattern, RawOptimization, RawPipelineSpec, Violation, path};
use language::{Budget, Language};

/// Most alternatives that a critical pattern is taken apart into; beyond, it is only looked at as a whole.
const MOST_ALTERNATIVES: usize = 64;

/// A strategy's patterns as they stand in a document.
struct Kept {
    field: String,
    language: Language,
}

/// One violation for each strategy of the pipeline at `field` and each critical pattern that it drops, wholly or one of its alternatives.
///
/// Works on the document as it was written, so that it has its say beside other mistakes; what cannot be read is left to those.
pub(super) fn dropped(
    pipeline: &RawPipelineSpec,
    field: &str,
    critical: &[ProcessPattern],
    catalog: &Catalog,
) -> Vec<Violation> {
    let mut budget = Budget::default();
    let mut violations = Vec::new();
    let list = path::key(field, "optimizations");
    for (position, optimization) in pipeline.optimizations.iter().enumerate() {
        let Some(kept) = kept(optimization, &path::index(&list, position), catalog) else { continue };
        for pattern in critical {
            violations.extend(conflict(pattern, &kept, &mut budget));
        }
    }
    violations
}

/// The patterns of a strategy that keeps nothing else, when every one of them can be read.
fn kept(optimization: &RawOptimization, field: &str, catalog: &Catalog) -> Option<Kept> {
    let entry = catalog.strategy(optimization.name.as_deref()?)?;
    let parameter = entry.parameter(entry.keeps_only.as_deref()?)?;
    let given = optimization.parameters.get(&parameter.name).filter(|value| !value.is_null());
    let value = given.or(parameter.default.as_ref())?;
    // A list without patterns is refused as such.
    let values = value.as_array().filter(|values| !values.is_empty())?;
    let patterns: Option<Vec<Hir>> = values.iter().map(pattern_of).collect();
    let field = path::key(&path::key(field, "parameters"), &parameter.name);
    Some(Kept { field, language: Language::of(&patterns?) })
}

fn pattern_of(value: &Value) -> Option<Hir> {
    ProcessPattern::try_from(value.as_str()?.to_owned()).ok()?.hir()
}

fn conflict(critical: &ProcessPattern, kept: &Kept, budget: &mut Budget) -> Option<Violation> {
    let whole = critical.hir()?;
    let mut is_dropped =
        |hir: &Hir| language::disjoint(&Language::of(std::slice::from_ref(hir)), &kept.language, budget);
    if is_dropped(&whole) {
        let message = format!("drops every process that the critical pattern {} names", quote(critical.as_str()));
        let hint =
            format!("add {} to the patterns, or take it out of spec.criticalProcesses", quote(critical.as_str()));
        return Some(Violation::new(&kept.field, message).with_hint(hint));
    }
    let alternatives = alternatives(&whole).filter(|all| all.len() > 1).unwrap_or_default();
    let lost: Vec<String> = alternatives
        .iter()
        .filter_map(|hir| spelled(hir).filter(|_| is_dropped(hir)))
        .map(|text| quote(&text))
        .collect();
    if lost.is_empty() {
        return None;
    }
    let critical = quote(critical.as_str());
    let message = format!("drops every process that {} of the critical pattern {critical} names", lost.join(" and "));
    let hint = format!("add {} to the patterns, or take it out of spec.criticalProcesses", lost.join(" and "));
    Some(Violation::new(&kept.field, message).with_hint(hint))
}

/// The expression as a list of expressions without alternatives; `None` when there are too many.
fn alternatives(hir: &Hir) -> Option<Vec<Hir>> {
    let all = match hir.kind() {
        HirKind::Alternation(branches) => {
            branches.iter().map(alternatives).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect()
        }
        HirKind::Concat(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let tails = alternatives(part)?;
                if all.len().saturating_mul(tails.len()) > MOST_ALTERNATIVES {
                    return None;
                }
                let join = |head: &Vec<Hir>, tail: &Hir| head.iter().chain([tail]).cloned().collect::<Vec<_>>();
                all = all.iter().flat_map(|head| tails.iter().map(move |tail| join(head, tail))).collect();
            }
            all.into_iter().map(Hir::concat).collect()
        }
        HirKind::Capture(capture) => alternatives(&capture.sub)?,
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => {
            vec![hir.clone()]
        }
    };
    Some(all).filter(|all: &Vec<Hir>| all.len() <= MOST_ALTERNATIVES)
}

/// The text of an alternative that spells out one name or a part of one. Others, for instance those with a class, describe many names of
/// which a user need not have all, so the loss of some is no mistake.
fn spelled(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(regex_syntax::escape),
        HirKind::Look(Look::Start) => Some("^".to_owned()),
        HirKind::Look(Look::End) => Some("$".to_owned()),
        HirKind::Concat(parts) => parts.iter().map(spelled).collect(),
        HirKind::Empty
        | HirKind::Look(_)
        | HirKind::Class(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Alternation(_) => None,
    }
}

#[cfg(test)]
mod tests;
