//! Which calls are repeated.

use futures::TryStreamExt as _;
use phoenix_client::{Client, Code, Error, Retry, v1};
use tonic::Code as GrpcCode;

use crate::controller::{QUICK, Scripted, refusal, unavailable};

/// How often a call reaches a controller that is unavailable twice, and how it ends.
async fn attempts<T, F: Future<Output = Result<T, Error>>>(call: impl FnOnce(Client) -> F) -> (usize, bool) {
    let controller = Scripted::default();
    let client = controller.client().await;
    controller.refuse([unavailable(), unavailable()]);
    let outcome = call(client).await;
    (controller.calls().len(), outcome.is_ok())
}

const REPEATED: (usize, bool) = (3, true);
const NOT_REPEATED: (usize, bool) = (1, false);

#[tokio::test]
async fn what_only_reads_is_repeated() {
    assert_eq!(attempts(|client| async move { client.get_experiment("a").await }).await, REPEATED);
    assert_eq!(attempts(|client| async move { client.get_experiment_metrics("a").await }).await, REPEATED);
    assert_eq!(attempts(|client| async move { client.get_pipeline_status("a").await }).await, REPEATED);
    assert_eq!(
        attempts(|client| async move { client.generate_pipeline(v1::PipelineSpec::default()).await }).await,
        REPEATED
    );
    assert_eq!(
        attempts(|client| async move { client.list_experiments(v1::ListExperimentsRequest::default()).await }).await,
        REPEATED
    );
    assert_eq!(
        attempts(|client| async move { client.stream_experiment_updates(v1::StreamUpdatesRequest::default()).await })
            .await,
        REPEATED
    );
}

#[tokio::test]
async fn a_command_is_repeated_only_under_a_revision() {
    for (expected_revision, expected) in [(None, NOT_REPEATED), (Some(3), REPEATED)] {
        let update = v1::UpdateStateRequest { expected_revision, ..Default::default() };
        let start = v1::StartExperimentRequest { expected_revision, ..Default::default() };
        let stop = v1::StopExperimentRequest { expected_revision, ..Default::default() };
        let cancel = v1::CancelExperimentRequest { expected_revision, ..Default::default() };
        assert_eq!(attempts(|client| async move { client.update_experiment_state(update).await }).await, expected);
        assert_eq!(attempts(|client| async move { client.start_experiment(start).await }).await, expected);
        assert_eq!(attempts(|client| async move { client.stop_experiment(stop).await }).await, expected);
        assert_eq!(attempts(|client| async move { client.cancel_experiment(cancel).await }).await, expected);
    }
}

#[tokio::test]
async fn a_creation_is_repeated_only_under_an_id_of_the_callers() {
    for (id, expected) in [("", NOT_REPEATED), ("mine", REPEATED)] {
        let request = v1::CreateExperimentRequest { id: id.to_owned(), ..Default::default() };
        assert_eq!(attempts(|client| async move { client.create_experiment(request).await }).await, expected);
    }
}

#[tokio::test]
async fn deployments_and_deletions_are_never_repeated() {
    let deploy = v1::DeployPipelineRequest::default();
    assert_eq!(attempts(|client| async move { client.deploy_pipeline(deploy).await }).await, NOT_REPEATED);
    assert_eq!(attempts(|client| async move { client.delete_experiment("a").await }).await, NOT_REPEATED);
}

#[tokio::test]
async fn a_refusal_is_final_and_arrives_whole() {
    let controller = Scripted::default();
    let client = controller.client().await;
    for (code, grpc_code, expected) in [
        ("NOT_FOUND", GrpcCode::NotFound, Code::NotFound),
        ("CONFLICT", GrpcCode::Aborted, Code::Conflict),
        ("INTERNAL", GrpcCode::Internal, Code::Internal),
        ("QUOTA_EXCEEDED", GrpcCode::ResourceExhausted, Code::Other("QUOTA_EXCEEDED".to_owned())),
    ] {
        controller.refuse([refusal(code, grpc_code)]);
        let error = client.get_experiment("a").await.expect_err(code);
        assert_eq!((error.code(), error.grpc_code(), error.was_answered()), (&expected, grpc_code, true));
        assert_eq!(error.to_string(), format!("[{code}] as scripted"));
        assert_eq!(error.details()["reason"], "Scripted");
        assert_eq!(controller.calls().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn repetitions_end() {
    let controller = Scripted::default();
    let client = controller.client().await;
    controller.refuse(std::iter::repeat_with(unavailable).take(10));
    let error = client.get_experiment("a").await.expect_err("unavailable");
    assert_eq!((error.code(), error.retry()), (&Code::Unavailable, Retry::Backoff));
    assert_eq!(controller.calls().len(), 1 + QUICK.repetitions);
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let controller = Scripted::default();
    let page = |ids: &[&str], next_page_token: &str| v1::ListExperimentsResponse {
        experiments: ids.iter().map(|id| v1::Experiment { id: (*id).to_owned(), ..Default::default() }).collect(),
        next_page_token: next_page_token.to_owned(),
    };
    controller.pages([page(&["a", "b"], "after-b"), page(&[], "after-nothing"), page(&["c"], "")]);
    let experiments = controller.client().await.experiments(v1::ListExperimentsRequest::default());
    let experiments: Vec<v1::Experiment> = experiments.try_collect().await.expect("pages");
    let ids: Vec<String> = experiments.into_iter().map(|experiment| experiment.id).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(controller.page_tokens(), ["", "after-b", "after-nothing"]);
}
