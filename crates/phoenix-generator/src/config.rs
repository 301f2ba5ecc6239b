//! A collector configuration with the operations that strategies need. Order is kept everywhere.
//!
//! Texts that strategies hand in are meant literally: `$` is escaped here, so that no pattern can turn into a reference to the environment.

mod process_scraper;

use serde_json::{Map, Value};

use crate::component::{Section, is, kind};
use crate::yaml::{self, YamlError};

pub use process_scraper::ProcessScraper;

/// A collector configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct CollectorConfig {
    root: Map<String, Value>,
}

/// The configuration lacks what an operation works on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The text is no YAML, or no map.
    #[error("not a collector configuration: {0}")]
    Unreadable(String),
    /// Nothing reads processes.
    #[error("the configuration has no hostmetrics receiver with a process scraper")]
    NoProcessScraper,
    /// What reads processes leads nowhere.
    #[error("no metrics pipeline has a hostmetrics receiver with a process scraper")]
    NoPipeline,
    /// A section is something else than a map.
    #[error("{key} is not a map")]
    NotAMap {
        /// Its key.
        key: String,
    },
    /// Two selections by name would have to be intersected, which the receiver cannot do.
    #[error("receivers.{receiver} selects processes by name already")]
    NamesSelected {
        /// The receiver.
        receiver: String,
    },
}

impl CollectorConfig {
    /// Reads a configuration.
    pub fn from_yaml(text: &str) -> Result<Self, ConfigError> {
        match yaml::parse(text).map_err(|error| unreadable(&error))?.first {
            Value::Object(root) => Ok(Self { root }),
            _ => Err(ConfigError::Unreadable("its root is not a map".to_owned())),
        }
    }

    /// Writes it.
    pub fn to_yaml(&self) -> Result<String, ConfigError> {
        yaml::write(&Value::Object(self.root.clone())).map_err(|error| unreadable(&error))
    }

    /// The process scrapers of all hostmetrics receivers; never empty.
    pub fn process_scrapers(&mut self) -> Result<Vec<ProcessScraper<'_>>, ConfigError> {
        let Some(receivers) = self.root.get_mut("receivers").and_then(Value::as_object_mut) else {
            return Err(ConfigError::NoProcessScraper);
        };
        let found: Vec<_> =
            receivers.iter_mut().filter_map(|(id, receiver)| ProcessScraper::of(id, receiver)).collect();
        if found.is_empty() { Err(ConfigError::NoProcessScraper) } else { Ok(found) }
    }

    /// Adds a processor, under an identifier that is still free, to every metrics pipeline that processes go through: after what is there,
    /// but before `batch`, and after `memory_limiter` in any case.
    pub fn add_processor(&mut self, wanted: &str, settings: Value) -> Result<(), ConfigError> {
        let id = self.free_processor_id(wanted);
        let sources: Vec<String> =
            self.process_scrapers()?.iter().map(|scraper| scraper.receiver().to_owned()).collect();
        let mut added = false;
        for list in self.metrics_pipelines().filter_map(|pipeline| fed_by(pipeline, &sources)) {
            list.insert(place(list), Value::from(id.clone()));
            added = true;
        }
        if !added {
            return Err(ConfigError::NoPipeline);
        }
        section(&mut self.root, "processors")?.insert(id, escaped(settings));
        Ok(())
    }

    fn free_processor_id(&self, wanted: &str) -> String {
        let taken = |id: &str| self.root.get("processors").is_some_and(|processors| processors.get(id).is_some());
        let mut id = wanted.to_owned();
        let mut number = 2_u32;
        while taken(&id) {
            id = format!("{wanted}-{number}");
            number += 1;
        }
        id
    }

    fn metrics_pipelines(&mut self) -> impl Iterator<Item = &mut Map<String, Value>> {
        self.root
            .get_mut("service")
            .and_then(|service| service.get_mut("pipelines"))
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
            .filter(|(id, _)| kind(id) == "metrics")
            .filter_map(|(_, pipeline)| pipeline.as_object_mut())
    }
}

fn unreadable(error: &YamlError) -> ConfigError {
    ConfigError::Unreadable(error.line.map_or_else(|| error.to_string(), |line| format!("line {line}: {error}")))
}

/// The processors of a pipeline, if one of the receivers feeds it.
fn fed_by<'a>(pipeline: &'a mut Map<String, Value>, receivers: &[String]) -> Option<&'a mut Vec<Value>> {
    let fed = pipeline
        .get("receivers")
        .and_then(Value::as_array)
        .is_some_and(|ids| ids.iter().any(|id| receivers.iter().any(|receiver| id == receiver)));
    if !fed {
        return None;
    }
    let processors = pipeline.entry("processors").or_insert(Value::Null);
    if processors.is_null() {
        *processors = Value::Array(Vec::new());
    }
    processors.as_array_mut()
}

/// Where a further processor goes: what is added later always comes later.
fn place(processors: &[Value]) -> usize {
    let is_a = |id: &Value, wanted: &str| id.as_str().is_some_and(|id| is(Section::Processors, id, wanted));
    let limiter = processors.iter().rposition(|id| is_a(id, "memory_limiter")).map_or(0, |index| index + 1);
    let behind = processors.iter().skip(limiter).position(|id| is_a(id, "batch"));
    behind.map_or(processors.len(), |index| limiter + index)
}

/// A section, made when it is not there.
fn section<'a>(parent: &'a mut Map<String, Value>, key: &str) -> Result<&'a mut Map<String, Value>, ConfigError> {
    let value = parent.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().ok_or_else(|| ConfigError::NotAMap { key: key.to_owned() })
}

/// The same value for a collector that reads `$$` as `$` and `${..}` as a reference.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace('$', "$$")),
        Value::Array(list) => list.into_iter().map(escaped).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, escaped(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests;
