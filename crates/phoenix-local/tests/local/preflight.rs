//! Configurations that this host cannot run.

use phoenix_core::ports::deployer::Deployer as _;
use phoenix_core::ports::validator::{Finding, Severity};

use crate::support::{Host, config, real_collector};

async fn findings(host: &Host, config: &str) -> Vec<Finding> {
    host.deployer().preflight(config).await.expect("checks")
}

fn only(findings: Vec<Finding>) -> Finding {
    let [finding] = <[Finding; 1]>::try_from(findings).expect("one finding");
    finding
}

#[tokio::test]
async fn a_missing_component_is_named_with_the_binary() {
    let host = Host::real().await;
    let text = config(0).replace("exporters: [prometheus]", "exporters: [prometheus], processors: [k8sattributes/a]");
    let finding = only(findings(&host, &format!("{text}processors: {{k8sattributes/a: {{}}}}\n")).await);
    assert_eq!((finding.rule.as_str(), finding.severity), ("ComponentMissing", Severity::Error));
    assert_eq!(finding.path, "processors.k8sattributes/a");
    assert!(finding.message.contains("k8sattributes") && finding.message.contains("0.159.0"), "{finding}");
    assert!(finding.message.contains(real_collector().to_str().unwrap()), "{finding}");
}

#[tokio::test]
async fn what_the_collector_says_is_passed_on_without_secrets() {
    let host = Host::with(real_collector(), |options| {
        options.pass_env.insert("SECRET".to_owned(), "hunter22".into());
    })
    .await;
    let text = config(0).replace("collection_interval: 1s", "collection_interval: ${env:SECRET}");
    let finding = only(findings(&host, &text).await);
    assert_eq!(finding.rule, "CollectorRefuses");
    assert!(finding.message.contains("collection_interval"), "{finding}");
    assert!(!finding.message.contains("hunter22"), "{finding}");
    let left = std::fs::read_dir(host.options.data_dir.join("checks")).unwrap().count();
    assert_eq!(left, 0, "checked configurations are left behind");
}

#[tokio::test]
async fn a_variable_that_collectors_do_not_get_is_named() {
    let host = Host::real().await;
    let finding = only(findings(&host, &config(0).replace("1s", "${env:INTERVAL}")).await);
    assert_eq!(
        (finding.rule.as_str(), finding.path.as_str()),
        ("VariableUnset", "receivers.hostmetrics.collection_interval")
    );
    assert_eq!(findings(&host, &config(0).replace("1s", "${env:INTERVAL:-2s}")).await, []);
}

#[tokio::test]
async fn a_configuration_that_could_never_be_ready_is_refused() {
    let host = Host::real().await;
    let finding = only(findings(&host, &config(0).replace("${env:PHOENIX_HEALTH_PORT}", "13133")).await);
    assert_eq!((finding.rule.as_str(), finding.severity), ("VariableUnused", Severity::Error));
    let finding = only(findings(&host, &config(0).replace("${env:PHOENIX_METRICS_PORT}", "9464")).await);
    assert_eq!(finding.severity, Severity::Warning);
}

#[tokio::test]
async fn what_is_no_yaml_is_said_to_be_none() {
    let host = Host::real().await;
    assert_eq!(only(findings(&host, "a: [").await).rule, "ConfigUnreadable");
}
