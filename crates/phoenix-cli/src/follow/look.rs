//! One look at an experiment: everything that the progress line tells.

use phoenix_core::experiment::{Cleanup, Experiment, State};

use crate::server::{Latest, Pipeline, RequestError, Server};

/// What was seen at a look.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) experiment: Experiment,
    /// Both pipelines, while it matters how they are.
    pub(super) pipelines: Vec<Pipeline>,
    /// The latest values, while there are any.
    pub(super) latest: Option<Latest>,
}

impl View {
    /// What an answer to a command shows.
    pub(super) const fn of(experiment: Experiment) -> Self {
        Self { experiment, pipelines: Vec::new(), latest: None }
    }
}

/// Looks. Only the experiment itself must be seen: the line is worth reading without the rest, too.
pub(super) async fn look(server: Server, id: String) -> Result<View, RequestError> {
    let mut view = View::of(server.experiment(&id).await?);
    let (wants_pipelines, wants_values) = match view.experiment.state {
        State::Pending | State::Initializing | State::Analyzing => (false, false),
        State::Deploying => (true, false),
        State::Running => (true, true),
        State::Completed | State::Failed | State::Cancelled => {
            (view.experiment.status.cleanup == Cleanup::Pending, false)
        }
    };
    if wants_pipelines {
        view.pipelines = server.pipelines(&id).await.unwrap_or_default();
    }
    if wants_values {
        view.latest = server.latest(&id).await.ok();
    }
    Ok(view)
}
