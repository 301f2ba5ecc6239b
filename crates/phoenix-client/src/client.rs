//! The calls.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use backon::Retryable as _;
use futures::stream::{self, Stream};
use phoenix_proto::controller::v1;
use phoenix_proto::controller::v1::experiment_controller_client::ExperimentControllerClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Response, Status, Streaming};

use crate::{ClientBuilder, Error, Result, RetryPolicy, Updates};

/// Largest answer that is accepted. A page of experiments stays below 4 MiB; a single generated configuration may be larger.
const LARGEST_ANSWER: usize = 16 << 20;

type Stub = ExperimentControllerClient<Channel>;

/// A client of the experiment controller. Cheap to clone: clones share one connection.
#[derive(Clone)]
pub struct Client {
    stub: Stub,
    settings: Arc<Settings>,
}

pub(crate) struct Settings {
    pub(crate) authorization: Option<MetadataValue<Ascii>>,
    pub(crate) call_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) resume: RetryPolicy,
}

/// What a second attempt could do when the first one has arrived after all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repetition {
    /// The same again, or nothing.
    Harmless,
    /// Something that nobody asked for.
    Harmful,
}

impl Repetition {
    /// Of a command.
    const fn of(expected_revision: Option<u64>) -> Self {
        match expected_revision {
            Some(_) => Self::Harmless,
            None => Self::Harmful,
        }
    }
}

impl Client {
    /// A client of the controller at this address, for instance `http://127.0.0.1:50051`.
    pub fn builder(endpoint: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(endpoint.into())
    }

    pub(crate) fn new(channel: Channel, settings: Settings) -> Self {
        let stub = Stub::new(channel).max_decoding_message_size(LARGEST_ANSWER);
        Self { stub, settings: Arc::new(settings) }
    }

    /// One experiment, by its id or its name.
    pub async fn get_experiment(&self, id: impl Into<String>) -> Result<v1::Experiment> {
        let request = v1::GetExperimentRequest { id: id.into() };
        let send = |mut stub: Stub, request| async move { stub.get_experiment(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// A command spoken in states, see [`v1::UpdateStateRequest`]. Repeated only with an `expected_revision`.
    pub async fn update_experiment_state(&self, request: v1::UpdateStateRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.update_experiment_state(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// What was measured for an experiment, by its id or its name, and the comparison once there is one.
    pub async fn get_experiment_metrics(&self, id: impl Into<String>) -> Result<v1::ExperimentMetrics> {
        let request = v1::GetMetricsRequest { id: id.into() };
        let send = |mut stub: Stub, request| async move { stub.get_experiment_metrics(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// Generates a collector configuration without deploying it.
    pub async fn generate_pipeline(&self, spec: v1::PipelineSpec) -> Result<v1::Pipeline> {
        let request = v1::GeneratePipelineRequest { spec: Some(spec) };
        let send = |mut stub: Stub, request| async move { stub.generate_pipeline(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// Deploys a pipeline of an experiment again. Never repeated: each request is a fact in the history.
    pub async fn deploy_pipeline(&self, request: v1::DeployPipelineRequest) -> Result<v1::DeploymentStatus> {
        let send = |mut stub: Stub, request| async move { stub.deploy_pipeline(request).await };
        self.call(Repetition::Harmful, request, send).await
    }

    /// How far a deployed pipeline is.
    pub async fn get_pipeline_status(&self, pipeline_name: impl Into<String>) -> Result<v1::PipelineStatus> {
        let request = v1::GetPipelineStatusRequest { pipeline_name: pipeline_name.into() };
        let send = |mut stub: Stub, request| async move { stub.get_pipeline_status(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// The events of experiments and, of those that the request names, their progress in between. Goes on after a break.
    ///
    /// # Errors
    ///
    /// What is wrong with the request is said here; later errors are items of the stream.
    pub async fn stream_experiment_updates(&self, request: v1::StreamUpdatesRequest) -> Result<Updates> {
        let open = || self.open(request.clone());
        let opened = open.retry(self.settings.retry.backoff()).when(Error::is_unavailable).await?;
        Ok(Updates::new(self.clone(), request, opened))
    }

    /// Creates an experiment in state `PENDING`. Repeated only with an `id` of the caller's choice.
    pub async fn create_experiment(&self, request: v1::CreateExperimentRequest) -> Result<v1::Experiment> {
        let repetition = if request.id.is_empty() { Repetition::Harmful } else { Repetition::Harmless };
        let send = |mut stub: Stub, request| async move { stub.create_experiment(request).await };
        self.call(repetition, request, send).await
    }

    /// A page of experiments, newest first.
    pub async fn list_experiments(&self, request: v1::ListExperimentsRequest) -> Result<v1::ListExperimentsResponse> {
        let send = |mut stub: Stub, request| async move { stub.list_experiments(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// All experiments from the page that the request begins with, newest first; pages are loaded as they are needed.
    pub fn experiments(
        &self,
        request: v1::ListExperimentsRequest,
    ) -> impl Stream<Item = Result<v1::Experiment>> + Send + use<> {
        let begin = (self.clone(), Some(request), Vec::new().into_iter());
        stream::try_unfold(begin, |(client, mut next, mut page)| async move {
            loop {
                if let Some(experiment) = page.next() {
                    return Ok(Some((experiment, (client, next, page))));
                }
                let Some(mut request) = next.take() else { return Ok(None) };
                let answer = client.list_experiments(request.clone()).await?;
                page = answer.experiments.into_iter();
                if !answer.next_page_token.is_empty() {
                    request.page_token = answer.next_page_token;
                    next = Some(request);
                }
            }
        })
    }

    /// Deletes a terminal experiment, by its id or its name. Never repeated: by then another one could have the name.
    pub async fn delete_experiment(&self, id: impl Into<String>) -> Result<()> {
        let request = v1::DeleteExperimentRequest { id: id.into() };
        let send = |mut stub: Stub, request| async move { stub.delete_experiment(request).await };
        self.call(Repetition::Harmful, request, send).await.map(|_| ())
    }

    /// Starts a pending experiment. Repeated only with an `expected_revision`.
    pub async fn start_experiment(&self, request: v1::StartExperimentRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.start_experiment(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// Ends a running experiment early and judges what was measured. Repeated only with an `expected_revision`.
    pub async fn stop_experiment(&self, request: v1::StopExperimentRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.stop_experiment(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// Gives an experiment up without a verdict. Repeated only with an `expected_revision`.
    pub async fn cancel_experiment(&self, request: v1::CancelExperimentRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.cancel_experiment(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// Lets the clock of a running experiment stand. Repeated only with an `expected_revision`.
    pub async fn pause_experiment(&self, request: v1::PauseExperimentRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.pause_experiment(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// Lets a paused experiment go on. Repeated only with an `expected_revision`.
    pub async fn resume_experiment(&self, request: v1::ResumeExperimentRequest) -> Result<v1::Experiment> {
        let send = |mut stub: Stub, request| async move { stub.resume_experiment(request).await };
        self.call(Repetition::of(request.expected_revision), request, send).await
    }

    /// Whether the controller is frozen.
    pub async fn freeze_state(&self) -> Result<v1::FreezeState> {
        let send = |mut stub: Stub, request| async move { stub.get_freeze(request).await };
        self.call(Repetition::Harmless, v1::GetFreezeRequest {}, send).await
    }

    /// Lets nothing new start.
    pub async fn freeze(&self, request: v1::FreezeRequest) -> Result<v1::FreezeState> {
        let send = |mut stub: Stub, request| async move { stub.freeze(request).await };
        self.call(Repetition::Harmless, request, send).await
    }

    /// Ends the freeze.
    pub async fn thaw(&self) -> Result<v1::FreezeState> {
        let send = |mut stub: Stub, request| async move { stub.thaw(request).await };
        self.call(Repetition::Harmless, v1::ThawRequest {}, send).await
    }

    /// Waits until an experiment is in a terminal state, and answers it as it is then.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when it is deleted meanwhile; `UNAVAILABLE` when the stream broke and could not be taken up again.
    pub async fn wait(&self, id: impl Into<String>) -> Result<v1::Experiment> {
        let id = id.into();
        let request = v1::StreamUpdatesRequest { experiment_ids: vec![id.clone()], after_cursor: String::new() };
        let mut updates = self.stream_experiment_updates(request).await?;
        while let Some(update) = updates.next().await {
            if let Some(experiment) = update?.experiment
                && experiment.current_state().is_terminal()
            {
                return Ok(experiment);
            }
        }
        self.get_experiment(id).await
    }

    /// Begins a stream, once.
    pub(crate) async fn open(&self, request: v1::StreamUpdatesRequest) -> Result<Streaming<v1::ExperimentUpdate>> {
        let mut stub = self.stub.clone();
        let request = self.request(request);
        self.within(async move { stub.stream_experiment_updates(request).await }).await
    }

    pub(crate) fn resume(&self) -> RetryPolicy {
        self.settings.resume
    }

    async fn call<M, A, F>(&self, repetition: Repetition, message: M, send: impl Fn(Stub, Request<M>) -> F) -> Result<A>
    where
        M: Clone,
        F: Future<Output = std::result::Result<Response<A>, Status>>,
    {
        let attempt = || {
            let mut request = self.request(message.clone());
            // Tells the controller, which then need not go on.
            request.set_timeout(self.settings.call_timeout);
            self.within(send(self.stub.clone(), request))
        };
        match repetition {
            Repetition::Harmless => attempt.retry(self.settings.retry.backoff()).when(Error::is_unavailable).await,
            Repetition::Harmful => attempt().await,
        }
    }

    async fn within<A>(&self, answer: impl Future<Output = std::result::Result<Response<A>, Status>>) -> Result<A> {
        match tokio::time::timeout(self.settings.call_timeout, answer).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(Error::from_status(status)),
            Err(_) => Err(Error::late(None)),
        }
    }

    fn request<M>(&self, message: M) -> Request<M> {
        let mut request = Request::new(message);
        if let Some(authorization) = &self.settings.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        request
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
