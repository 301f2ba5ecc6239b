//! Whether this host could run a configuration: identity, variables, components, and what the collector itself says.

use std::collections::BTreeSet;

use phoenix_core::ports::failure::Failure;
use phoenix_core::ports::validator::{Finding, Severity};
use serde_json::Value;

use crate::collector::Collector;
use crate::disk::{failure, write_synced};
use crate::environment::{CONFIG_HASH, HEALTH_PORT, METRICS_PORT, PIPELINE, TELEMETRY_PORT, sample};
use crate::process::config_argument;
use crate::shared::{Shared, blocking};

/// Longest text of the collector that a finding carries.
const LONGEST: usize = 1_000;

/// Checks a configuration. Changes nothing.
pub(crate) async fn check(shared: &Shared, config: &str) -> Result<Vec<Finding>, Failure> {
    let document = match read(config) {
        Ok(document) => document,
        Err(error) => return Ok(vec![finding("ConfigUnreadable", "", format!("this is no YAML: {error}"))]),
    };
    let collector = shared.collector()?;
    let mut findings = missing_components(&collector, &document);
    findings.extend(check_variables(shared, &document));
    findings.extend(check_memory(shared.options.memory_limit >> 20, &document));
    if !findings.iter().any(|finding| finding.severity == Severity::Error) {
        findings.extend(ask_collector(shared, &collector, config).await?);
    }
    Ok(findings)
}

/// A configuration as a value.
pub(crate) fn read(config: &str) -> Result<Value, serde_yaml::Error> {
    serde_yaml::from_str_with_options(config, options())
}

/// The dialect of the collector and of whoever wrote the configuration: `yes` and `on` are texts.
fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        reject_unsupported_tags: true,
        budget: serde_yaml::budget! {
            max_events: 100_000,
            max_nodes: 50_000,
            max_aliases: 1_000,
            max_depth: 48,
            max_documents: 64,
            max_total_scalar_bytes: 4 << 20,
        },
    }
}

fn finding(rule: &str, path: &str, message: String) -> Finding {
    Finding { severity: Severity::Error, rule: rule.to_owned(), path: path.to_owned(), message }
}

fn missing_components(collector: &Collector, document: &Value) -> Vec<Finding> {
    let missing = collector.components().missing(document);
    let message = |component: &str, section: &str| {
        format!(
            "the collector {} ({}) was built without {component} among its {section}; take a collector that has it, \
             or leave it out",
            collector.path().display(),
            collector.version()
        )
    };
    missing
        .into_iter()
        .map(|one| {
            let path = format!("{}.{}", one.section, one.key);
            finding("ComponentMissing", &path, message(&one.component, one.section))
        })
        .collect()
}

/// The ceiling of this host holds for everybody: a configuration may stay below it, but not raise it.
fn check_memory(ceiling_mib: u64, document: &Value) -> Vec<Finding> {
    let processors = document.get("processors").and_then(Value::as_object);
    let limits = processors.into_iter().flatten().filter_map(|(key, limiter)| {
        let kind = key.split('/').next().unwrap_or(key).trim();
        Some((key, limiter.get("limit_mib")?.as_u64()?)).filter(|_| kind == "memory_limiter")
    });
    let is_beyond = limits.filter(|(_, limit)| *limit > ceiling_mib);
    is_beyond
        .map(|(key, limit)| {
            let message = format!(
                "{limit} MiB is more than the {ceiling_mib} MiB that a collector may take on this host; lower it, or raise \
                 collector.memory_limit_mib"
            );
            finding("MemoryCeiling", &format!("processors.{key}.limit_mib"), message)
        })
        .collect()
}

/// A variable that a configuration refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    name: String,
    path: String,
}

fn check_variables(shared: &Shared, document: &Value) -> Vec<Finding> {
    let mut references = BTreeSet::new();
    collect(document, "", &mut references);
    let known: BTreeSet<String> = sample(&shared.options, &shared.host).into_iter().map(|(name, _)| name).collect();
    let unset = references.iter().filter(|reference| !known.contains(&reference.name)).map(|reference| {
        let message = format!(
            "${{env:{}}} is not set: collectors do not get the server's environment; pass it on by name (collector.pass_env), \
             or give it a default",
            reference.name
        );
        finding("VariableUnset", &reference.path, message)
    });
    let refers_to = |name: &str| references.iter().any(|reference| reference.name == name);
    let needed = [
        (HEALTH_PORT, Severity::Error, "its extension health_check does not listen there, so it would never be ready"),
        (TELEMETRY_PORT, Severity::Error, "its own telemetry is not there, so it would never be ready"),
        (CONFIG_HASH, Severity::Error, "its telemetry does not carry config_hash, so it would never be ready"),
        (PIPELINE, Severity::Error, "its telemetry does not carry the pipeline's name, so it would never be ready"),
        (METRICS_PORT, Severity::Warning, "no exporter listens there, so its series cannot be counted"),
    ];
    let unused = needed.into_iter().filter(|(name, _, _)| !refers_to(name)).map(|(name, severity, consequence)| {
        let message = format!("the configuration does not use ${{env:{name}}}: {consequence}");
        Finding { severity, ..finding("VariableUnused", "service", message) }
    });
    unset.chain(unused).collect()
}

fn collect(value: &Value, path: &str, references: &mut BTreeSet<Reference>) {
    let below = |key: &dyn std::fmt::Display| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match value {
        Value::String(text) => references.extend(
            without_default(text).into_iter().map(|name| Reference { name: name.to_owned(), path: path.to_owned() }),
        ),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{index}]"), references);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                collect(item, &below(key), references);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The variables that a text needs: `${env:NAME}` and `${NAME}`, but not `${env:NAME:-default}` and `$${...}`.
fn without_default(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("${") {
        let dollars = text[..at].bytes().rev().take_while(|byte| *byte == b'$').count();
        let Some(end) = text[at..].find('}') else {
            continue;
        };
        let inner = &text[at + 2..at + end];
        let name = inner.strip_prefix("env:").unwrap_or(inner);
        if dollars % 2 == 0 && !name.contains(':') {
            names.push(name);
        }
    }
    names
}

async fn ask_collector(shared: &Shared, collector: &Collector, config: &str) -> Result<Vec<Finding>, Failure> {
    let file = shared.layout.new_check();
    let (path, text) = (file.clone(), config.to_owned());
    blocking(move || write_synced(&path, text.as_bytes()).map_err(|error| failure("write", &path, error))).await?;
    let arguments = ["validate".into(), "--config".into(), config_argument(&file)];
    let patience = shared.options.timing.check_timeout;
    let ended =
        crate::collector::run(collector.path(), &arguments, &sample(&shared.options, &shared.host), patience).await;
    if let Err(error) = tokio::fs::remove_file(&file).await {
        tracing::debug!(path = %file.display(), %error, "a checked configuration stays");
    }
    let ended = ended.map_err(|error| {
        let message = format!("cannot ask {} about a configuration: {error}", collector.path().display());
        Failure::transient("CollectorSilent", message).with_source(error)
    })?;
    if ended.status.success() {
        return Ok(Vec::new());
    }
    let said = if ended.stderr.trim().is_empty() { ended.stdout } else { ended.stderr };
    let said: String = shared.options.redact(said.trim()).chars().take(LONGEST).collect();
    Ok(vec![finding("CollectorRefuses", "", format!("the collector refuses it: {said}"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialect_is_the_common_one() {
        phoenix_core::testing::dialect::check(|text| serde_yaml::from_str_with_options(text, options()).ok());
    }

    #[test]
    fn no_configuration_raises_the_memory_ceiling() {
        let document: Value = serde_yaml::from_str(
            "processors:\n  batch: {}\n  memory_limiter: {limit_mib: 512}\n  memory_limiter/big: {limit_mib: 513}\n  \
             memory_limiter/share: {limit_percentage: 50}\n",
        )
        .expect("yaml");
        let [finding] = <[Finding; 1]>::try_from(check_memory(512, &document)).expect("one");
        assert_eq!(
            (finding.rule.as_str(), finding.path.as_str()),
            ("MemoryCeiling", "processors.memory_limiter/big.limit_mib")
        );
        assert!(finding.message.contains("513 MiB") && finding.message.contains("512 MiB"), "{finding}");
        let none: Value = serde_yaml::from_str("processors: null").expect("yaml");
        assert_eq!(check_memory(512, &none), []);
    }

    #[test]
    fn references_are_found_where_they_need_a_value() {
        assert_eq!(without_default("${env:A}:${B}"), ["A", "B"]);
        assert_eq!(without_default("${env:A:-1} $${env:B} $$${env:C} ${"), ["C"]);
        let document: Value = serde_yaml::from_str("a: {b: ['${env:X}']}\nc: ${env:Y}\n").expect("yaml");
        let mut found = BTreeSet::new();
        collect(&document, "", &mut found);
        let found: Vec<_> = found.into_iter().map(|one| format!("{} {}", one.path, one.name)).collect();
        assert_eq!(found, ["a.b[0] X", "c Y"]);
    }
}
