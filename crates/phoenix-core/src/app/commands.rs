//! What clients ask to be done. Every command decides on the stored experiment and commits under its revision; none takes a lease.

use serde::{Deserialize, Serialize};

use crate::app::commit::{Attempt, commit};
use crate::app::execute::generate_and_check;
use crate::app::ports::answer;
use crate::app::queries::resolve;
use crate::app::{Caller, Ports};
use crate::error::{Code, Error, Result};
use crate::experiment::{
    Cleanup, Command, Decision, Event, EventKind, Experiment, PipelineType, Policy, Reason, State, decide,
};
use crate::id::{ConfigHash, ExperimentName, PipelineName, Revision};
use crate::ports::store::{CreateError, created_event};
use crate::ports::validator::{Finding, errors_of};
use crate::spec::{
    Limits, RawPipelineSpec, ValidExperiment, Violation, decode, parse, validate_pipeline,
};

/// How often a command is decided anew when somebody else was faster.
const MOST_ATTEMPTS: usize = 16;

/// Commands of clients.
#[derive(Clone)]
pub struct Commands {
    ports: Ports,
    policy: Policy,
    limits: Limits,
}

/// An accepted creation.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// The experiment as it is stored.
    pub experiment: Experiment,
    /// True when the same request was accepted before.
    pub existed: bool,
}

/// A configuration that was generated without an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedDocument {
    /// `{name}-{8 hex of hash}`.
    pub name: PipelineName,
    /// The collector configuration.
    pub config: String,
    /// SHA-256 of exactly the bytes of `config`.
    pub hash: ConfigHash,
    /// What there is to say about it.
    pub findings: Vec<Finding>,
}

/// A command spoken in states: what `UpdateExperimentState` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedState {
    /// The state asked for.
    pub state: State,
    /// Why, for people; recorded with an abort or a cancellation.
    pub reason: String,
}

impl RequestedState {
    /// The command behind the state. States that only evidence can reach are refused.
    pub fn into_command(self) -> Result<Command> {
        match self.state {
            State::Initializing => Ok(Command::Start),
            State::Analyzing => Ok(Command::Stop),
            State::Cancelled => Ok(Command::Cancel { message: self.reason }),
            State::Failed => Ok(Command::Abort { message: self.reason }),
            State::Pending | State::Deploying | State::Running | State::Completed => {
                Err(Error::validation(&[Violation::new(
                    "state",
                    format!("{} cannot be asked for", self.state.as_str().to_uppercase()),
                )
                .with_hint("ask for INITIALIZING (start), ANALYZING (stop), CANCELLED (cancel) or FAILED (abort)")]))
            }
        }
    }
}

impl Commands {
    /// Commands under these rules.
    pub const fn new(ports: Ports, policy: Policy, limits: Limits) -> Self {
        Self { ports, policy, limits }
    }

    /// Checks an experiment document without storing anything.
    pub async fn check(&self, document: serde_json::Value) -> Result<ValidExperiment> {
        let catalog = self.ports.generator.catalog().await.map_err(answer(Code::PipelineGenerationFailed))?;
        parse(document, &catalog, &self.limits).map_err(|violations| Error::validation(&violations))
    }

    /// Creates an experiment. With an id chosen by the client the same request may be repeated.
    pub async fn create(&self, caller: &Caller, document: serde_json::Value) -> Result<Created> {
        let valid = self.check(document).await?;
        let id = valid.id.clone().unwrap_or_else(|| self.ports.identity.experiment_id());
        let experiment = Experiment::create(id, caller.tenant.clone(), valid, self.ports.clock.now());
        let event = created_event(&experiment, &caller.cause());
        // Due at once: the reconciler finds the scheduled start and the deadlines, and sets when it is due next.
        match self.ports.experiments.create(&experiment, &event, Some(experiment.created_at)).await {
            Ok(()) => {
                let _ = self.ports.cache.advance_state(&experiment.id, experiment.state).await;
                self.ports.signal.committed();
                Ok(Created { experiment, existed: false })
            }
            Err(CreateError::IdTaken(stored)) if is_same_request(&stored, &experiment) => {
                Ok(Created { experiment: *stored, existed: true })
            }
            Err(CreateError::IdTaken(stored)) if stored.tenant == experiment.tenant => Err(Error::new(
                Code::AlreadyExists,
                format!("there is another experiment with the id {:?}", stored.id.as_str()),
            )),
            Err(CreateError::IdTaken(_)) => {
                Err(Error::new(Code::AlreadyExists, format!("the id {:?} is taken", experiment.id.as_str())))
            }
            Err(CreateError::NameTaken(id)) => Err(Error::new(
                Code::AlreadyExists,
                format!(
                    "an experiment named {:?} has not ended yet; wait for it, cancel it, or take another name",
                    experiment.name.as_str()
                ),
            )
            .with_detail("id", id.as_str())),
            Err(CreateError::Failed(failure)) => Err(answer(Code::Internal)(failure)),
        }
    }

    /// Gives a command to an experiment. With `expected` it is refused with `CONFLICT` when another decision came first.
    pub async fn submit(
        &self,
        caller: &Caller,
        reference: &str,
        command: Command,
        expected: Option<Revision>,
    ) -> Result<Experiment> {
        let input = crate::experiment::Input::Command(command);
        for _ in 0..MOST_ATTEMPTS {
            let experiment = resolve(&self.ports, caller, reference).await?;
            if expected.is_some_and(|revision| revision != experiment.revision) {
                return Err(conflict(&experiment));
            }
            let now = self.ports.clock.now();
            let decision = decide(now, &self.policy, &experiment, &input).map_err(|rejected| {
                if let crate::experiment::Rejected::Illegal { from, to } = &rejected {
                    self.ports.instruments.transition(*from, *to, false);
                }
                Error::from(rejected)
            })?;
            let Decision { change: Some(change), wake_at } = decision else {
                return Ok(experiment);
            };
            let cause = caller.cause();
            let attempt = Attempt {
                before: &experiment,
                change,
                due_at: wake_at,
                cause: &cause,
                fence: None,
                comparison: None,
                now,
            };
            if let Some(after) = commit(&self.ports, attempt).await.map_err(answer(Code::Internal))? {
                return Ok(after);
            }
        }
        let experiment = resolve(&self.ports, caller, reference).await?;
        Err(conflict(&experiment))
    }

    /// Deploys one pipeline again.
    pub async fn redeploy(&self, caller: &Caller, reference: &str, pipeline: PipelineType) -> Result<Experiment> {
        self.submit(caller, reference, Command::Redeploy { pipeline }, None).await
    }

    /// Deletes an experiment that has ended and whose pipelines are gone. Its history stays.
    pub async fn delete(&self, caller: &Caller, reference: &str) -> Result<()> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        if !experiment.state.is_terminal() {
            return Err(Error::new(
                Code::StateTransitionInvalid,
                format!("an experiment that is {} cannot be deleted; cancel it first", experiment.state),
            )
            .with_detail("from_state", experiment.state.as_str()));
        }
        match experiment.status.cleanup {
            Cleanup::Confirmed | Cleanup::NotDue => {}
            Cleanup::Pending => {
                return Err(Error::new(
                    Code::Unavailable,
                    "its pipelines are still being removed; try again in a moment",
                ));
            }
            Cleanup::Kept => {
                return Err(Error::new(
                    Code::StateTransitionInvalid,
                    "its pipelines are kept (keepPipelines) and would be left without an owner",
                ));
            }
        }
        let event = self.deleted_event(caller, &experiment);
        let deleted = self.ports.experiments.delete(&experiment.id, experiment.revision, &event).await;
        if deleted.map_err(answer(Code::Internal))? {
            let _ = self.ports.cache.forget(vec![crate::ports::cache::CacheKey::ExperimentState(experiment.id)]).await;
            self.ports.signal.committed();
            Ok(())
        } else {
            Err(conflict(&experiment))
        }
    }

    fn deleted_event(&self, caller: &Caller, experiment: &Experiment) -> Event {
        Event {
            experiment_id: experiment.id.clone(),
            seq: experiment.revision.next(),
            kind: EventKind::Deleted,
            at: self.ports.clock.now(),
            actor: caller.actor.clone(),
            tenant: experiment.tenant.clone(),
            traceparent: caller.traceparent.clone(),
            from: Some(experiment.state),
            to: experiment.state,
            reason: Reason::DeleteRequested,
            message: format!("experiment {} was deleted", experiment.name),
        }
    }

    /// Generates and checks a configuration without an experiment.
    pub async fn generate(&self, document: serde_json::Value) -> Result<GeneratedDocument> {
        let catalog = self.ports.generator.catalog().await.map_err(answer(Code::PipelineGenerationFailed))?;
        let (mut raw, mut violations) = decode::<RawPipelineSpec>(document);
        let name = raw.name.take().unwrap_or_else(|| "pipeline".to_owned());
        let name =
            name.parse::<ExperimentName>().map_err(|error| violations.push(Violation::new("name", error.to_string())));
        let spec = validate_pipeline(raw, "", &catalog).map_err(|more| violations.extend(more));
        let (Ok(name), Ok(spec), true) = (name, spec, violations.is_empty()) else {
            return Err(Error::validation(&violations));
        };
        let generated = generate_and_check(&self.ports, &spec).await.map_err(answer(Code::PipelineGenerationFailed))?;
        if let Some(problems) = errors_of(&generated.findings) {
            return Err(Error::new(Code::PipelineGenerationFailed, problems));
        }
        let hash = ConfigHash::of(&generated.config);
        Ok(GeneratedDocument {
            name: PipelineName::generated(&name, &hash),
            config: generated.config,
            hash,
            findings: generated.findings,
        })
    }
}

fn is_same_request(stored: &Experiment, asked: &Experiment) -> bool {
    stored.tenant == asked.tenant
        && stored.name == asked.name
        && stored.labels == asked.labels
        && stored.spec == asked.spec
}

fn conflict(experiment: &Experiment) -> Error {
    Error::new(
        Code::Conflict,
        format!("the experiment is at revision {} now; load it and decide again", experiment.revision),
    )
    .with_detail("revision", experiment.revision.to_string())
}
