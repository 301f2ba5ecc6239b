//! Pipelines: what was generated, and how far its deployment is.

use phoenix_core::app::GeneratedDocument;
use phoenix_core::experiment::{PipelinePhase, PipelineType};
use phoenix_core::ports::store::Deployment;
use phoenix_core::ports::validator::{Finding, Severity};
use phoenix_core::spec::Violation;
use phoenix_proto::controller::v1 as proto;

/// The type that a request names.
pub(in crate::grpc) fn pipeline_type(word: &str) -> Result<PipelineType, Violation> {
    let found = PipelineType::ALL.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| {
        let message = if word.is_empty() { "missing".to_owned() } else { format!("{word:?} is not known") };
        Violation::new("pipeline_type", message).with_hint("allowed: baseline, candidate")
    })
}

/// A generated configuration as a message.
pub(in crate::grpc) fn generated(document: GeneratedDocument) -> proto::Pipeline {
    proto::Pipeline {
        name: document.name.into(),
        config: document.config,
        hash: document.hash.into(),
        findings: document.findings.into_iter().map(finding).collect(),
    }
}

fn finding(finding: Finding) -> proto::Finding {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    proto::Finding { severity: severity.to_owned(), path: finding.path, code: finding.rule, message: finding.message }
}

/// How far a deployment is.
pub(in crate::grpc) fn status(deployment: &Deployment, namespace: &str) -> proto::PipelineStatus {
    let observed = deployment.observed.as_ref();
    let hosts = observed.map_or(&[][..], |observed| &observed.hosts);
    let is_current = |hash: &Option<_>| hash.as_ref() == Some(&deployment.pipeline.hash);
    let ready = hosts.iter().filter(|host| host.ready && is_current(&host.config_hash)).count();
    proto::PipelineStatus {
        pipeline_name: deployment.pipeline.name.to_string(),
        phase: observed.map_or(PipelinePhase::Pending, |observed| observed.phase).to_string(),
        config_hash: deployment.pipeline.hash.to_string(),
        ready: count(ready),
        desired: count(hosts.len()),
        message: observed.map(|observed| observed.message.clone()).unwrap_or_default(),
        pipeline_type: deployment.pipeline_type.to_string(),
        experiment_id: deployment.experiment_id.to_string(),
        namespace: namespace.to_owned(),
        observed_at: None,
    }
}

/// The same as the answer to a deployment.
pub(in crate::grpc) fn deployment_status(deployment: &Deployment, namespace: &str) -> proto::DeploymentStatus {
    let status = status(deployment, namespace);
    proto::DeploymentStatus {
        pipeline_name: status.pipeline_name,
        phase: status.phase,
        config_hash: status.config_hash,
        ready: status.ready,
        desired: status.desired,
        message: status.message,
        pipeline_type: status.pipeline_type,
        experiment_id: status.experiment_id,
        namespace: status.namespace,
        observed_at: status.observed_at,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use phoenix_core::experiment::{HostObservation, PipelineObservation};
    use phoenix_core::id::ConfigHash;
    use phoenix_core::testing::build;

    use super::*;

    fn deployment(observed: Option<PipelineObservation>) -> Deployment {
        let experiment = build::experiment("e1", "one");
        Deployment {
            experiment_id: experiment.id.clone(),
            pipeline_type: PipelineType::Candidate,
            pipeline: build::generated(&experiment).candidate,
            observed,
        }
    }

    fn host(name: &str, ready: bool, config_hash: Option<ConfigHash>) -> HostObservation {
        let host = name.parse().expect("a host name");
        HostObservation { host, ready, config_hash, restarts: 0, message: String::new(), endpoints: None }
    }

    #[test]
    fn only_hosts_with_the_wanted_configuration_are_ready() {
        let wanted = deployment(None);
        let hash = wanted.pipeline.hash.clone();
        let observed = PipelineObservation {
            name: wanted.pipeline.name.clone(),
            phase: PipelinePhase::Progressing,
            message: "node-c: pulling image".to_owned(),
            hosts: vec![
                host("node-a", true, Some(hash.clone())),
                host("node-b", true, Some(ConfigHash::of("older"))),
                host("node-c", false, None),
            ],
        };
        let status = status(&deployment(Some(observed)), "local");
        assert_eq!((status.ready, status.desired, status.phase.as_str()), (1, 3, "progressing"));
        assert_eq!((status.message.as_str(), status.config_hash.as_str()), ("node-c: pulling image", hash.as_str()));
    }

    #[test]
    fn a_deployment_that_nobody_has_seen_is_pending_and_both_messages_say_the_same() {
        let (status, answer) = (status(&deployment(None), "local"), deployment_status(&deployment(None), "local"));
        assert_eq!((status.phase.as_str(), status.ready, status.desired), ("pending", 0, 0));
        assert_eq!((status.pipeline_type.as_str(), status.experiment_id.as_str()), ("candidate", "e1"));
        assert_eq!(status.namespace, "local");
        // The fields of both have the same numbers, so the same bytes.
        assert_eq!(prost::Message::encode_to_vec(&status), prost::Message::encode_to_vec(&answer));
    }

    #[test]
    fn types_are_words() {
        for kind in PipelineType::ALL {
            assert_eq!(pipeline_type(kind.as_str()), Ok(kind));
        }
        for wrong in ["", "variant", "Baseline"] {
            assert_eq!(pipeline_type(wrong).expect_err(wrong).field, "pipeline_type");
        }
    }
}
