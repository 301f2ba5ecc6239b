//! A controller that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use phoenix_client::{Client, ClientBuilder, RetryPolicy, v1};
use phoenix_proto::controller::v1::experiment_controller_server::{ExperimentController, ExperimentControllerServer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};

/// What a script holds for one stream.
pub(crate) type Items = Vec<Result<v1::ExperimentUpdate, Status>>;

/// A controller that answers from a script. Calls without one succeed with an empty answer.
#[derive(Clone, Default)]
pub(crate) struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    calls: Vec<&'static str>,
    metadata: Vec<MetadataMap>,
    refusals: VecDeque<Status>,
    streams: VecDeque<Items>,
    opened: Vec<v1::StreamUpdatesRequest>,
    pages: VecDeque<v1::ListExperimentsResponse>,
    page_tokens: Vec<String>,
}

/// A refusal as the controller itself makes it.
pub(crate) fn refusal(code: &str, grpc_code: Code) -> Status {
    let details = [("reason".to_owned(), "Scripted".to_owned())].into();
    v1::ErrorDetail { code: code.to_owned(), message: "as scripted".to_owned(), details }.into_status(grpc_code)
}

pub(crate) fn unavailable() -> Status {
    refusal("UNAVAILABLE", Code::Unavailable)
}

/// How long anything may take; nothing takes that long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Three repetitions with pauses that nobody notices.
pub(crate) const QUICK: RetryPolicy =
    RetryPolicy { repetitions: 3, first_pause: Duration::from_millis(1), longest_pause: Duration::from_millis(2) };

impl Scripted {
    /// Refuses the next calls like this.
    pub(crate) fn refuse(&self, refusals: impl IntoIterator<Item = Status>) {
        self.with(|script| script.refusals.extend(refusals));
    }

    /// Answers the next streams with these items.
    pub(crate) fn stream(&self, streams: impl IntoIterator<Item = Items>) {
        self.with(|script| script.streams.extend(streams));
    }

    /// Answers the next lists with these pages.
    pub(crate) fn pages(&self, pages: impl IntoIterator<Item = v1::ListExperimentsResponse>) {
        self.with(|script| script.pages.extend(pages));
    }

    /// Names of the calls until now.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.with(|script| std::mem::take(&mut script.calls))
    }

    pub(crate) fn opened(&self) -> Vec<v1::StreamUpdatesRequest> {
        self.with(|script| std::mem::take(&mut script.opened))
    }

    pub(crate) fn page_tokens(&self) -> Vec<String> {
        self.with(|script| std::mem::take(&mut script.page_tokens))
    }

    pub(crate) fn metadata(&self) -> Vec<MetadataMap> {
        self.with(|script| std::mem::take(&mut script.metadata))
    }

    /// Serves until the test's runtime ends.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = ExperimentControllerServer::new(self.clone());
        let server = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        address
    }

    pub(crate) async fn builder(&self) -> ClientBuilder {
        let builder = Client::builder(format!("http://{}", self.serve().await)).retry(QUICK).resume(QUICK);
        builder.connect_timeout(PATIENCE).call_timeout(PATIENCE)
    }

    pub(crate) async fn client(&self) -> Client {
        self.builder().await.connect().await.expect("connected")
    }

    fn with<T>(&self, work: impl FnOnce(&mut Script) -> T) -> T {
        work(&mut self.0.lock().expect("no test panics inside"))
    }

    fn answer<M, A: Default>(&self, call: &'static str, request: &Request<M>) -> Result<Response<A>, Status> {
        self.with(|script| {
            script.calls.push(call);
            script.metadata.push(request.metadata().clone());
            script.refusals.pop_front().map_or_else(|| Ok(Response::new(A::default())), Err)
        })
    }
}

macro_rules! scripted {
    ($($call:ident($request:ident) -> $answer:ident;)+) => {
        #[tonic::async_trait]
        impl ExperimentController for Scripted {
            type StreamExperimentUpdatesStream = BoxStream<'static, Result<v1::ExperimentUpdate, Status>>;

            $(async fn $call(&self, request: Request<v1::$request>) -> Result<Response<v1::$answer>, Status> {
                self.answer(stringify!($call), &request)
            })+

            async fn list_experiments(
                &self,
                request: Request<v1::ListExperimentsRequest>,
            ) -> Result<Response<v1::ListExperimentsResponse>, Status> {
                let answer = self.answer("list_experiments", &request)?;
                let page = self.with(|script| {
                    script.page_tokens.push(request.into_inner().page_token);
                    script.pages.pop_front()
                });
                Ok(page.map_or(answer, Response::new))
            }

            async fn stream_experiment_updates(
                &self,
                request: Request<v1::StreamUpdatesRequest>,
            ) -> Result<Response<Self::StreamExperimentUpdatesStream>, Status> {
                self.answer::<_, ()>("stream_experiment_updates", &request)?;
                let items = self.with(|script| {
                    script.opened.push(request.into_inner());
                    script.streams.pop_front()
                });
                // Without a script a stream breaks at once.
                Ok(Response::new(stream::iter(items.unwrap_or_else(|| vec![Err(unavailable())])).boxed()))
            }
        }
    };
}

scripted! {
    get_experiment(GetExperimentRequest) -> Experiment;
    update_experiment_state(UpdateStateRequest) -> Experiment;
    get_experiment_metrics(GetMetricsRequest) -> ExperimentMetrics;
    generate_pipeline(GeneratePipelineRequest) -> Pipeline;
    deploy_pipeline(DeployPipelineRequest) -> DeploymentStatus;
    get_pipeline_status(GetPipelineStatusRequest) -> PipelineStatus;
    create_experiment(CreateExperimentRequest) -> Experiment;
    delete_experiment(DeleteExperimentRequest) -> DeleteExperimentResponse;
    start_experiment(StartExperimentRequest) -> Experiment;
    stop_experiment(StopExperimentRequest) -> Experiment;
    cancel_experiment(CancelExperimentRequest) -> Experiment;
    pause_experiment(PauseExperimentRequest) -> Experiment;
    resume_experiment(ResumeExperimentRequest) -> Experiment;
    get_freeze(GetFreezeRequest) -> FreezeState;
    freeze(FreezeRequest) -> FreezeState;
    thaw(ThawRequest) -> FreezeState;
}
