//! The generator and the validator keep the contracts of their ports.
#![expect(clippy::expect_used, reason = "tests: a panic is how they report")]
#![expect(clippy::unused_async, reason = "fixtures are async functions")]

use phoenix_core::ports::generator::Generator;
use phoenix_core::ports::validator::ConfigValidator;
use phoenix_core::testing::contract::generator::GeneratorFixture;
use phoenix_core::testing::contract::validator::ValidatorFixture;
use phoenix_generator::{CollectorConfigValidator, TemplateGenerator};

const BASELINE: &str = include_str!("golden/baseline.yaml");
const COMPOSED: &str = include_str!("golden/composed.yaml");

struct Generating(TemplateGenerator);

impl GeneratorFixture for Generating {
    fn generator(&self) -> &dyn Generator {
        &self.0
    }
}

async fn generating() -> Generating {
    Generating(TemplateGenerator::new().expect("the built-in templates parse"))
}

struct Validating(CollectorConfigValidator);

/// The baseline with one thing changed.
fn broken(what: &str, by: &str) -> String {
    assert!(BASELINE.contains(what), "the baseline has no {what:?}");
    BASELINE.replacen(what, by, 1)
}

impl ValidatorFixture for Validating {
    fn validator(&self) -> &dyn ConfigValidator {
        &self.0
    }

    fn good(&self) -> Vec<String> {
        vec![BASELINE.to_owned(), COMPOSED.to_owned()]
    }

    fn bad(&self) -> Vec<(String, &'static str)> {
        vec![
            (
                broken("      exporters:\n      - prometheus\n", "      exporters:\n      - nosuch\n"),
                "service.pipelines.metrics.exporters",
            ),
            (broken("exporters:\n  prometheus:\n", "exporters:\n  kafka:\n"), "exporters"),
            (format!("{BASELINE}receivers: {{}}\n"), "line 79"),
            (broken("service:\n", "surplus: {}\nservice:\n"), "surplus"),
        ]
    }
}

async fn validating() -> Validating {
    Validating(CollectorConfigValidator::default())
}

mod generator {
    phoenix_core::generator_contract!(super::generating);
}

mod validator {
    phoenix_core::validator_contract!(super::validating);
}
