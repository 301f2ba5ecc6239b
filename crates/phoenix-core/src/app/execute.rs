//! Executes one-shot effects. Retries live here and nowhere else: a passing failure postpones the effect in the outbox.

use crate::analysis::Comparison;
use crate::app::Ports;
use crate::app::analyse::analyse;
use crate::app::rest::Rest;
use crate::error::Retry;
use crate::experiment::{Effect, EffectOutcome, Experiment, GeneratedPipeline, Pair, PipelineType, Reason};
use crate::id::{ConfigHash, PipelineName};
use crate::ports::failure::Failure;
use crate::ports::generator::Generated;
use crate::ports::store::PendingEffect;
use crate::ports::validator::{Finding, Severity, errors_of};
use crate::spec::PipelineSpec;
use crate::time::Span;

/// The rule under which a deployer reports a component that its collector lacks.
const COMPONENT_MISSING: &str = "ComponentMissing";

/// The rule under which a deployer reports a target that is too loaded.
const HEAD_ROOM_MISSING: &str = "HeadRoomMissing";

/// Longest pause between two attempts.
const LONGEST_PAUSE: Span = Span::from_secs(30);

/// What an attempt came to.
pub(super) enum Attempted {
    /// The effect has ended; a comparison is stored with the decision about it.
    Ended(EffectOutcome, Option<Comparison>),
    /// To be tried again later; says what went wrong.
    Postponed(Rest),
}

/// Tries one effect.
pub(super) async fn execute(
    ports: &Ports,
    experiment: &Experiment,
    pending: &PendingEffect,
) -> Result<Attempted, Failure> {
    let result = match pending.effect {
        Effect::GeneratePipelines => generate(ports, experiment).await.map(|outcome| (outcome, None)),
        Effect::AnalyseSamples => analyse(ports, experiment).await,
    };
    ports.instruments.effect(pending.effect, result.is_ok());
    match result {
        Ok((outcome, comparison)) => Ok(Attempted::Ended(outcome, comparison)),
        Err(failure) => match failure.retry() {
            Retry::Never => Ok(Attempted::Ended(failed(pending.effect, &failure), None)),
            Retry::Backoff | Retry::Reload => postpone(ports, pending, failure).await,
        },
    }
}

fn failed(effect: Effect, failure: &Failure) -> EffectOutcome {
    let reason = match effect {
        Effect::GeneratePipelines => Reason::GenerationFailed,
        Effect::AnalyseSamples => Reason::AnalysisFailed,
    };
    EffectOutcome::Failed { reason, message: failure.message().to_owned() }
}

async fn postpone(ports: &Ports, pending: &PendingEffect, failure: Failure) -> Result<Attempted, Failure> {
    let attempts = pending.attempts.saturating_add(1);
    let due_at = ports.clock.now() + pause(pending, attempts);
    ports.outbox.postpone(&pending.id, attempts, due_at).await?;
    Ok(Attempted::Postponed(Rest { due_at: Some(due_at), failure: Some(failure) }))
}

/// Doubles from half a second, plus up to a quarter that depends on the effect alone, so that many effects do not come back at once.
fn pause(pending: &PendingEffect, attempts: u32) -> Span {
    let base = 500_000_u64.saturating_mul(1 << attempts.saturating_sub(1).min(10)).min(LONGEST_PAUSE.as_micros());
    let digest =
        pending.id.to_string().bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Span::from_micros(base + base * (digest % 64) / 256)
}

/// Generates both configurations, has them checked, and asks the deployer whether it could run them.
async fn generate(ports: &Ports, experiment: &Experiment) -> Result<EffectOutcome, Failure> {
    let spec = &experiment.spec;
    let target = ports.deployer.survey(&spec.target).await?;
    if let Some(problems) = errors_of(&target) {
        return Ok(EffectOutcome::Failed { reason: survey_reason(&target), message: problems });
    }
    let baseline = match generate_one(ports, experiment, PipelineType::Baseline, &spec.baseline).await? {
        Ok(pipeline) => pipeline,
        Err(outcome) => return Ok(outcome),
    };
    let candidate = match generate_one(ports, experiment, PipelineType::Candidate, &spec.candidate).await? {
        Ok(pipeline) => pipeline,
        Err(outcome) => return Ok(outcome),
    };
    let warnings = target.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Ok(EffectOutcome::Generated { pipelines: Box::new(Pair { baseline, candidate }), warnings })
}

async fn generate_one(
    ports: &Ports,
    experiment: &Experiment,
    kind: PipelineType,
    spec: &PipelineSpec,
) -> Result<Result<GeneratedPipeline, EffectOutcome>, Failure> {
    let generated = generate_and_check(ports, spec).await?;
    if let Some(problems) = errors_of(&generated.findings) {
        let message = format!("{kind}: {problems}");
        return Ok(Err(EffectOutcome::Failed { reason: Reason::GenerationFailed, message }));
    }
    let findings = ports.deployer.preflight(&generated.config).await?;
    if let Some(problems) = errors_of(&findings) {
        let message = format!("{kind}: {problems}");
        return Ok(Err(EffectOutcome::Failed { reason: preflight_reason(&findings), message }));
    }
    let hash = ConfigHash::of(&generated.config);
    Ok(Ok(GeneratedPipeline {
        name: PipelineName::deployed(&experiment.name, &experiment.id, kind, &hash),
        config: generated.config,
        hash,
        collection_interval: generated.collection_interval,
    }))
}

fn survey_reason(findings: &[Finding]) -> Reason {
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    if findings.iter().filter(is_error).any(|finding| finding.rule == HEAD_ROOM_MISSING) {
        Reason::HeadRoomMissing
    } else {
        Reason::GenerationFailed
    }
}

fn preflight_reason(findings: &[Finding]) -> Reason {
    if findings.iter().any(|finding| finding.rule == COMPONENT_MISSING) {
        Reason::ComponentMissing
    } else {
        Reason::GenerationFailed
    }
}

/// Generates, times and validates one configuration; the validator's findings join the generator's own.
pub(super) async fn generate_and_check(ports: &Ports, spec: &PipelineSpec) -> Result<Generated, Failure> {
    let begin = ports.clock.now();
    let mut generated = ports.generator.generate(spec).await?;
    generated.findings.extend(ports.validator.validate(&generated.config));
    ports.instruments.generated(&spec.base_template, ports.clock.now().since(begin));
    Ok(generated)
}
