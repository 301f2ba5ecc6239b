//! The components that a collector was built with, and those that a configuration uses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The sections of a configuration that name components, as `components` prints them too.
const SECTIONS: [&str; 5] = ["receivers", "processors", "exporters", "connectors", "extensions"];

/// The components that a collector was built with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components(BTreeMap<&'static str, BTreeSet<String>>);

/// A component that a configuration uses and a collector lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    /// `receivers`, `processors`, ...
    pub(crate) section: &'static str,
    /// Its key in the configuration: `type` or `type/name`.
    pub(crate) key: String,
    /// Its type.
    pub(crate) component: String,
}

impl Components {
    /// Reads what `components` prints: a list of maps with a name, or in old collectors a list of names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let document: Value = serde_yaml::from_str(text).ok()?;
        let name = |item: &Value| match item {
            Value::String(name) => Some(name.clone()),
            Value::Object(entry) => entry.get("name")?.as_str().map(ToOwned::to_owned),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
        };
        let names = |section| document.get(section)?.as_array().map(|items| items.iter().filter_map(name).collect());
        let found: BTreeMap<_, BTreeSet<String>> =
            SECTIONS.into_iter().filter_map(|section| Some((section, names(section)?))).collect();
        found.get("receivers").is_some_and(|receivers| !receivers.is_empty()).then_some(Self(found))
    }

    /// The names in one section (`receivers`, `processors`, `exporters`, `connectors`, `extensions`), in order.
    pub fn names(&self, section: &str) -> impl Iterator<Item = &str> {
        self.0.get(section).into_iter().flatten().map(String::as_str)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// What a configuration uses and these do not have, in the order of the document.
    pub(crate) fn missing(&self, config: &Value) -> Vec<Missing> {
        let mut missing = Vec::new();
        for section in SECTIONS {
            let known: BTreeSet<String> = self.names(section).map(|name| spelling(section, name)).collect();
            for key in config.get(section).and_then(Value::as_object).into_iter().flat_map(|map| map.keys()) {
                let component = key.split('/').next().unwrap_or(key).trim();
                if !known.contains(&spelling(section, component)) {
                    missing.push(Missing { section, key: key.clone(), component: component.to_owned() });
                }
            }
        }
        missing
    }
}

/// One spelling for a component's present and former name. Every renaming put underscores in (`hostmetrics`, `host_metrics`), but for the
/// exporter `otlp`, which is `otlp_grpc` now; the receiver kept its name.
fn spelling(section: &str, component: &str) -> String {
    let plain = component.replace('_', "");
    if section == "exporters" && plain == "otlp" { "otlpgrpc".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "buildinfo:\n  command: otelcol\nreceivers:\n  - name: host_metrics\n    module: m v1\n  - name: otlp\n\
        processors:\n  - name: cumulative_to_delta\n  - name: resource_detection\n  - name: batch\nexporters:\n  - name: otlp_grpc\n  \
        - name: otlp_http\n  - name: prometheus_remote_write\nconnectors: []\nextensions:\n  - name: health_check\n";

    fn missing(config: &str) -> Vec<String> {
        let components = Components::parse(PRINTED).expect("components");
        let config = serde_yaml::from_str(config).expect("yaml");
        components
            .missing(&config)
            .into_iter()
            .map(|one| format!("{}.{} {}", one.section, one.key, one.component))
            .collect()
    }

    #[test]
    fn former_and_present_names_are_the_same_component() {
        let former = "receivers: {hostmetrics: {}, otlp/x: null}\nprocessors: {cumulativetodelta: {}, resourcedetection: {}}\n\
            exporters: {otlp: {}, otlphttp/a: {}, prometheusremotewrite: {}}\nextensions: {health_check: {}}";
        let present = "receivers: {host_metrics: {}}\nprocessors: {cumulative_to_delta: {}}\nexporters: {otlp_grpc: {}, otlp_http: {}}";
        assert_eq!(missing(former), [""; 0]);
        assert_eq!(missing(present), [""; 0]);
    }

    #[test]
    fn what_is_missing_is_named_with_its_key() {
        let config =
            "receivers: {filelog/a: {}}\nprocessors: {k8sattributes: {}}\nconnectors: {count: {}}\nexporters: null";
        assert_eq!(
            missing(config),
            ["receivers.filelog/a filelog", "processors.k8sattributes k8sattributes", "connectors.count count"]
        );
    }

    #[test]
    fn old_collectors_print_plain_names_and_other_programs_something_else() {
        let old = Components::parse("receivers: [hostmetrics]\nexporters: [otlp]\n").expect("components");
        assert_eq!(old.names("receivers").collect::<Vec<_>>(), ["hostmetrics"]);
        assert_eq!(old.count(), 2);
        for other in ["", "hello", "receivers: []", "{"] {
            assert_eq!(Components::parse(other), None, "{other}");
        }
    }
}
