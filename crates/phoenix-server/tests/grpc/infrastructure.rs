//! Health, reflection, limits, metadata, and the end of the service.

use std::collections::BTreeSet;
use std::time::Duration;

use phoenix_client::Code;
use phoenix_client::v1;
use phoenix_core::time::Span;
use phoenix_proto::controller::v1::ErrorDetail;
use phoenix_proto::controller::v1::experiment_controller_client::ExperimentControllerClient;
use phoenix_server::config::GrpcSection;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tonic::Request;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::access::call;
use crate::request::{create, watch};
use crate::world::{TOKEN, World, soon};

const SERVICE: &str = "phoenix.controller.v1.ExperimentController";

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

fn serving(response: HealthCheckResponse) -> bool {
    response.status() == ServingStatus::Serving
}

#[tokio::test]
async fn health_follows_readiness_and_asks_for_no_token() {
    let world = World::new();
    world.ready.send_replace(false);
    let served = world.serve().await;
    let mut health = HealthClient::new(served.channel().await);
    for service in ["", SERVICE] {
        assert!(!serving(health.check(about(service)).await.expect("an answer").into_inner()), "{service:?}");
    }
    let mut changes = health.watch(about(SERVICE)).await.expect("a stream").into_inner();
    assert!(!serving(soon("the present", changes.message()).await.expect("no error").expect("no end")));
    world.ready.send_replace(true);
    assert!(serving(soon("a change", changes.message()).await.expect("no error").expect("no end")));
    for service in ["", SERVICE] {
        assert!(serving(health.check(about(service)).await.expect("an answer").into_inner()), "{service:?}");
    }
    world.ready.send_replace(false);
    assert!(!serving(soon("a change", changes.message()).await.expect("no error").expect("no end")));
    let unknown = health.check(about("nobody")).await.expect_err("unknown");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn a_stop_waits_for_no_stream() {
    let world = World::new();
    let served = world.serve().await;
    let client = served.client().await;
    client.create_experiment(create("one")).await.expect("created");
    let mut updates = client.stream_experiment_updates(watch(&["one"], "")).await.expect("open");
    updates.next().await.expect("no end").expect("no error");
    let mut health = HealthClient::new(served.channel().await);
    let mut changes = health.watch(about("")).await.expect("a stream").into_inner();
    changes.message().await.expect("no error").expect("no end");

    world.ready.send_replace(false);
    served.stop.cancel();
    soon("the stop", served.task).await.expect("no panic").expect("no failure");
}

macro_rules! reflection {
    ($name:ident, $version:ident) => {
        #[tokio::test]
        async fn $name() {
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            use tonic_reflection::pb::$version::{ServerReflectionRequest, ServerReflectionResponse};

            let served = World::new().serve().await;
            let mut client = ServerReflectionClient::new(served.channel().await);
            let mut ask = async |question: MessageRequest| -> MessageResponse {
                let request = ServerReflectionRequest { host: String::new(), message_request: Some(question) };
                let answers = client.server_reflection_info(futures::stream::iter([request])).await;
                let answer: ServerReflectionResponse =
                    answers.expect("a stream").into_inner().message().await.expect("no error").expect("no end");
                answer.message_response.expect("an answer")
            };
            let MessageResponse::ListServicesResponse(list) = ask(MessageRequest::ListServices(String::new())).await
            else {
                panic!("no list");
            };
            let services: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
            for expected in [SERVICE, "grpc.health.v1.Health"] {
                assert!(services.contains(expected), "{services:?}");
            }
            let question = MessageRequest::FileContainingSymbol(format!("{SERVICE}.StreamExperimentUpdates"));
            let MessageResponse::FileDescriptorResponse(file) = ask(question).await else { panic!("no file") };
            let file = <prost_types::FileDescriptorProto as prost::Message>::decode(&*file.file_descriptor_proto[0]);
            assert_eq!(file.expect("a file").name(), "phoenix/controller/v1/controller.proto");
        }
    };
}

reflection!(reflection_describes_the_service, v1);
reflection!(reflection_describes_the_service_to_older_clients, v1alpha);

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_with_a_code() {
    let world = World::new();
    let client = world.client().await;
    let mut request = create("one");
    request.spec.as_mut().expect("a specification").description = "x".repeat(2 << 20);
    let error = client.create_experiment(request).await.expect_err("too large");
    assert_eq!((error.code(), error.was_answered()), (&Code::ValidationFailed, true), "{error}");
    assert!(error.to_string().contains("at most 1048576 bytes"), "{error}");
    client.create_experiment(create("one")).await.expect("the connection goes on");
}

/// Has a number where the service has a text.
#[derive(Clone, PartialEq, prost::Message)]
struct WrongType {
    #[prost(uint64, tag = "1")]
    id: u64,
}

#[tokio::test]
async fn what_is_no_message_of_the_method_is_refused_with_a_code_and_an_unknown_method_as_such() {
    let served = World::new().serve().await;
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("/{SERVICE}/GetExperiment");
    let status = call(&served, &path, WrongType { id: 7 }, Some(&bearer)).await.expect_err("no message");
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status}");
    assert_eq!(ErrorDetail::from_status(&status).expect("a detail").code, "VALIDATION_FAILED");
    for path in [format!("/{SERVICE}/Unheard"), "/phoenix.controller.v2.ExperimentController/GetExperiment".to_owned()]
    {
        let status = call(&served, &path, (), Some(&bearer)).await.expect_err("unknown");
        assert_eq!(status.code(), tonic::Code::Unimplemented, "{path}");
    }
}

#[tokio::test]
async fn the_trace_of_a_request_is_in_its_event_and_a_malformed_one_is_ignored() {
    let world = World::new();
    let served = world.serve().await;
    let mut stub = ExperimentControllerClient::new(served.channel().await);
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (name, sent, recorded) in [("one", traceparent, traceparent), ("two", "00-nonsense-01", "")] {
        let mut request = Request::new(create(name));
        request.metadata_mut().insert("authorization", format!("Bearer {TOKEN}").parse().expect("a value"));
        request.metadata_mut().insert("traceparent", sent.parse().expect("a value"));
        let id = stub.create_experiment(request).await.expect("created").into_inner().id;
        let client = served.client().await;
        let mut updates = client.stream_experiment_updates(watch(&[], "")).await.expect("open");
        client.start_experiment(crate::request::start(&id)).await.expect("started");
        let started: v1::Event = updates.next().await.expect("no end").expect("no error").event.expect("an event");
        assert_eq!((started.traceparent.as_str(), started.actor.as_str()), ("", "local"));
        let caller = phoenix_core::app::Caller {
            actor: "test".parse().expect("valid"),
            tenant: phoenix_core::id::TenantId::default_tenant(),
            traceparent: None,
        };
        let history =
            world.api.queries.history(&caller, &id, phoenix_core::id::Revision(0), 1).await.expect("a history");
        assert_eq!(history[0].traceparent.as_ref().map_or("", |trace| trace.as_str()), recorded);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let section = GrpcSection { max_connection_idle: Span::from_millis(50), ..GrpcSection::default() };
    let served = World::new().serve_with(section).await;
    let mut connection = TcpStream::connect(served.address).await.expect("connected");
    let mut greeting = Vec::new();
    soon("the end", connection.read_to_end(&mut greeting)).await.expect("closed in order");
}

#[tokio::test]
async fn a_stream_outlives_the_limit_of_idleness() {
    // Long enough for a slow machine to open the stream, short enough to be outlived here.
    let idle = Duration::from_secs(2);
    let section = GrpcSection { max_connection_idle: Span::from_secs(2), ..GrpcSection::default() };
    let world = World::new();
    let served = world.serve_with(section).await;
    let mut health = HealthClient::new(served.channel().await);
    let mut changes = health.watch(about("")).await.expect("a stream").into_inner();
    soon("the present", changes.message()).await.expect("no error").expect("no end");
    assert!(tokio::time::timeout(idle * 2, changes.message()).await.is_err(), "nothing happens, and nothing ends");
    world.ready.send_replace(false);
    assert!(!serving(soon("a change", changes.message()).await.expect("no error").expect("no end")));
}
