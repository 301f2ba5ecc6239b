//! The part of a hostmetrics receiver that reads processes.

use phoenix_core::spec::ProcessPattern;
use serde_json::{Map, Value, json};

use crate::component::{Section, is};
use crate::config::{ConfigError, escaped, section};

/// The metrics that it reports unless told otherwise.
const ON_BY_DEFAULT: [&str; 4] =
    ["process.cpu.time", "process.disk.io", "process.memory.usage", "process.memory.virtual"];

/// Settings of one process scraper.
#[derive(Debug)]
pub struct ProcessScraper<'a> {
    receiver: &'a str,
    settings: &'a mut Map<String, Value>,
}

impl<'a> ProcessScraper<'a> {
    /// The process scraper of a receiver, if it has one.
    pub(super) fn of(id: &'a str, receiver: &'a mut Value) -> Option<Self> {
        if !is(Section::Receivers, id, "hostmetrics") {
            return None;
        }
        let scrapers = receiver.get_mut("scrapers")?.as_object_mut()?;
        if !scrapers.contains_key("process") {
            return None;
        }
        let settings = section(scrapers, "process").ok()?;
        Some(Self { receiver: id, settings })
    }

    /// Its receiver.
    pub const fn receiver(&self) -> &str {
        self.receiver
    }

    /// Whether it reports this metric.
    pub fn reports(&self, metric: &str) -> bool {
        self.settings
            .get("metrics")
            .and_then(|metrics| metrics.get(metric))
            .and_then(|settings| settings.get("enabled"))
            .and_then(Value::as_bool)
            .unwrap_or_else(|| ON_BY_DEFAULT.contains(&metric))
    }

    /// Reports a metric.
    pub fn enable(&mut self, metric: &str) -> Result<(), ConfigError> {
        self.metric(metric)?.insert("enabled".to_owned(), Value::Bool(true));
        Ok(())
    }

    /// Does not report a metric.
    pub fn disable(&mut self, metric: &str) -> Result<(), ConfigError> {
        self.metric(metric)?.insert("enabled".to_owned(), Value::Bool(false));
        Ok(())
    }

    /// Reports a metric as one series per process: the sum over its attributes, taken before anything leaves the receiver.
    pub fn sum_over_attributes(&mut self, metric: &str) -> Result<(), ConfigError> {
        let settings = self.metric(metric)?;
        settings.insert("attributes".to_owned(), json!([]));
        settings.insert("aggregation_strategy".to_owned(), json!("sum"));
        Ok(())
    }

    /// Reads only processes whose name matches one of the patterns.
    pub fn include_names(&mut self, patterns: &[ProcessPattern]) -> Result<(), ConfigError> {
        if self.settings.get("include").is_some_and(|include| !include.is_null()) {
            return Err(ConfigError::NamesSelected { receiver: self.receiver.to_owned() });
        }
        let names: Vec<&str> = patterns.iter().map(ProcessPattern::as_str).collect();
        self.settings.insert("include".to_owned(), escaped(json!({"match_type": "regexp", "names": names})));
        Ok(())
    }

    fn metric(&mut self, metric: &str) -> Result<&mut Map<String, Value>, ConfigError> {
        section(section(self.settings, "metrics")?, metric)
    }
}
