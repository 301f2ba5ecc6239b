//! The experiment controller: each RPC authorizes, calls one use-case, and shows its answer.

use phoenix_core::app::{Caller, RequestedState};
use phoenix_core::error::{Error, Result as CoreResult};
use phoenix_core::experiment::Command;
use phoenix_core::id::Revision;
use phoenix_core::ports::store::Filter;
use phoenix_core::spec::Violation;
use phoenix_proto::controller::v1 as proto;
use phoenix_proto::controller::v1::experiment_controller_server::ExperimentController;
use tonic::{Request, Response, Status};

use crate::api::Api;
use crate::auth::Permission;
use crate::grpc::access::authorize;
use crate::grpc::convert::{control, document, metrics, pipeline, state};
use crate::grpc::refusal::refuse;
use crate::grpc::show::{listed, shown, shown_after};
use crate::grpc::{page, updates};

/// Page size unless the client asks for another.
const PAGE: u32 = 50;

type Answer<T> = Result<Response<T>, Status>;

/// The service behind the generated stub.
pub(super) struct Controller {
    api: Api,
}

impl Controller {
    pub(super) const fn new(api: Api) -> Self {
        Self { api }
    }

    async fn command(
        &self,
        caller: &Caller,
        id: &str,
        command: Command,
        expected_revision: Option<u64>,
    ) -> Answer<proto::Experiment> {
        let id = required(id, "id").map_err(refuse)?;
        let after = self.api.commands.submit(caller, id, command, expected_revision.map(Revision)).await;
        let after = after.map_err(refuse)?;
        Ok(Response::new(shown_after(&self.api, caller, &after).await))
    }

    async fn deploy(
        &self,
        caller: &Caller,
        request: &proto::DeployPipelineRequest,
    ) -> CoreResult<proto::DeploymentStatus> {
        let reference = required(&request.experiment_id, "experiment_id")?;
        let kind = pipeline::pipeline_type(&request.pipeline_type).map_err(violated)?;
        let experiment = self.api.commands.redeploy(caller, reference, kind).await?;
        let deployments = self.api.queries.deployments(caller, experiment.id.as_str()).await?;
        let deployment = deployments.iter().find(|deployment| deployment.pipeline_type == kind);
        let deployment = deployment.ok_or_else(|| Error::not_found("pipeline", &request.pipeline_type))?;
        Ok(pipeline::deployment_status(deployment, self.api.queries.namespace()))
    }

    async fn list(
        &self,
        caller: &Caller,
        request: &proto::ListExperimentsRequest,
    ) -> CoreResult<proto::ListExperimentsResponse> {
        let states = state::filter(&request.states).map_err(|violations| Error::validation(&violations))?;
        let size = if request.page_size == 0 { PAGE } else { request.page_size };
        let after = Some(request.page_token.as_str()).filter(|token| !token.is_empty());
        let labels = request.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let filter = Filter { states, labels, ..Filter::default() };
        let page = self.api.queries.list(caller, filter, size, after).await?;
        Ok(page::response(page, listed(&self.api)))
    }
}

#[tonic::async_trait]
impl ExperimentController for Controller {
    type StreamExperimentUpdatesStream = updates::Updates;

    async fn get_experiment(&self, request: Request<proto::GetExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsRead)?;
        let id = required(&request.get_ref().id, "id").map_err(refuse)?;
        let experiment = self.api.queries.experiment(&caller, id).await.map_err(refuse)?;
        shown(&self.api, &caller, &experiment).await.map(Response::new).map_err(refuse)
    }

    async fn update_experiment_state(&self, request: Request<proto::UpdateStateRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        let state = state::requested(request.state).map_err(|violation| refuse(violated(violation)))?;
        let command = RequestedState { state, reason: request.reason }.into_command().map_err(refuse)?;
        self.command(&caller, &request.id, command, request.expected_revision).await
    }

    async fn get_experiment_metrics(
        &self,
        request: Request<proto::GetMetricsRequest>,
    ) -> Answer<proto::ExperimentMetrics> {
        let caller = authorize(&self.api, &request, Permission::MetricsRead)?;
        let id = required(&request.get_ref().id, "id").map_err(refuse)?;
        let latest = self.api.queries.metrics(&caller, id).await.map_err(refuse)?;
        Ok(Response::new(metrics::metrics(latest)))
    }

    async fn generate_pipeline(&self, request: Request<proto::GeneratePipelineRequest>) -> Answer<proto::Pipeline> {
        authorize(&self.api, &request, Permission::PipelinesGenerate)?;
        let spec = request.into_inner().spec.unwrap_or_default();
        let generated = self.api.commands.generate(document::pipeline(spec)).await.map_err(refuse)?;
        Ok(Response::new(pipeline::generated(generated)))
    }

    async fn deploy_pipeline(&self, request: Request<proto::DeployPipelineRequest>) -> Answer<proto::DeploymentStatus> {
        let caller = authorize(&self.api, &request, Permission::PipelinesDeploy)?;
        self.deploy(&caller, request.get_ref()).await.map(Response::new).map_err(refuse)
    }

    async fn get_pipeline_status(
        &self,
        request: Request<proto::GetPipelineStatusRequest>,
    ) -> Answer<proto::PipelineStatus> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsRead)?;
        let name = required(&request.get_ref().pipeline_name, "pipeline_name").map_err(refuse)?;
        let deployment = self.api.queries.pipeline(&caller, name).await.map_err(refuse)?;
        Ok(Response::new(pipeline::status(&deployment, self.api.queries.namespace())))
    }

    async fn stream_experiment_updates(
        &self,
        request: Request<proto::StreamUpdatesRequest>,
    ) -> Answer<Self::StreamExperimentUpdatesStream> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsRead)?;
        let updates = updates::open(self.api.clone(), caller, request.into_inner()).await;
        updates.map(Response::new).map_err(refuse)
    }

    async fn create_experiment(&self, request: Request<proto::CreateExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let document = document::experiment(request.into_inner());
        let created = self.api.commands.create(&caller, document).await.map_err(refuse)?;
        Ok(Response::new(shown_after(&self.api, &caller, &created.experiment).await))
    }

    async fn list_experiments(
        &self,
        request: Request<proto::ListExperimentsRequest>,
    ) -> Answer<proto::ListExperimentsResponse> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsRead)?;
        self.list(&caller, request.get_ref()).await.map(Response::new).map_err(refuse)
    }

    async fn delete_experiment(
        &self,
        request: Request<proto::DeleteExperimentRequest>,
    ) -> Answer<proto::DeleteExperimentResponse> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let id = required(&request.get_ref().id, "id").map_err(refuse)?;
        self.api.commands.delete(&caller, id).await.map_err(refuse)?;
        Ok(Response::new(proto::DeleteExperimentResponse {}))
    }

    async fn start_experiment(&self, request: Request<proto::StartExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        self.command(&caller, &request.id, Command::Start, request.expected_revision).await
    }

    async fn stop_experiment(&self, request: Request<proto::StopExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        self.command(&caller, &request.id, Command::Stop { message: request.reason }, request.expected_revision).await
    }

    async fn cancel_experiment(&self, request: Request<proto::CancelExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        let command = Command::Cancel { message: request.reason };
        self.command(&caller, &request.id, command, request.expected_revision).await
    }

    async fn pause_experiment(&self, request: Request<proto::PauseExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        let command = Command::Pause { message: request.reason };
        self.command(&caller, &request.id, command, request.expected_revision).await
    }

    async fn resume_experiment(&self, request: Request<proto::ResumeExperimentRequest>) -> Answer<proto::Experiment> {
        let caller = authorize(&self.api, &request, Permission::ExperimentsWrite)?;
        let request = request.into_inner();
        let command = Command::Resume { message: request.reason };
        self.command(&caller, &request.id, command, request.expected_revision).await
    }

    async fn get_freeze(&self, request: Request<proto::GetFreezeRequest>) -> Answer<proto::FreezeState> {
        authorize(&self.api, &request, Permission::ExperimentsRead)?;
        Ok(Response::new(control::freeze_state(self.api.control.freeze_state().await.map_err(refuse)?)))
    }

    async fn freeze(&self, request: Request<proto::FreezeRequest>) -> Answer<proto::FreezeState> {
        let caller = authorize(&self.api, &request, Permission::Admin)?;
        let freeze = self.api.control.freeze(&caller, &request.get_ref().reason).await.map_err(refuse)?;
        tracing::info!(actor = %caller.actor, since = %freeze.since, "the controller is frozen");
        Ok(Response::new(control::freeze_state(Some(freeze))))
    }

    async fn thaw(&self, request: Request<proto::ThawRequest>) -> Answer<proto::FreezeState> {
        let caller = authorize(&self.api, &request, Permission::Admin)?;
        self.api.control.thaw().await.map_err(refuse)?;
        tracing::info!(actor = %caller.actor, "the controller is thawed");
        Ok(Response::new(control::freeze_state(None)))
    }
}

/// A reference that must be there; an unset field reads as an empty text.
fn required<'a>(reference: &'a str, field: &str) -> CoreResult<&'a str> {
    if reference.is_empty() {
        return Err(violated(Violation::new(field, "missing").with_hint("name it by its id or its name")));
    }
    Ok(reference)
}

fn violated(violation: Violation) -> Error {
    Error::validation(&[violation])
}
