//! How long it takes to generate a configuration with three strategies, and to check it. Generating is to stay under 2 ms.
#![expect(clippy::expect_used, reason = "a benchmark: a panic is how it reports")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use phoenix_core::ports::validator::ConfigValidator as _;
use phoenix_core::spec::PipelineSpec;
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator};
use serde_json::json;

fn spec() -> PipelineSpec {
    let document = json!({
        "baseTemplate": "process-baseline",
        "optimizations": [
            {"name": "reaggregate-at-source"},
            {"name": "exclude-kernel-threads"},
            {"name": "threshold", "parameters": {"keep": ["^(postgres|nginx)$", "^java"]}},
        ],
    });
    serde_json::from_value(document).expect("a specification")
}

fn generation(criterion: &mut Criterion) {
    let generator = TemplateGenerator::new().expect("built-in templates parse");
    let spec = spec();
    criterion.bench_function("generate with three strategies", |bencher| {
        bencher.iter(|| generator.render(black_box(&spec)).expect("a configuration"));
    });
}

fn validation(criterion: &mut Criterion) {
    let generator = TemplateGenerator::new().expect("built-in templates parse");
    let config = generator.render(&spec()).expect("a configuration").config;
    let validator = CollectorConfigValidator::default();
    criterion
        .bench_function("validate a configuration", |bencher| bencher.iter(|| validator.validate(black_box(&config))));
}

criterion_group!(benches, generation, validation);
criterion_main!(benches);
