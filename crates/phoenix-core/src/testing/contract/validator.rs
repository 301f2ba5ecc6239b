//! The contract of the configuration validator: what every adapter must say, and that it always says something.
#![expect(clippy::expect_used, reason = "rules fail by panicking")]

use crate::ports::validator::{ConfigValidator, Finding, Severity, errors_of};

/// A validator, and configurations to try it on.
pub trait ValidatorFixture: Send + Sync {
    /// The validator under test.
    fn validator(&self) -> &dyn ConfigValidator;

    /// Configurations that can be deployed.
    fn good(&self) -> Vec<String>;

    /// Configurations that cannot, each with a part of the path at which an error stands.
    fn bad(&self) -> Vec<(String, &'static str)>;
}

/// Runs the contract of the validator against the one that `$fixture`, an async function, makes.
#[macro_export]
macro_rules! validator_contract {
    ($fixture:path) => {
        $crate::contract_rules! { $fixture; validator {
            good_configurations_have_no_errors,
            bad_configurations_have_an_error_at_their_place,
            errors_come_first,
            every_finding_can_be_acted_on,
            the_same_text_gets_the_same_answer,
            any_text_gets_an_answer,
        } }
    };
}

/// Texts that are no configuration at all.
const NO_CONFIGURATIONS: [&str; 8] =
    ["", " ", "\0", "null", "- a list\n", "just a text", "{", "a: [unclosed\nb: \"\u{1F480}\n"];

fn every_text(fixture: &impl ValidatorFixture) -> Vec<String> {
    let bad = fixture.bad().into_iter().map(|(config, _)| config);
    fixture.good().into_iter().chain(bad).chain(NO_CONFIGURATIONS.map(str::to_owned)).collect()
}

/// Warnings are allowed.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn good_configurations_have_no_errors<F: ValidatorFixture>(fixture: &F) {
    assert!(!fixture.good().is_empty(), "the fixture has no good configuration");
    for config in fixture.good() {
        assert_eq!(errors_of(&fixture.validator().validate(&config)), None, "{config}");
    }
}

/// An error, and where to look.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn bad_configurations_have_an_error_at_their_place<F: ValidatorFixture>(fixture: &F) {
    assert!(!fixture.bad().is_empty(), "the fixture has no bad configuration");
    for (config, place) in fixture.bad() {
        let findings = fixture.validator().validate(&config);
        let is_there = |finding: &&Finding| finding.severity == Severity::Error && finding.path.contains(place);
        assert!(findings.iter().any(|finding| is_there(&finding)), "no error at {place}: {findings:?}\n{config}");
    }
}

/// Whoever shows only the first finding shows the worst.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn errors_come_first<F: ValidatorFixture>(fixture: &F) {
    for config in every_text(fixture) {
        let severities: Vec<Severity> =
            fixture.validator().validate(&config).iter().map(|finding| finding.severity).collect();
        assert!(severities.is_sorted_by(|one, next| one >= next), "{severities:?}\n{config}");
    }
}

/// A stable rule in `PascalCase`, and words.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn every_finding_can_be_acted_on<F: ValidatorFixture>(fixture: &F) {
    for config in every_text(fixture) {
        for finding in fixture.validator().validate(&config) {
            let mut letters = finding.rule.chars();
            let is_pascal = letters.next().is_some_and(|first| first.is_ascii_uppercase())
                && letters.all(|letter| letter.is_ascii_alphanumeric());
            assert!(is_pascal && !finding.message.is_empty(), "{finding:?}");
        }
    }
}

/// Nothing is remembered from one text to the next.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn the_same_text_gets_the_same_answer<F: ValidatorFixture>(fixture: &F) {
    let texts = every_text(fixture);
    let answers = |texts: &[String]| -> Vec<Vec<Finding>> {
        texts.iter().map(|text| fixture.validator().validate(text)).collect()
    };
    let first = answers(&texts);
    assert_eq!(answers(&texts), first);
}

/// What is no configuration is an error, and no text whatsoever makes the validator panic.
#[expect(clippy::unused_async, reason = "rules are async functions")]
pub async fn any_text_gets_an_answer<F: ValidatorFixture>(fixture: &F) {
    for text in NO_CONFIGURATIONS {
        let findings = fixture.validator().validate(text);
        assert!(errors_of(&findings).is_some(), "{text:?} is taken for a configuration: {findings:?}");
    }
    // Cut anywhere, a configuration is still a text.
    let config = fixture.good().into_iter().next().expect("a good configuration");
    for (end, _) in config.char_indices() {
        fixture.validator().validate(config.get(..end).unwrap_or_default());
    }
    let deep = "[".repeat(100_000);
    assert!(
        errors_of(&fixture.validator().validate(&deep)).is_some(),
        "bottomless brackets are taken for a configuration"
    );
}
