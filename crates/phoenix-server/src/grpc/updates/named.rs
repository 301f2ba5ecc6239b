//! The experiments that a stream names, and what it has told of each.

use std::collections::BTreeMap;

use phoenix_core::app::{Caller, Queries};
use phoenix_core::error::{Code, Result};
use phoenix_core::experiment::{Event, EventKind};
use phoenix_core::id::{ExperimentId, Revision};
use phoenix_proto::controller::v1 as proto;

/// Which experiments a stream is about.
pub(super) enum Named {
    /// All that the caller may read.
    All,
    /// These, each with what was told of it last.
    Only(BTreeMap<ExperimentId, Option<proto::Experiment>>),
}

/// What a reference stands for.
pub(super) enum Resolved {
    /// An experiment.
    Present(ExperimentId),
    /// One that was deleted; its events are still there.
    Deleted(ExperimentId),
}

impl Resolved {
    /// The experiment with this id, or of this name.
    pub(super) async fn new(queries: &Queries, caller: &Caller, reference: &str) -> Result<Self> {
        let error = match queries.experiment(caller, reference).await {
            Ok(experiment) => return Ok(Self::Present(experiment.id)),
            Err(error) => error,
        };
        if error.code() != Code::NotFound {
            return Err(error);
        }
        let history = queries.history(caller, reference, Revision(0), 1).await?;
        history.into_iter().next().map(|event| Self::Deleted(event.experiment_id)).ok_or(error)
    }

    pub(super) const fn id(&self) -> &ExperimentId {
        match self {
            Self::Present(id) | Self::Deleted(id) => id,
        }
    }
}

impl Named {
    /// These; none means all.
    pub(super) fn new(resolved: &[Resolved]) -> Self {
        if resolved.is_empty() {
            return Self::All;
        }
        Self::Only(resolved.iter().map(|one| (one.id().clone(), None)).collect())
    }

    /// True when the stream is about this event.
    pub(super) fn includes(&self, event: &Event) -> bool {
        match self {
            Self::All => true,
            Self::Only(told) => told.contains_key(&event.experiment_id),
        }
    }

    /// Remembers what was told with an event.
    pub(super) fn told(&mut self, event: &Event, experiment: Option<&proto::Experiment>) {
        if event.kind == EventKind::Deleted {
            self.remove(&event.experiment_id);
        } else if let Some(experiment) = experiment {
            self.is_news(&event.experiment_id, experiment);
        }
    }

    /// True when this differs from what was told of it last; then it is what was told last.
    pub(super) fn is_news(&mut self, id: &ExperimentId, experiment: &proto::Experiment) -> bool {
        let Self::Only(all) = self else { return false };
        match all.get_mut(id) {
            Some(told) if told.as_ref() != Some(experiment) => {
                *told = Some(experiment.clone());
                true
            }
            Some(_) | None => false,
        }
    }

    /// Nothing more follows about this one.
    pub(super) fn remove(&mut self, id: &ExperimentId) {
        if let Self::Only(told) = self {
            told.remove(id);
        }
    }

    /// True when nothing can follow about any.
    pub(super) fn is_exhausted(&self) -> bool {
        match self {
            Self::All => false,
            Self::Only(told) => told.is_empty(),
        }
    }

    /// Those that may get on without an event.
    pub(super) fn in_progress(&self) -> Vec<ExperimentId> {
        let is_settled = |told: &Option<proto::Experiment>| {
            told.as_ref().and_then(|told| told.status.as_ref()).is_some_and(|status| status.cleaned_up)
        };
        match self {
            Self::All => Vec::new(),
            Self::Only(all) => all.iter().filter(|(_, told)| !is_settled(told)).map(|(id, _)| id.clone()).collect(),
        }
    }
}
