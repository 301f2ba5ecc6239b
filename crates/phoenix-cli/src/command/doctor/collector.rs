//! The collector: where it is, and whether it has what templates and strategies use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use phoenix_core::spec::{CatalogEntry, Optimization, ParameterKind, PipelineSpec};
use phoenix_generator::TemplateGenerator;
use phoenix_local::collector::{Collector, Error, Origin, Search};
use serde_json::{Value, json};

use super::check::Check;
use crate::server::variable;

const COLLECTOR: &str = "collector";

/// The collector that the server would take.
pub(super) enum Located {
    Found(Collector),
    /// There is none, and the Go that would build one, or why none can be built.
    None(Result<PathBuf, Error>),
    /// What was named, or cannot be read.
    Unusable(Error),
}

impl Located {
    /// Looks where the server would.
    pub(super) async fn look() -> Self {
        let search = search();
        match Collector::locate(&search).await {
            Ok(Some(found)) => Self::Found(found),
            Ok(None) => Self::None(Collector::builder(&search).await),
            Err(error) => Self::Unusable(error),
        }
    }

    /// Its path, if there is one.
    pub(super) fn found(&self) -> Option<&Path> {
        match self {
            Self::Found(found) => Some(found.path()),
            Self::None(_) | Self::Unusable(_) => None,
        }
    }
}

/// Whether there is one, and whether it has what is needed.
pub(super) fn collector(located: &Located) -> Check {
    match located {
        Located::Found(found) => judged(found),
        Located::None(builder) => none(builder),
        Located::Unusable(error) => Check::failed(COLLECTOR, error),
    }
}

/// As the server without a configuration file looks; one with a file may name another collector.
fn search() -> Search {
    let named = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
    let base = named.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")));
    Search {
        explicit: variable("PHOENIX_COLLECTOR").map(PathBuf::from),
        path: std::env::var_os("PATH"),
        cache_dir: base.unwrap_or_default().join("phoenix"),
    }
}

fn judged(found: &Collector) -> Check {
    let origin = match found.origin() {
        Origin::Named => "named by PHOENIX_COLLECTOR",
        Origin::SearchPath => "on PATH",
        Origin::Cache => "built here",
    };
    let what = format!("{}, version {}, {origin}", found.path().display(), found.version());
    let configurations = match configurations() {
        Ok(configurations) => configurations,
        Err(error) => return Check::failed(COLLECTOR, &error),
    };
    let mut lacking: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, config) in &configurations {
        match found.lacks(config) {
            Ok(missing) => {
                for component in missing {
                    lacking.entry(component).or_default().insert(name.clone());
                }
            }
            Err(problem) => return Check::wrong(COLLECTOR, problem, "report this: a built-in template is broken"),
        }
    }
    if lacking.is_empty() {
        return Check::ok(COLLECTOR, format!("{what}; it has all that templates and strategies use"));
    }
    let lacks: Vec<String> = lacking
        .iter()
        .map(|(component, users)| format!("{component} (for {})", users.iter().cloned().collect::<Vec<_>>().join(", ")))
        .collect();
    let advice = "take a collector that has them, such as otelcol-contrib, or leave out what uses them";
    Check::wrong(COLLECTOR, format!("{what}; it lacks {}", lacks.join("; ")), advice)
}

fn none(builder: &Result<PathBuf, Error>) -> Check {
    match builder {
        Ok(go) => Check::note(
            COLLECTOR,
            format!(
                "there is none yet; the first phoenix-server builds one with {}, which takes minutes",
                go.display()
            ),
            "build it now: phoenix-server collector",
        ),
        Err(error) => Check::failed(COLLECTOR, error),
    }
}

/// Every configuration that has a component of its own: each template alone, and with each strategy. Each with the name of what it shows.
fn configurations() -> anyhow::Result<Vec<(String, String)>> {
    let generator = TemplateGenerator::new()?;
    let catalog = generator.entries();
    let mut configurations = Vec::new();
    for template in &catalog.templates {
        let base_template = template.name.clone();
        let mut spec = PipelineSpec { base_template, parameters: parameters(template), optimizations: Vec::new() };
        configurations.push((template.name.clone(), generator.render(&spec)?.config));
        for strategy in &catalog.strategies {
            spec.optimizations = vec![Optimization { name: strategy.name.clone(), parameters: parameters(strategy) }];
            // One that cannot be applied to this template adds no component to it.
            if let Ok(generated) = generator.render(&spec) {
                configurations.push((strategy.name.clone(), generated.config));
            }
        }
    }
    Ok(configurations)
}

/// Something for each parameter that has no default.
fn parameters(entry: &CatalogEntry) -> BTreeMap<String, Value> {
    let mandatory = entry.parameters.iter().filter(|parameter| parameter.default.is_none());
    mandatory.map(|parameter| (parameter.name.clone(), sample(&parameter.kind))).collect()
}

fn sample(kind: &ParameterKind) -> Value {
    match kind {
        ParameterKind::Duration { min, .. } => json!(min),
        ParameterKind::Integer { min, .. } => json!(min),
        ParameterKind::Number { min, .. } => json!(min),
        ParameterKind::Boolean => json!(false),
        ParameterKind::Patterns { min, .. } => json!(vec!["^phoenix$"; (*min).max(1)]),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::check::Level;
    use super::*;

    /// A program that says what a collector with these processors says.
    async fn collector_with(processors: &str) -> Collector {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("otelcol");
        let text = format!(
            "#!/bin/sh\ncase $1 in --version) echo otelcol version 0.1.0 ;; components) cat <<END\nreceivers: [hostmetrics]\n\
             processors: [{processors}]\nexporters: [prometheus]\nextensions: [health_check]\nEND\n;; esac\n"
        );
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("changed");
        let search = Search { explicit: Some(path), ..Search::default() };
        Collector::locate(&search).await.expect("it answers").expect("it is there")
    }

    #[tokio::test]
    async fn what_is_missing_is_named_with_what_needs_it() {
        let whole = judged(&collector_with("memory_limiter, batch, filter, transform, attributes, resource, metricstransform, groupbyattrs, cumulativetodelta").await);
        assert_eq!(whole.level, Level::Ok, "{whole:?}");
        assert!(whole.result.contains("version 0.1.0, named by PHOENIX_COLLECTOR"), "{whole:?}");
        let poor = judged(&collector_with("batch, filter, transform").await);
        assert_eq!(poor.level, Level::Wrong, "{poor:?}");
        assert!(poor.result.contains("processors.memory_limiter (for "), "{poor:?}");
        assert!(poor.result.contains("process-baseline"), "{poor:?}");
    }

    #[test]
    fn every_strategy_is_in_a_configuration() {
        let catalog = TemplateGenerator::new().expect("built in").entries();
        let names: BTreeSet<String> = configurations().expect("generated").into_iter().map(|(name, _)| name).collect();
        for entry in catalog.templates.iter().chain(&catalog.strategies) {
            assert!(names.contains(&entry.name), "{} is not looked at", entry.name);
        }
    }

    #[test]
    fn without_a_collector_it_is_said_how_to_get_one() {
        let can_be_built = none(&Ok("/usr/bin/go".into()));
        assert_eq!(
            (can_be_built.level, can_be_built.advice.as_str()),
            (Level::Note, "build it now: phoenix-server collector")
        );
        let cannot = none(&Err(Error::NoToolchain { found: None }));
        assert_eq!(cannot.level, Level::Wrong);
        assert!(cannot.advice.contains("PHOENIX_COLLECTOR") && cannot.advice.lines().count() == 3, "{cannot:?}");
    }
}
