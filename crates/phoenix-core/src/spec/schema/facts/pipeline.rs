//! The fields of a pipeline. Both pipelines have the same; the paths are those of the baseline.

use serde_json::{Value, json};

use super::{Context, Facts, Preset, object};
use crate::spec::schema::PIPELINE;
use crate::spec::schema::catalog::{first_template, names, words};
use crate::spec::validate::pipeline::MOST_OPTIMIZATIONS;
use crate::spec::validate::schedule::FEWEST_SAMPLES;

pub(super) fn of(path: &str, context: &Context<'_>) -> Option<Facts> {
    let catalog = context.catalog;
    let template = first_template(context);
    if path == "spec" {
        let pipeline = json!({"baseTemplate": template});
        let example = json!({"baseline": pipeline, "candidate": pipeline, "schedule": {"duration": "30m"}});
        return Some(object(Preset::Required, "the fields below", example));
    }
    if path == "spec.candidate" {
        let example = json!({"baseTemplate": template, "optimizations": [{"name": "exclude-kernel-threads"}]});
        return Some(object(Preset::Required, "the same fields as `spec.baseline`", example));
    }
    let facts = match path.strip_prefix(PIPELINE)? {
        "" => object(Preset::Required, "the fields below", json!({"baseTemplate": template})),
        ".baseTemplate" => Facts::new("text", Preset::Required, names(&catalog.templates), json!(template))
            .keywords(json!({"enum": words(&catalog.templates)})),
        ".parameters" => {
            let example = json!({"collectionInterval": "10s"});
            Facts::new("map", Preset::Value(json!({})), "the parameters of the template", example).check(format!(
                "A collector must measure at least {FEWEST_SAMPLES} times after the warm-up (`collectionInterval`)."
            ))
        }
        ".optimizations" => {
            let allowed = format!("at most {MOST_OPTIMIZATIONS} strategies");
            let free = catalog.strategies.iter().filter(|entry| entry.parameters.is_empty());
            let example = free.map(|entry| json!({"name": entry.name})).collect::<Value>();
            Facts::new("list of objects", Preset::Value(json!([])), allowed, example)
                .keywords(json!({"maxItems": MOST_OPTIMIZATIONS}))
                .check("Each strategy stands at most once.")
        }
        ".optimizations[].name" => {
            Facts::new("text", Preset::Required, names(&catalog.strategies), json!("process-filter"))
                .keywords(json!({"enum": words(&catalog.strategies)}))
        }
        ".optimizations[].parameters" => {
            let example = json!({"patterns": ["^(postgres|nginx)$"]});
            Facts::new("map", Preset::Value(json!({})), "the parameters of the strategy", example)
                .check("Parameters of a strategy that have no default must be given.")
        }
        _ => return None,
    };
    Some(facts)
}
