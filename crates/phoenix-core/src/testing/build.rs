//! Builders of valid domain values with sensible defaults.

use std::collections::BTreeMap;

use crate::experiment::{Experiment, GeneratedPipeline, Pair, PipelineType};
use crate::id::{ConfigHash, ExperimentId, PipelineName, TenantId};
use crate::spec::{Deadlines, EvidencePolicy, ExperimentSpec, PipelineSpec, Schedule, Target, ValidExperiment};
use crate::time::{Span, Timestamp};

/// `secs` seconds after an arbitrary, fixed instant that is a multiple of an hour.
pub const fn at(secs: i64) -> Timestamp {
    Timestamp::from_micros((1_790_000_000 / 3_600 * 3_600 + secs) * 1_000_000)
}

/// An experiment of 60 s without warm-up, sampled every second, that waits for the start command.
pub fn spec() -> ExperimentSpec {
    ExperimentSpec {
        description: String::new(),
        target: Target::default(),
        baseline: pipeline_spec(),
        candidate: pipeline_spec(),
        critical_processes: Vec::new(),
        schedule: Schedule {
            start: None,
            end: None,
            duration: Span::from_secs(60),
            warm_up: Span::ZERO,
            sample_interval: Span::from_secs(1),
        },
        keep_pipelines: false,
        deadlines: Deadlines::default(),
        policy: EvidencePolicy::default(),
    }
}

/// The plain baseline.
pub fn pipeline_spec() -> PipelineSpec {
    PipelineSpec {
        base_template: "process-baseline".to_owned(),
        parameters: BTreeMap::new(),
        optimizations: Vec::new(),
    }
}

/// A pending experiment with this id and name, created at `at(0)` for the default tenant.
#[expect(clippy::expect_used, reason = "test support: the names are literals of the caller")]
pub fn experiment(id: &str, name: &str) -> Experiment {
    let valid =
        ValidExperiment { id: None, name: name.parse().expect("a valid name"), labels: BTreeMap::new(), spec: spec() };
    Experiment::create(experiment_id(id), TenantId::default_tenant(), valid, at(0))
}

/// An id from a literal.
#[expect(clippy::expect_used, reason = "test support: the id is a literal of the caller")]
pub fn experiment_id(id: &str) -> ExperimentId {
    id.parse().expect("a valid id")
}

/// Both generated pipelines of an experiment, with small distinct configurations.
pub fn generated(experiment: &Experiment) -> Pair<GeneratedPipeline> {
    let one = |kind: PipelineType| {
        let config = format!("# {kind}\nreceivers: {{}}\n");
        let hash = ConfigHash::of(&config);
        GeneratedPipeline {
            name: PipelineName::deployed(&experiment.name, &experiment.id, kind, &hash),
            config,
            hash,
            collection_interval: Span::from_secs(1),
        }
    };
    Pair { baseline: one(PipelineType::Baseline), candidate: one(PipelineType::Candidate) }
}
