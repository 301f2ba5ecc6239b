//! `process-baseline`: the process metrics pipeline as most installations run it.

use phoenix_core::spec::{CatalogEntry, ParameterKind, ParameterSchema};
use phoenix_core::time::Span;
use serde_json::json;

use crate::error::ParameterError;
use crate::parameter::Parameters;
use crate::template::{Template, Values};

pub(super) fn template() -> Template {
    Template { entry: entry(), source: include_str!("../../templates/process-baseline.yaml.hbs"), values }
}

fn entry() -> CatalogEntry {
    CatalogEntry {
        name: "process-baseline".to_owned(),
        description: "The stock process metrics pipeline: CPU time by state, disk bytes by direction, resident and virtual memory of \
                      every process, seven series each, on a Prometheus page. It loses nothing and saves nothing."
            .to_owned(),
        parameters: vec![
            ParameterSchema {
                name: "collectionInterval".to_owned(),
                description: "Distance of two measurements. Datapoints and collector CPU fall in proportion, series do not; processes \
                              that live shorter are not seen."
                    .to_owned(),
                kind: ParameterKind::Duration { min: Span::from_secs(1), max: Span::from_mins(10) },
                default: Some(json!("10s")),
            },
            ParameterSchema {
                name: "memoryLimitMib".to_owned(),
                description: "Heap in MiB above which the collector refuses data instead of growing; a fifth of it is kept for spikes."
                    .to_owned(),
                kind: ParameterKind::Integer { min: 64, max: 4096 },
                default: Some(json!(256)),
            },
            ParameterSchema {
                name: "processCommandLine".to_owned(),
                description: "Whether every series carries the process' command line. It is long and may hold secrets; without it the \
                              series are the same in number and lighter."
                    .to_owned(),
                kind: ParameterKind::Boolean,
                default: Some(json!(true)),
            },
        ],
        keeps_only: None,
    }
}

fn values(parameters: &Parameters) -> Result<Values, ParameterError> {
    let interval = parameters.duration("collectionInterval")?;
    let limit = parameters.integer("memoryLimitMib")?;
    let context = json!({
        "collectionInterval": interval.to_string(),
        "metricExpiration": (interval + interval + interval).to_string(),
        "memoryLimitMib": limit,
        "memorySpikeMib": limit / 5,
        "processCommandLine": parameters.boolean("processCommandLine")?,
    });
    Ok(Values { context, collection_interval: interval })
}
