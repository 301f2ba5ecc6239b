//! Every rule of the validator fires on what it is about, and on nothing else.
#![expect(clippy::expect_used, reason = "tests: a panic is how they report")]

#[path = "../cases/mod.rs"]
mod cases;

use std::collections::BTreeSet;

use phoenix_core::ports::validator::{ConfigValidator as _, Finding, Severity};
use phoenix_generator::validator::Rule;
use phoenix_generator::{CollectorConfigValidator, ValidatorOptions};

use cases::{BASE, Case, Collector, cases, patched};

fn findings(document: &str) -> Vec<Finding> {
    CollectorConfigValidator::default().validate(document)
}

fn strict(document: &str) -> Vec<Finding> {
    let options = ValidatorOptions { strict_mode: true, ..ValidatorOptions::default() };
    CollectorConfigValidator::new(options).validate(document)
}

#[test]
fn there_is_nothing_to_say_about_a_good_document() {
    assert_eq!(findings(BASE), []);
}

#[test]
fn every_rule_has_a_case() {
    let covered: BTreeSet<Rule> = cases().into_iter().map(|case| case.rule).collect();
    let missing: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| !covered.contains(rule)).collect();
    assert_eq!(missing, []);
}

#[test]
fn words_are_unique_and_in_pascal_case() {
    let words: BTreeSet<&str> = Rule::ALL.into_iter().map(Rule::as_str).collect();
    assert_eq!(words.len(), Rule::ALL.len());
    for word in words {
        let is_word = word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_alphanumeric());
        assert!(is_word, "{word}");
    }
    assert!(
        Rule::ALL.is_sorted(),
        "a rule that is listed in another order may be listed twice and another one not at all"
    );
}

/// What is wrong with the findings about the bad document of a case.
fn mistake(case: &Case) -> Option<String> {
    let found = findings(&case.bad);
    let Some(hit) = found.iter().find(|finding| finding.rule == case.rule.as_str() && finding.path == case.at) else {
        return Some(format!("{} does not fire at {} but {found:#?}", case.rule, case.at));
    };
    if hit.severity != case.rule.severity() || hit.message.len() < 15 || hit.message.ends_with('.') {
        return Some(format!("{hit:?}"));
    }
    let is_expected = |finding: &&Finding| {
        let mut expected = case.also.iter().chain([&case.rule]);
        !expected.any(|rule| rule.as_str() == finding.rule)
    };
    let others: Vec<&Finding> = found.iter().filter(is_expected).collect();
    (!others.is_empty()).then(|| format!("{} is not alone: {others:#?}", case.rule))
}

#[test]
fn a_rule_fires_where_it_should_and_alone() {
    let mistakes: Vec<String> =
        cases().iter().filter_map(|case| mistake(case).map(|mistake| format!("{mistake}\n{}", case.bad))).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn what_a_collector_refuses_is_an_error() {
    for case in cases().iter().filter(|case| case.collector == Collector::Refuses) {
        let is_refused = findings(&case.bad).iter().any(|finding| finding.severity == Severity::Error);
        assert!(is_refused, "{}\n{}", case.rule, case.bad);
    }
}

#[test]
fn nothing_is_said_about_the_same_thing_done_right() {
    for case in cases() {
        assert_eq!(findings(&case.good), [], "{}\n{}", case.rule, case.good);
    }
}

#[test]
fn a_strict_installation_refuses_what_others_warn_of() {
    for case in cases() {
        let expected = match case.rule.severity() {
            Severity::Info => Severity::Info,
            Severity::Warning | Severity::Error => Severity::Error,
        };
        let found = strict(&case.bad);
        let hit = found.iter().find(|finding| finding.rule == case.rule.as_str()).expect("it fires");
        assert_eq!(hit.severity, expected, "{}", case.rule);
    }
}

#[test]
fn no_finding_repeats_a_secret() {
    let secret = "hunter2";
    for patch in [
        r#"exporters: {otlp: {endpoint: "127.0.0.1:1", headers: {x-token: "hunter2"}}, prometheus: {endpoint: "127.0.0.1:1"}}"#,
        r#"exporters: {prometheus: {endpoint: "http://user:hunter2@127.0.0.1:1"}}"#,
        r#"exporters: {prometheus: {endpoint: "127.0.0.1:1", const_labels: {password: "${env:P:-hunter2}", b: "${file:hunter2}"}}}"#,
        r#"exporters: {prometheus: {endpoint: "127.0.0.1:1", const_labels: {a: "${env:A:-{hunter2}", b: "${env:${B:-hunter2}}"}}}"#,
        r#"exporters: {prometheus: {endpoint: "127.0.0.1:1", auth: {password: hunter2}, timeout: "${env:A:-hunter2}"}}"#,
    ] {
        let document = patched(patch);
        assert!(document.contains(secret));
        let found = findings(&document);
        assert!(found.iter().any(|finding| finding.severity == Severity::Error), "{document}");
        assert!(!format!("{found:?}").contains(secret), "{found:#?}");
    }
    let broken = findings("exporters: {otlp: {password: hunter2}\n  a: [");
    assert!(!broken.is_empty() && !format!("{broken:?}").contains(secret), "{broken:#?}");
}

#[test]
fn limits_are_those_of_the_installation() {
    let of = |max_processors, exporters: &[&str]| {
        let allowed_exporters = exporters.iter().map(ToString::to_string).collect();
        CollectorConfigValidator::new(ValidatorOptions { strict_mode: false, max_processors, allowed_exporters })
    };
    let rules = |validator: CollectorConfigValidator, document: &str| {
        validator.validate(document).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(of(2, &["prometheus"]), BASE), [""; 0]);
    assert_eq!(rules(of(1, &["prometheus"]), BASE), ["TooManyProcessors"]);
    assert_eq!(rules(of(2, &[]), BASE), ["ExporterNotAllowed"]);
    let renamed =
        patched("exporters: {otlp_http: {endpoint: \"http://127.0.0.1:1\"}}").replace("[prometheus]", "[otlp_http]");
    assert_eq!(rules(of(2, &["otlphttp"]), &renamed), [""; 0]);
    assert_eq!(rules(of(2, &["otlp", "prometheus"]), &renamed), ["ExporterNotAllowed"]);
}

/// What comes out of a validator is stored and shown, so a hostile document must not make it large, slow or panic.
#[test]
fn hostile_documents_end_in_findings() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let many_bad_ids = many(5_000, &|index| format!("  \"a b{index}\": {{}}"));
    let circle = many(200, &|index| {
        format!("    metrics/{index}: {{receivers: [forward/{index}], exporters: [forward/{}]}}", (index + 1) % 200)
    });
    let connectors = many(200, &|index| format!("  forward/{index}: {{}}"));
    for document in [
        format!("receivers:\n{many_bad_ids}"),
        format!(
            "receivers: {{otlp: }}\nexporters: {{otlp: }}\nconnectors:\n{connectors}\nservice:\n  pipelines:\n{circle}"
        ),
        format!("receivers: {{a: {}{}}}", "[".repeat(40), "]".repeat(40)),
        format!("a: \"{}\"", "${".repeat(1 << 20)),
        format!("a: \"{}\"", "$".repeat(1 << 21)),
        format!("a: \"://{}\"", "${env:A}".repeat(1 << 18)),
        format!("a: \"{}\"", "$A}".repeat(1 << 18)),
        "\u{0}".to_owned(),
        "service: {pipelines: {metrics: {receivers: {a: 1}, processors: 5, exporters: [[a], {b: 1}, null]}}}"
            .to_owned(),
        "service: [1]\nreceivers: 5\nexporters: x\n".to_owned(),
    ] {
        let found = findings(&document);
        assert!((1..=300).contains(&found.len()), "{}", found.len());
    }
}
