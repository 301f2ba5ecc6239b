//! The contract of the generator: what every adapter must do, whatever its templates are.
//!
//! The suite knows no template by name: it reads the catalog, and makes specifications of what that allows.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::error::Retry;
use crate::ports::failure::Failure;
use crate::ports::generator::{Generated, Generator};
use crate::ports::validator::errors_of;
use crate::spec::{Catalog, CatalogEntry, Optimization, ParameterKind, ParameterSchema, PipelineSpec};
use crate::testing::contract::concurrently;
use crate::time::Span;

/// A generator.
pub trait GeneratorFixture: Send + Sync {
    /// The generator under test.
    fn generator(&self) -> &dyn Generator;
}

/// Runs the contract of the generator against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! generator_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; generator {
            the_catalog_is_the_same_every_time,
            the_catalog_describes_everything_once,
            every_template_generates_with_its_defaults,
            every_strategy_changes_the_configuration,
            the_same_specification_gives_the_same_bytes,
            a_default_written_out_changes_nothing,
            strategies_are_applied_in_the_order_given,
            an_unknown_template_is_refused_by_its_field,
            an_unknown_strategy_is_refused_by_its_field,
            unknown_parameters_are_refused_by_their_field,
            unusable_parameters_are_refused_by_their_field,
        } }
    };
}

async fn catalog(fixture: &impl GeneratorFixture) -> Catalog {
    fixture.generator().catalog().await.expect("a catalog")
}

async fn generated(fixture: &impl GeneratorFixture, spec: &PipelineSpec) -> Generated {
    let generated = fixture.generator().generate(spec).await;
    assert!(generated.is_ok(), "{spec:?}: {generated:?}");
    generated.expect("just seen")
}

/// Expects a refusal for good whose message names the field.
async fn refused(fixture: &impl GeneratorFixture, spec: &PipelineSpec, field: &str) -> Failure {
    let failure = fixture.generator().generate(spec).await.expect_err(field);
    assert_eq!(failure.retry(), Retry::Never, "{field}: {failure}");
    assert!(failure.message().contains(field), "{field} is not named: {failure}");
    failure
}

fn template(entry: &CatalogEntry) -> PipelineSpec {
    PipelineSpec { base_template: entry.name.clone(), parameters: mandatory(entry), optimizations: Vec::new() }
}

fn strategy(entry: &CatalogEntry) -> Optimization {
    Optimization { name: entry.name.clone(), parameters: mandatory(entry) }
}

fn with(mut spec: PipelineSpec, strategies: Vec<Optimization>) -> PipelineSpec {
    spec.optimizations = strategies;
    spec
}

/// Values of the parameters that have no default.
fn mandatory(entry: &CatalogEntry) -> BTreeMap<String, Value> {
    let needed = entry.parameters.iter().filter(|schema| schema.default.is_none());
    needed.map(|schema| (schema.name.clone(), usable(&schema.kind))).collect()
}

fn usable(kind: &ParameterKind) -> Value {
    match kind {
        ParameterKind::Duration { min, .. } => json!(min.to_string()),
        ParameterKind::Integer { min, .. } => json!(min),
        ParameterKind::Number { min, .. } => json!(min),
        ParameterKind::Boolean => json!(true),
        ParameterKind::Patterns { min, .. } => {
            (0..(*min).max(1)).map(|number| json!(format!("^postgres{number}$"))).collect()
        }
    }
}

/// Values that the kind does not allow: of another type, and outside the range.
fn unusable(kind: &ParameterKind) -> Vec<Value> {
    match kind {
        ParameterKind::Duration { max, .. } => vec![json!(5), json!((*max + Span::from_secs(1)).to_string())],
        ParameterKind::Integer { max, .. } => vec![json!("many"), json!(max.saturating_add(1))],
        ParameterKind::Number { max, .. } => vec![json!("much"), json!(max + 1.0)],
        ParameterKind::Boolean => vec![json!("yes")],
        ParameterKind::Patterns { max, .. } => {
            vec![json!("^a$"), json!(["("]), (0..=*max).map(|number| json!(format!("^p{number}$"))).collect()]
        }
    }
}

/// The first template under which the strategy can be applied, with the plain and the changed configuration.
async fn applied(fixture: &impl GeneratorFixture, entry: &CatalogEntry) -> (PipelineSpec, Generated, Generated) {
    let templates = catalog(fixture).await.templates;
    let mut found = None;
    for base in &templates {
        let plain = template(base);
        let changed = with(plain.clone(), vec![strategy(entry)]);
        if let Ok(result) = fixture.generator().generate(&changed).await {
            found = Some((changed, generated(fixture, &plain).await, result));
            break;
        }
    }
    assert!(found.is_some(), "none of {templates:?} takes the strategy {}", entry.name);
    found.expect("just seen")
}

/// The catalog does not depend on when it is asked for.
pub async fn the_catalog_is_the_same_every_time<F: GeneratorFixture>(fixture: &F) {
    let first = catalog(fixture).await;
    assert!(!first.templates.is_empty(), "there is no template");
    assert_eq!(catalog(fixture).await, first);
}

/// Names are unique, everything has a description, and what selects processes names a parameter of patterns.
pub async fn the_catalog_describes_everything_once<F: GeneratorFixture>(fixture: &F) {
    let catalog = catalog(fixture).await;
    for entries in [&catalog.templates, &catalog.strategies] {
        let names: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names.len(), entries.len(), "two entries have one name");
        for entry in entries {
            assert!(!entry.name.is_empty() && !entry.description.is_empty(), "{entry:?}");
            let parameters: BTreeSet<&str> = entry.parameters.iter().map(|schema| schema.name.as_str()).collect();
            assert_eq!(parameters.len(), entry.parameters.len(), "two parameters of {} have one name", entry.name);
            assert!(entry.parameters.iter().all(|schema| !schema.description.is_empty()), "{entry:?}");
            if let Some(name) = &entry.keeps_only {
                let kind = entry.parameter(name).map(|schema| &schema.kind);
                assert!(
                    matches!(kind, Some(ParameterKind::Patterns { .. })),
                    "{} keeps by {name}: {kind:?}",
                    entry.name
                );
            }
        }
    }
}

/// What is left out takes its default, and the result can be measured.
pub async fn every_template_generates_with_its_defaults<F: GeneratorFixture>(fixture: &F) {
    for entry in &catalog(fixture).await.templates {
        let generated = generated(fixture, &template(entry)).await;
        assert!(!generated.config.is_empty(), "{}", entry.name);
        assert!(!generated.collection_interval.is_zero(), "{}", entry.name);
        assert_eq!(errors_of(&generated.findings), None, "{}", entry.name);
    }
}

/// Every strategy can be applied somewhere, and does something there.
pub async fn every_strategy_changes_the_configuration<F: GeneratorFixture>(fixture: &F) {
    for entry in &catalog(fixture).await.strategies {
        let (spec, plain, changed) = applied(fixture, entry).await;
        assert_ne!(changed.config, plain.config, "{spec:?}");
        assert_eq!(errors_of(&changed.findings), None, "{spec:?}");
    }
}

/// Byte for byte, also while others generate something else.
pub async fn the_same_specification_gives_the_same_bytes<F: GeneratorFixture>(fixture: &F) {
    let catalog = catalog(fixture).await;
    let mut specs: Vec<PipelineSpec> = catalog.templates.iter().map(template).collect();
    for entry in &catalog.strategies {
        specs.push(applied(fixture, entry).await.0);
    }
    let twice: Vec<&PipelineSpec> = specs.iter().chain(&specs).collect();
    let results = concurrently(twice.into_iter().map(|spec| generated(fixture, spec))).await;
    let (first, second) = results.split_at(specs.len());
    assert_eq!(first, second);
    let configs: BTreeSet<&str> = first.iter().map(|generated| generated.config.as_str()).collect();
    assert_eq!(configs.len(), specs.len(), "different specifications give the same bytes");
}

/// A parameter that is given its default is the same as one that is left out.
pub async fn a_default_written_out_changes_nothing<F: GeneratorFixture>(fixture: &F) {
    for entry in &catalog(fixture).await.templates {
        let short = template(entry);
        let mut long = short.clone();
        for schema in &entry.parameters {
            long.parameters.extend(schema.default.clone().map(|value| (schema.name.clone(), value)));
        }
        assert_eq!(generated(fixture, &long).await, generated(fixture, &short).await, "{}", entry.name);
    }
}

/// Two strategies that can be combined can be combined both ways round, and the order is the user's.
pub async fn strategies_are_applied_in_the_order_given<F: GeneratorFixture>(fixture: &F) {
    let catalog = catalog(fixture).await;
    for (index, one) in catalog.strategies.iter().enumerate() {
        for other in catalog.strategies.iter().skip(index + 1) {
            let plain = applied(fixture, one).await.0;
            let forth = with(plain.clone(), vec![strategy(one), strategy(other)]);
            let back = with(plain, vec![strategy(other), strategy(one)]);
            // What cannot be combined is refused for good, and named by its place.
            if fixture.generator().generate(&forth).await.is_err() {
                refused(fixture, &forth, "optimizations[1]").await;
                continue;
            }
            let (forth, back) = (generated(fixture, &forth).await, generated(fixture, &back).await);
            assert_ne!(forth.config, back.config, "{} and {}", one.name, other.name);
        }
    }
}

/// Refused for good, by field and name.
pub async fn an_unknown_template_is_refused_by_its_field<F: GeneratorFixture>(fixture: &F) {
    let spec = PipelineSpec {
        base_template: "no-such-template".to_owned(),
        parameters: BTreeMap::new(),
        optimizations: Vec::new(),
    };
    let failure = refused(fixture, &spec, "baseTemplate").await;
    assert!(failure.message().contains("no-such-template"), "{failure}");
    // A refusal is no reason to refuse what comes next.
    for entry in &catalog(fixture).await.templates {
        generated(fixture, &template(entry)).await;
    }
}

/// Refused for good, by place and name.
pub async fn an_unknown_strategy_is_refused_by_its_field<F: GeneratorFixture>(fixture: &F) {
    let unknown = Optimization { name: "no-such-strategy".to_owned(), parameters: BTreeMap::new() };
    for entry in &catalog(fixture).await.templates {
        let failure = refused(fixture, &with(template(entry), vec![unknown.clone()]), "optimizations[0].name").await;
        assert!(failure.message().contains("no-such-strategy"), "{failure}");
    }
}

/// Nothing that a user wrote is passed over.
pub async fn unknown_parameters_are_refused_by_their_field<F: GeneratorFixture>(fixture: &F) {
    let catalog = catalog(fixture).await;
    for entry in &catalog.templates {
        let mut spec = template(entry);
        spec.parameters.insert("noSuchParameter".to_owned(), json!(1));
        refused(fixture, &spec, "parameters.noSuchParameter").await;
    }
    for entry in &catalog.strategies {
        let mut spec = applied(fixture, entry).await.0;
        for one in &mut spec.optimizations {
            one.parameters.insert("noSuchParameter".to_owned(), json!(1));
        }
        refused(fixture, &spec, "optimizations[0].parameters.noSuchParameter").await;
    }
}

/// Wrong types and values out of range.
pub async fn unusable_parameters_are_refused_by_their_field<F: GeneratorFixture>(fixture: &F) {
    let catalog = catalog(fixture).await;
    for entry in &catalog.templates {
        for (schema, value) in unusables(entry) {
            let mut spec = template(entry);
            spec.parameters.insert(schema.name.clone(), value);
            refused(fixture, &spec, &format!("parameters.{}", schema.name)).await;
        }
    }
    for entry in &catalog.strategies {
        let plain = applied(fixture, entry).await.0;
        for (schema, value) in unusables(entry) {
            let mut spec = plain.clone();
            for one in &mut spec.optimizations {
                one.parameters.insert(schema.name.clone(), value.clone());
            }
            refused(fixture, &spec, &format!("optimizations[0].parameters.{}", schema.name)).await;
        }
    }
}

fn unusables(entry: &CatalogEntry) -> impl Iterator<Item = (&ParameterSchema, Value)> {
    entry.parameters.iter().flat_map(|schema| unusable(&schema.kind).into_iter().map(move |value| (schema, value)))
}
