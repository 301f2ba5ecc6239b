//! A generator with a small catalog, whose configurations say what they were made of.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::ports::failure::Failure;
use crate::ports::generator::{Generated, Generator};
use crate::ports::validator::Finding;
use crate::spec::{
    Catalog, CatalogEntry, Optimization, ParameterKind, ParameterSchema, PipelineSpec, RawOptimization,
    RawPipelineSpec, Violation, validate_pipeline,
};
use crate::time::Span;

/// A generator with the template `process-baseline` (`collectionInterval`, 1 s by default) and the strategies `exclude-kernel-threads` and
/// `process-filter` (`patterns`).
#[derive(Debug, Default)]
pub struct FakeGenerator(Mutex<Script>);

#[derive(Debug, Default)]
struct Script {
    outage: u32,
    refusal: Option<String>,
    findings: Vec<Finding>,
    calls: u32,
}

impl FakeGenerator {
    /// A generator that generates.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next generations fail in passing.
    pub fn fail_next(&self, times: u32) {
        self.script().outage = times;
    }

    /// Refuses every specification for good, with this message.
    pub fn refuse(&self, message: &str) {
        self.script().refusal = Some(message.to_owned());
    }

    /// Says this about every configuration.
    pub fn find(&self, finding: Finding) {
        self.script().findings.push(finding);
    }

    /// How often something was to be generated.
    pub fn calls(&self) -> u32 {
        self.script().calls
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Script {
    fn enter(&mut self) -> Result<Vec<Finding>, Failure> {
        self.calls = self.calls.saturating_add(1);
        if self.outage > 0 {
            self.outage -= 1;
            return Err(Failure::transient("FakeOutage", "the fake generator fails as asked"));
        }
        match &self.refusal {
            Some(message) => Err(Failure::permanent("FakeRefusal", message.clone())),
            None => Ok(self.findings.clone()),
        }
    }
}

#[async_trait]
impl Generator for FakeGenerator {
    async fn catalog(&self) -> Result<Catalog, Failure> {
        Ok(catalog())
    }

    async fn generate(&self, spec: &PipelineSpec) -> Result<Generated, Failure> {
        let findings = self.script().enter()?;
        let valid = validate_pipeline(raw(spec), "", &catalog()).map_err(|violations| refused(&violations))?;
        Ok(Generated { config: render(&valid), collection_interval: interval(&valid), findings })
    }
}

fn catalog() -> Catalog {
    let interval = ParameterSchema {
        name: "collectionInterval".to_owned(),
        description: "Distance of two measurements".to_owned(),
        kind: ParameterKind::Duration { min: Span::from_secs(1), max: Span::from_mins(10) },
        default: Some(json!("1s")),
    };
    let patterns = ParameterSchema {
        name: "patterns".to_owned(),
        description: "Executables that remain".to_owned(),
        kind: ParameterKind::Patterns { min: 1, max: 100 },
        default: None,
    };
    Catalog {
        templates: vec![entry("process-baseline", vec![interval], None)],
        strategies: vec![
            entry("exclude-kernel-threads", Vec::new(), None),
            entry("process-filter", vec![patterns], Some("patterns")),
        ],
    }
}

fn entry(name: &str, parameters: Vec<ParameterSchema>, keeps_only: Option<&str>) -> CatalogEntry {
    CatalogEntry {
        name: name.to_owned(),
        description: format!("The fake {name}"),
        parameters,
        keeps_only: keeps_only.map(str::to_owned),
    }
}

fn raw(spec: &PipelineSpec) -> RawPipelineSpec {
    RawPipelineSpec {
        name: None,
        base_template: Some(spec.base_template.clone()),
        parameters: spec.parameters.clone(),
        optimizations: spec
            .optimizations
            .iter()
            .map(|one| RawOptimization { name: Some(one.name.clone()), parameters: one.parameters.clone() })
            .collect(),
    }
}

fn refused(violations: &[Violation]) -> Failure {
    let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
    Failure::permanent("FakeRefusal", texts.join("\n"))
}

fn interval(spec: &PipelineSpec) -> Span {
    let given = spec.parameters.get("collectionInterval").and_then(Value::as_str).and_then(|text| text.parse().ok());
    given.unwrap_or(Span::from_secs(1))
}

fn render(spec: &PipelineSpec) -> String {
    let line =
        |Optimization { name, parameters }: &Optimization| format!("  - {name}: {}\n", parameters_of(parameters));
    let strategies: String = spec.optimizations.iter().map(line).collect();
    format!("receivers:\n  {}: {}\nprocessors:\n{strategies}", spec.base_template, interval(spec))
}

fn parameters_of(parameters: &BTreeMap<String, Value>) -> String {
    json!(parameters).to_string()
}
