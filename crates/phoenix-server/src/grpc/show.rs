//! Experiments as answers, with what belongs to them.

use phoenix_core::app::Caller;
use phoenix_core::error::Result;
use phoenix_core::experiment::Experiment;
use phoenix_core::ports::store::Deployment;
use phoenix_proto::controller::v1 as proto;
use tracing::warn;

use crate::api::Api;
use crate::grpc::convert::experiment::{Surroundings, experiment as show};
use crate::loops::chain;

/// An experiment with its deployments.
pub(super) async fn shown(api: &Api, caller: &Caller, experiment: &Experiment) -> Result<proto::Experiment> {
    Ok(show(experiment, &deployments(api, caller, experiment).await?, surroundings(api)))
}

/// An experiment to which something was just done. What was done is done, so deployments that cannot be read are left out of the answer.
pub(super) async fn shown_after(api: &Api, caller: &Caller, experiment: &Experiment) -> proto::Experiment {
    let deployments = deployments(api, caller, experiment).await.unwrap_or_else(|error| {
        warn!(code = error.code().as_str(), error = chain(&error), "deployments are left out of an answer");
        Vec::new()
    });
    show(experiment, &deployments, surroundings(api))
}

/// An experiment of a list, without its deployments: they would take one more query for each.
pub(super) fn listed(api: &Api) -> impl Fn(&Experiment) -> proto::Experiment {
    let around = surroundings(api);
    move |experiment| show(experiment, &[], around)
}

async fn deployments(api: &Api, caller: &Caller, experiment: &Experiment) -> Result<Vec<Deployment>> {
    if experiment.status.pipelines.is_none() {
        return Ok(Vec::new());
    }
    api.queries.deployments(caller, experiment.id.as_str()).await
}

fn surroundings(api: &Api) -> Surroundings<'_> {
    Surroundings { now: api.queries.now(), namespace: api.queries.namespace() }
}
