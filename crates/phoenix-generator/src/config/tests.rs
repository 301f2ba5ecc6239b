//! Where things go, under which names, and what is escaped.

use phoenix_core::spec::ProcessPattern;
use serde_json::json;

use super::*;

const TWO: &str = "
receivers:
  host_metrics/a: {scrapers: {process: }}
  hostmetrics/b: {scrapers: {cpu: {}}}
  otlp: {}
processors: {filter/x: {}, batch: {}, memory_limiter: {}}
service:
  pipelines:
    metrics: {receivers: [host_metrics/a], processors: [memory_limiter, filter/x, batch]}
    metrics/late: {receivers: [host_metrics/a], processors: [batch, memory_limiter]}
    metrics/bare: {receivers: [host_metrics/a]}
    metrics/other: {receivers: [otlp], processors: [batch]}
    logs: {receivers: [host_metrics/a], processors: [batch]}
";

fn config(text: &str) -> CollectorConfig {
    CollectorConfig::from_yaml(text).expect("a configuration")
}

fn pattern(text: &str) -> ProcessPattern {
    ProcessPattern::try_from(text.to_owned()).expect("a pattern")
}

#[test]
fn processors_go_before_batch_after_the_limiter_and_only_where_processes_pass() {
    let mut config = config(TWO);
    config.add_processor("filter/x", json!({"a": "^b$"})).expect("added");
    config.add_processor("transform/y", json!({})).expect("added");
    let pipelines = &config.root["service"]["pipelines"];
    assert_eq!(
        pipelines["metrics"]["processors"],
        json!(["memory_limiter", "filter/x", "filter/x-2", "transform/y", "batch"])
    );
    assert_eq!(
        pipelines["metrics/late"]["processors"],
        json!(["batch", "memory_limiter", "filter/x-2", "transform/y"])
    );
    assert_eq!(pipelines["metrics/bare"]["processors"], json!(["filter/x-2", "transform/y"]));
    assert_eq!(pipelines["metrics/other"]["processors"], json!(["batch"]));
    assert_eq!(pipelines["logs"]["processors"], json!(["batch"]));
    assert_eq!(config.root["processors"]["filter/x-2"], json!({"a": "^b$$"}));
}

#[test]
fn a_scraper_knows_what_it_reports() {
    let mut config = config(TWO);
    let mut scrapers = config.process_scrapers().expect("one");
    assert_eq!(scrapers.len(), 1);
    let scraper = &mut scrapers[0];
    assert!(scraper.reports("process.cpu.time") && !scraper.reports("process.cpu.utilization"));
    scraper.disable("process.cpu.time").expect("off");
    scraper.enable("process.cpu.utilization").expect("on");
    scraper.sum_over_attributes("process.disk.io").expect("summed");
    assert!(
        !scraper.reports("process.cpu.time")
            && scraper.reports("process.cpu.utilization")
            && scraper.reports("process.disk.io")
    );
}

#[test]
fn names_are_escaped_and_selected_once() {
    let mut config = config(TWO);
    let mut scrapers = config.process_scrapers().expect("one");
    scrapers[0].include_names(&[pattern("^(a|b)$")]).expect("selected");
    assert_eq!(
        scrapers[0].include_names(&[pattern("c")]),
        Err(ConfigError::NamesSelected { receiver: "host_metrics/a".to_owned() })
    );
    let process = &config.root["receivers"]["host_metrics/a"]["scrapers"]["process"];
    assert_eq!(process["include"], json!({"match_type": "regexp", "names": ["^(a|b)$$"]}));
}

#[test]
fn without_processes_there_is_nothing_to_do() {
    for text in
        ["receivers: {otlp: }", "{}", "receivers: {hostmetrics: {scrapers: {cpu: }}}", "receivers: {hostmetrics: }"]
    {
        assert_eq!(config(text).add_processor("filter/x", json!({})), Err(ConfigError::NoProcessScraper), "{text}");
    }
    let unused =
        "receivers: {hostmetrics: {scrapers: {process: }}}\nservice: {pipelines: {metrics: {receivers: [otlp]}}}";
    assert_eq!(config(unused).add_processor("filter/x", json!({})), Err(ConfigError::NoPipeline));
    assert!(matches!(CollectorConfig::from_yaml("- a"), Err(ConfigError::Unreadable(_))));
}

#[test]
fn every_text_is_escaped() {
    let literal = json!({"a": ["$", "${env:HOME}", "$$", 5, true, null]});
    assert_eq!(escaped(literal), json!({"a": ["$$", "$${env:HOME}", "$$$$", 5, true, null]}));
}
