//! Who may call what.

use phoenix_client::{Client, Code};
use phoenix_proto::controller::v1::ErrorDetail;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Request, Status};

use crate::request::create;
use crate::served::Served;
use crate::world::{TOKEN, World};

/// Paths of every method of the controller, from its descriptor: none can be forgotten here.
fn methods() -> Vec<String> {
    let set = FileDescriptorSet::decode(phoenix_proto::FILE_DESCRIPTOR_SET).expect("descriptors");
    let services = set.file.iter().flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    services
        .filter(|(package, _)| *package == "phoenix.controller.v1")
        .flat_map(|(package, service)| {
            service.method.iter().map(move |method| format!("/{package}.{}/{}", service.name(), method.name()))
        })
        .collect()
}

/// Calls a method and waits for the beginning of its answer, which for a refusal is its end.
pub(crate) async fn call<M>(served: &Served, path: &str, message: M, authorization: Option<&str>) -> Result<(), Status>
where
    M: prost::Message + Default + 'static,
{
    let mut grpc = tonic::client::Grpc::new(served.channel().await);
    grpc.ready().await.expect("connected");
    let mut request = Request::new(message);
    if let Some(authorization) = authorization {
        request.metadata_mut().insert("authorization", authorization.parse().expect("a value"));
    }
    let path: PathAndQuery = path.parse().expect("a path");
    // The answer's fields are unknown to this type, and skipped.
    let codec = tonic_prost::ProstCodec::<M, ()>::default();
    grpc.server_streaming(request, path, codec).await.map(|_| ())
}

#[tokio::test]
async fn no_method_opens_without_the_token() {
    let served = World::new().serve().await;
    let methods = methods();
    assert_eq!(methods.len(), 18);
    for path in methods {
        for authorization in [None, Some("Bearer wrong"), Some("Basic dGhlLXRva2Vu"), Some(TOKEN), Some("Bearer")] {
            let status = call(&served, &path, (), authorization).await.expect_err(&path);
            assert_eq!(status.code(), tonic::Code::Unauthenticated, "{path} {authorization:?}");
            let detail = ErrorDetail::from_status(&status).expect("a detail");
            assert_eq!(detail.code, "UNAUTHENTICATED");
            assert!(!format!("{status:?}").contains(TOKEN), "{status:?}");
        }
        let opened = call(&served, &path, (), Some(&format!("Bearer {TOKEN}"))).await;
        assert_ne!(opened.err().map(|status| status.code()), Some(tonic::Code::Unauthenticated), "{path}");
    }
}

#[tokio::test]
async fn the_client_says_what_is_missing() {
    let served = World::new().serve().await;
    let client = Client::builder(format!("http://{}", served.address)).connect().await.expect("connected");
    let error = client.create_experiment(create("one")).await.expect_err("no token");
    assert_eq!((error.code(), error.was_answered()), (&Code::Unauthenticated, true));
    assert!(error.message().contains("PHOENIX_TOKEN"), "{error}");
    let client =
        Client::builder(format!("http://{}", served.address)).token("wrong").connect().await.expect("connected");
    let error = client.get_experiment("one").await.expect_err("the wrong token");
    assert_eq!(error.code(), &Code::Unauthenticated);
    assert!(!error.to_string().contains("wrong"), "{error}");
}
