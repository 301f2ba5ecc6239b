//! Brings pipelines to the level that an experiment's state asks for, and looks at them. May be repeated at any time.

use crate::app::Ports;
use crate::app::rest::Rest;
use crate::error::Retry;
use crate::experiment::{
    Desired, Experiment, Pair, PipelineObservation, PipelinePhase, PipelineRef, PipelineType, State, desired,
};
use crate::ports::cache::CacheKey;
use crate::ports::deployer::{DesiredPipeline, PipelineKey};
use crate::ports::failure::Failure;
use crate::time::Span;

/// How often pipelines are looked at that are not where they should be. Changes that the deployer sees come at once.
const UNSETTLED_POLL: Span = Span::from_secs(1);
/// How often pipelines are looked at that are where they should be.
const SETTLED_POLL: Span = Span::from_secs(30);

/// What was seen after the world was asked for the level.
pub(super) struct Levelled {
    pub(super) observed: Pair<PipelineObservation>,
    /// When to look again, and what could not be asked for.
    pub(super) rest: Rest,
}

/// Asks for what is desired and looks at what is there; nothing where the deployer has no business.
///
/// What goes wrong with one pipeline is no reason to leave the other one alone, nor not to look: it comes along with what was seen.
pub(super) async fn bring(ports: &Ports, experiment: &Experiment) -> Result<Option<Levelled>, Failure> {
    let (pipelines, asked, is_wanted) = match desired(experiment) {
        Desired::Untouched => return Ok(None),
        Desired::Present(_) if experiment.state.is_terminal() => return Ok(None),
        Desired::Present(pipelines) => {
            let asked = ensure(ports, experiment, &pipelines).await?;
            (pipelines, asked, true)
        }
        Desired::Absent(pipelines) => {
            let asked = remove(ports, &pipelines).await;
            (pipelines, asked, false)
        }
    };
    let observed = observe(ports, experiment, &pipelines).await?;
    let is_settled = is_wanted && observed.iter().all(|(_, pipeline)| pipeline.is_ready());
    let pause = if is_settled { SETTLED_POLL } else { UNSETTLED_POLL };
    let due_at = Some(ports.clock.now() + pause);
    Ok(Some(Levelled {
        observed: observed.map(|kind, seen| given_up(experiment, asked.get(kind).as_ref(), seen)),
        rest: Rest { due_at, failure: asked.baseline.or(asked.candidate) },
    }))
}

/// What became of asking for each pipeline.
type Asked = Pair<Option<Failure>>;

async fn ensure(ports: &Ports, experiment: &Experiment, pipelines: &Pair<PipelineRef>) -> Result<Asked, Failure> {
    let mut asked = Asked::default();
    for deployment in ports.deployments.deployments(&experiment.id).await? {
        let kind = deployment.pipeline_type;
        let desired = DesiredPipeline {
            key: key_of(experiment, kind, pipelines.get(kind)),
            config: deployment.pipeline.config,
            hash: deployment.pipeline.hash,
            target: experiment.spec.target.clone(),
        };
        *asked.get_mut(kind) = ports.deployer.ensure(&desired).await.err();
    }
    Ok(asked)
}

async fn remove(ports: &Ports, pipelines: &Pair<PipelineRef>) -> Asked {
    Pair {
        baseline: ports.deployer.remove(&pipelines.baseline.name).await.err(),
        candidate: ports.deployer.remove(&pipelines.candidate.name).await.err(),
    }
}

/// A pipeline that cannot be deployed at all will not become ready; there is no need to wait for the deadline. A running one is judged by
/// what is seen of it alone: that the controller cannot ask for it is not the pipeline's doing.
fn given_up(experiment: &Experiment, asked: Option<&Failure>, seen: &PipelineObservation) -> PipelineObservation {
    match asked {
        Some(failure) if experiment.state == State::Deploying && failure.retry() == Retry::Never => {
            PipelineObservation { phase: PipelinePhase::Failed, message: failure.message().to_owned(), ..seen.clone() }
        }
        Some(_) | None => seen.clone(),
    }
}

async fn observe(
    ports: &Ports,
    experiment: &Experiment,
    pipelines: &Pair<PipelineRef>,
) -> Result<Pair<PipelineObservation>, Failure> {
    let keys: Vec<PipelineKey> = pipelines.iter().map(|(kind, pipeline)| key_of(experiment, kind, pipeline)).collect();
    let observed = ports.deployer.observe(&keys).await?;
    let entries = observed
        .iter()
        .filter_map(|one| Some((CacheKey::PipelineStatus(one.name.clone()), serde_json::to_string(one).ok()?)))
        .collect();
    // The cache is a convenience.
    let _ = ports.cache.put(entries).await;
    ports.deployments.record_observations(&experiment.id, &observed).await?;
    Ok(pipelines.map(|_, pipeline| {
        let found = observed.iter().find(|one| one.name == pipeline.name).cloned();
        found.unwrap_or_else(|| PipelineObservation::absent(pipeline.name.clone()))
    }))
}

fn key_of(experiment: &Experiment, kind: PipelineType, pipeline: &PipelineRef) -> PipelineKey {
    PipelineKey { experiment_id: experiment.id.clone(), pipeline_type: kind, name: pipeline.name.clone() }
}
