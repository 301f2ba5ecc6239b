//! What clients ask to be done. Every command decides on the stored experiment and commits under its revision; none takes a lease.

use serde::{Deserialize, Serialize};

use crate::app::commit::{Attempt, commit};
use crate::app::execute::generate_and_check;
use crate::app::policy::policy_for;
use crate::app::ports::answer;
use crate::app::queries::resolve;
use crate::app::{Caller, Ports};
use crate::error::{Code, Error, Result};
use crate::experiment::{
    Cause, Cleanup, Command, Decide, Decision, Event, EventKind, Experiment, Input, Pair, PipelineType, Policy, Reason,
    Rejected, State, decide,
};
use crate::id::{ConfigHash, ExperimentId, ExperimentName, PipelineName, Revision};
use crate::ports::cache::CacheKey;
use crate::ports::deployer::Removal;
use crate::ports::failure::Applied;
use crate::ports::store::{CreateError, created_event};
use crate::ports::validator::{Finding, errors_of};
use crate::spec::{Limits, ValidExperiment, Violation, parse, parse_pipeline};
use crate::time::Timestamp;

/// How often a command is decided anew when somebody else was faster.
const MOST_ATTEMPTS: usize = 16;

/// Commands of clients.
#[derive(Clone)]
pub struct Commands {
    ports: Ports,
    policy: Policy,
    limits: Limits,
    decide: Decide,
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
    /// Why, for people; recorded with a stop, an abort or a cancellation.
    pub reason: String,
}

impl RequestedState {
    /// The command behind the state. States that only evidence can reach are refused.
    pub fn into_command(self) -> Result<Command> {
        match self.state {
            State::Initializing => Ok(Command::Start),
            State::Analyzing => Ok(Command::Stop { message: self.reason }),
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
        Self { ports, policy, limits, decide }
    }

    /// Decides by another function, for tests that want to see a broken one caught.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn deciding_by(self, decide: Decide) -> Self {
        Self { decide, ..self }
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
        self.refuse_ended(&experiment).await?;
        self.refuse_ambiguous(&experiment).await?;
        let event = created_event(&experiment, &caller.cause());
        // Due at once: the reconciler finds the scheduled start and the deadlines, and sets when it is due next.
        let created = self.ports.experiments.create(&experiment, &event, Some(experiment.created_at)).await;
        match self.resolved(&experiment, created).await {
            Ok(()) => {
                let _ = self.ports.cache.advance_state(&experiment.id, experiment.state).await;
                self.ports.signal.committed();
                Ok(Created { experiment, existed: false })
            }
            Err(CreateError::IdTaken(stored)) if is_same_request(&stored, &experiment) => {
                Ok(Created { experiment: *stored, existed: true })
            }
            Err(error) => Err(not_created(&experiment, error)),
        }
    }

    /// An experiment whose end has passed would only come to fail. One that was created in time may be asked for again.
    async fn refuse_ended(&self, experiment: &Experiment) -> Result<()> {
        let Some(end) = experiment.spec.schedule.end.filter(|end| *end <= experiment.created_at) else {
            return Ok(());
        };
        let stored = self.ports.experiments.load(&experiment.id).await.map_err(answer(Code::Internal))?;
        if stored.is_some_and(|stored| is_same_request(&stored, experiment)) {
            return Ok(());
        }
        let violation = Violation::new("spec.schedule.end", format!("{end} has passed"));
        Err(Error::validation(&[violation.with_hint("allowed: a time to come; leave it out to run for the duration")]))
    }

    /// Commands take an id or a name. So neither may mean another experiment of the same tenant, or a command would hit the wrong one.
    async fn refuse_ambiguous(&self, experiment: &Experiment) -> Result<()> {
        let (id, name, tenant) = (&experiment.id, &experiment.name, &experiment.tenant);
        let experiments = &self.ports.experiments;
        let refused = |field: &str, message: String, other: &Experiment| {
            Error::new(Code::AlreadyExists, message).with_detail("field", field).with_detail("id", other.id.as_str())
        };
        if let Ok(as_name) = id.as_str().parse::<ExperimentName>()
            && let Some(other) = experiments.find_by_name(tenant, &as_name).await.map_err(answer(Code::Internal))?
            && other.id != *id
        {
            let message = format!("the id {:?} is the name of another experiment; take another id", id.as_str());
            return Err(refused("metadata.id", message, &other));
        }
        if let Ok(as_id) = name.as_str().parse::<ExperimentId>()
            && as_id != *id
            && let Some(other) = experiments.load(&as_id).await.map_err(answer(Code::Internal))?
            && other.tenant == *tenant
        {
            let message = format!("the name {:?} is the id of another experiment; take another name", name.as_str());
            return Err(refused("metadata.name", message, &other));
        }
        Ok(())
    }

    /// A creation with an unknown outcome has happened if the very same experiment is stored: nobody else makes one of this id.
    async fn resolved(
        &self,
        experiment: &Experiment,
        created: std::result::Result<(), CreateError>,
    ) -> std::result::Result<(), CreateError> {
        match created {
            Err(CreateError::Failed(failure)) if failure.applied() == Applied::Unknown => {
                let stored = self.ports.experiments.load(&experiment.id).await.map_err(CreateError::Failed)?;
                if stored.as_ref() == Some(experiment) { Ok(()) } else { Err(CreateError::Failed(failure)) }
            }
            created => created,
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
        let input = Input::Command(command);
        for _ in 0..MOST_ATTEMPTS {
            let experiment = resolve(&self.ports, caller, reference).await?;
            if expected.is_some_and(|revision| revision != experiment.revision) {
                return Err(conflict(&experiment));
            }
            let now = self.ports.clock.now();
            let policy = policy_for(&self.ports, &self.policy, &experiment).await.map_err(answer(Code::Internal))?;
            let decision = (self.decide)(now, &policy, &experiment, &input).map_err(|rejected| {
                if let Rejected::Illegal { from, to } = &rejected {
                    self.ports.instruments.transition(*from, *to, false);
                }
                Error::from(rejected)
            })?;
            let Decision { change: Some(change), wake_at } = decision else {
                return Ok(experiment);
            };
            let cause = caller.cause();
            let attempt = Attempt::without_lease(&experiment, &input, change, wake_at, &cause, now);
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

    /// Deletes an experiment that has ended and whose pipelines are gone; kept ones are removed first. Its history stays.
    pub async fn delete(&self, caller: &Caller, reference: &str) -> Result<()> {
        let experiment = resolve(&self.ports, caller, reference).await?;
        if !experiment.state.is_terminal() {
            return Err(Error::new(
                Code::StateTransitionInvalid,
                format!("an experiment that is {} cannot be deleted; cancel it first", experiment.state),
            )
            .with_detail("from_state", experiment.state.as_str()));
        }
        let is_clean = match experiment.status.cleanup {
            Cleanup::Confirmed | Cleanup::NotDue => true,
            Cleanup::Pending => false,
            Cleanup::Kept => self.remove_kept(&experiment).await?,
        };
        if !is_clean {
            return Err(Error::new(Code::Unavailable, "its pipelines are still being removed; try again in a moment"));
        }
        let message = format!("experiment {} was deleted", experiment.name);
        let now = self.ports.clock.now();
        let event = deleted_event(now, &caller.cause(), &experiment, Reason::DeleteRequested, message);
        let deleted = self.ports.experiments.delete(&experiment.id, experiment.revision, &event).await;
        if deleted.map_err(answer(Code::Internal))? {
            let _ = self.ports.cache.forget(vec![CacheKey::ExperimentState(experiment.id)]).await;
            self.ports.signal.committed();
            Ok(())
        } else {
            Err(conflict(&experiment))
        }
    }

    /// Removes pipelines that outlived their experiment by request; true once nothing of them is left.
    async fn remove_kept(&self, experiment: &Experiment) -> Result<bool> {
        let mut is_gone = true;
        for (_, pipeline) in experiment.status.pipelines.iter().flat_map(Pair::iter) {
            let removal = self.ports.deployer.remove(&pipeline.name).await.map_err(answer(Code::K8sOperationFailed))?;
            is_gone &= removal == Removal::Gone;
        }
        Ok(is_gone)
    }

    /// Generates and checks a configuration without an experiment.
    pub async fn generate(&self, document: serde_json::Value) -> Result<GeneratedDocument> {
        let catalog = self.ports.generator.catalog().await.map_err(answer(Code::PipelineGenerationFailed))?;
        let (name, spec) = parse_pipeline(document, &catalog).map_err(|violations| Error::validation(&violations))?;
        let generated = generate_and_check(&self.ports, &spec).await.map_err(answer(Code::PipelineGenerationFailed))?;
        if let Some(problems) = errors_of(&generated.findings) {
            return Err(Error::new(Code::PipelineGenerationFailed, problems));
        }
        let hash = ConfigHash::of(&generated.config);
        let name = name.unwrap_or_else(ExperimentName::of_unnamed_pipeline);
        Ok(GeneratedDocument {
            name: PipelineName::generated(&name, &hash),
            config: generated.config,
            hash,
            findings: generated.findings,
        })
    }
}

/// The last event of an experiment, which stays when it is gone.
pub(super) fn deleted_event(
    now: Timestamp,
    cause: &Cause,
    experiment: &Experiment,
    reason: Reason,
    message: String,
) -> Event {
    Event {
        experiment_id: experiment.id.clone(),
        seq: experiment.revision.next(),
        kind: EventKind::Deleted,
        at: now.max(experiment.updated_at),
        actor: cause.actor.clone(),
        tenant: experiment.tenant.clone(),
        traceparent: cause.traceparent.clone(),
        from: Some(experiment.state),
        to: experiment.state,
        reason,
        message,
    }
}

fn not_created(asked: &Experiment, error: CreateError) -> Error {
    let taken = |message: String| Error::new(Code::AlreadyExists, message);
    let id = asked.id.as_str();
    match error {
        CreateError::IdTaken(stored) if stored.tenant == asked.tenant => {
            taken(format!("there is another experiment with the id {id:?}"))
        }
        CreateError::IdTaken(_) => taken(format!("the id {id:?} is taken")),
        CreateError::IdRetired => taken(format!(
            "the id {id:?} belonged to an experiment that was deleted; its history stays, so take another id"
        )),
        CreateError::NameTaken(holder) => taken(format!(
            "an experiment named {:?} has not ended yet; wait for it, cancel it, or take another name",
            asked.name.as_str()
        ))
        .with_detail("id", holder.as_str()),
        CreateError::Failed(failure) => answer(Code::Internal)(failure),
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
