//! Specifications that several tests generate from.

use phoenix_core::spec::PipelineSpec;
use phoenix_generator::TemplateGenerator;
use serde_json::{Map, Value};

/// A `PipelineSpec` from its public form.
pub(crate) fn spec(parameters: Value, optimizations: Value) -> PipelineSpec {
    let mut document = Map::new();
    document.insert("baseTemplate".to_owned(), Value::from("process-baseline"));
    document.insert("parameters".to_owned(), parameters);
    document.insert("optimizations".to_owned(), optimizations);
    serde_json::from_value(Value::Object(document)).expect("a specification")
}

/// The configuration of a specification.
pub(crate) fn generate(spec: &PipelineSpec) -> String {
    TemplateGenerator::new().expect("built-in templates parse").render(spec).expect("a configuration").config
}
