//! `threshold`: only processes that use something, and those that must not be missed.
//!
//! A condition of the filter processor sees one datapoint; a process is many. So a first step marks a process (its resource) when one of its
//! datapoints is above a threshold or its name is wanted, a second drops what carries no mark, a third takes the mark away again.

use phoenix_core::spec::{CatalogEntry, ParameterKind, ParameterSchema, ProcessPattern};
use serde_json::{Value, json};

use crate::config::CollectorConfig;
use crate::error::ParameterError;
use crate::ottl;
use crate::parameter::Parameters;
use crate::strategy::{Strategy, StrategyError};

const NAME: &str = "threshold";
const MEMORY: &str = "memoryMib";
const CPU: &str = "cpuUtilization";
const KEEP: &str = "keep";

/// The metric that the CPU threshold reads. Off in the stock pipeline: it is switched on for the mark and dropped behind it.
const UTILIZATION: &str = "process.cpu.utilization";

/// The mark. Never leaves the collector.
const MARK: &str = r#"resource.attributes["phoenix.keep"]"#;

/// Drops processes below both thresholds unless a pattern keeps them.
#[derive(Clone, Debug)]
pub struct Threshold {
    memory_mib: i64,
    cpu_utilization: f64,
    keep: Vec<ProcessPattern>,
}

impl Strategy for Threshold {
    fn name(&self) -> &'static str {
        NAME
    }

    fn describe() -> CatalogEntry {
        CatalogEntry {
            name: NAME.to_owned(),
            description: "Drops processes that are below both a memory and a CPU threshold at the moment of measuring, usually 60 to 90 % of \
                          the series. Loses small processes, also ones that matter: name those in keep. A process near a threshold comes \
                          and goes, which leaves gaps in its series."
                .to_owned(),
            parameters: parameters(),
            keeps_only: None,
        }
    }

    fn with_parameters(parameters: &Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            memory_mib: parameters.integer(MEMORY)?,
            cpu_utilization: parameters.number(CPU)?,
            keep: parameters.patterns(KEEP)?,
        })
    }

    fn apply(&self, config: &mut CollectorConfig) -> Result<(), StrategyError> {
        let mut wanted = true;
        for mut scraper in config.process_scrapers()? {
            if !scraper.reports(UTILIZATION) {
                wanted = false;
                scraper.enable(UTILIZATION)?;
                scraper.sum_over_attributes(UTILIZATION)?;
            }
        }
        config.add_processor("transform/threshold-mark", self.mark())?;
        config.add_processor("filter/threshold", drop_unmarked(wanted))?;
        config.add_processor(
            "transform/threshold-unmark",
            transform(&json!([{"context": "resource", "statements": [format!("delete_key(resource.attributes, \"phoenix.keep\")")]}])),
        )?;
        Ok(())
    }
}

impl Threshold {
    fn mark(&self) -> Value {
        let bytes = self.memory_mib.saturating_mul(1 << 20);
        let share = ottl::float(self.cpu_utilization);
        let mut groups = Vec::new();
        if !self.keep.is_empty() {
            let names: Vec<String> = self
                .keep
                .iter()
                .map(|pattern| format!("set({MARK}, true) where {}", ottl::name_matches(pattern)))
                .collect();
            groups.push(json!({"context": "resource", "statements": names}));
        }
        groups.push(json!({"context": "datapoint", "statements": [
            format!(r#"set({MARK}, true) where metric.name == "process.memory.usage" and datapoint.value_int >= {bytes}"#),
            format!(r#"set({MARK}, true) where metric.name == "{UTILIZATION}" and datapoint.value_double >= {share}"#),
        ]}));
        transform(&Value::Array(groups))
    }
}

/// Resources that are no processes have no pid and pass.
fn drop_unmarked(utilization_wanted: bool) -> Value {
    let mut conditions = vec![format!(r#"resource.attributes["process.pid"] != nil and {MARK} == nil"#)];
    if !utilization_wanted {
        conditions.push(format!(r#"metric.name == "{UTILIZATION}""#));
    }
    json!({"error_mode": "ignore", "metric_conditions": conditions})
}

fn transform(groups: &Value) -> Value {
    json!({"error_mode": "ignore", "metric_statements": groups})
}

fn parameters() -> Vec<ParameterSchema> {
    vec![
        ParameterSchema {
            name: MEMORY.to_owned(),
            description: "Resident memory in MiB from which on a process is kept.".to_owned(),
            kind: ParameterKind::Integer { min: 1, max: 1 << 20 },
            default: Some(json!(64)),
        },
        ParameterSchema {
            name: CPU.to_owned(),
            description: "Share of the whole host's CPU, over the last interval, from which on a process is kept: 0.01 is 1 % of all cores. \
                          Waiting for a disk counts."
                .to_owned(),
            kind: ParameterKind::Number { min: 0.0001, max: 1.0 },
            default: Some(json!(0.01)),
        },
        ParameterSchema {
            name: KEEP.to_owned(),
            description: "Regular expressions over names of executables that are kept whatever they use. Not anchored.".to_owned(),
            kind: ParameterKind::Patterns { min: 0, max: 64 },
            default: Some(json!([])),
        },
    ]
}
