//! What every call carries, and what happens when nothing answers.

use std::time::Duration;

use phoenix_client::{Client, Code, v1};
use tokio::net::{TcpListener, TcpSocket};
use tonic::Code as GrpcCode;

use crate::controller::{QUICK, Scripted};

#[tokio::test]
async fn every_call_carries_the_token_and_says_who_calls() {
    let controller = Scripted::default();
    let builder = controller.builder().await.token("s3cret").user_agent("cost-robot/1.2");
    let client = builder.connect().await.expect("connected");
    client.get_experiment("a").await.expect("an answer");
    client.delete_experiment("a").await.expect("an answer");
    client.stream_experiment_updates(v1::StreamUpdatesRequest::default()).await.expect("a stream");
    let metadata = controller.metadata();
    assert_eq!(metadata.len(), 3);
    for one in metadata {
        assert_eq!(one.get("authorization").expect("a token"), "Bearer s3cret");
        let user_agent = one.get("user-agent").expect("a name").to_str().expect("a text");
        assert!(user_agent.starts_with("cost-robot/1.2 phoenix-client/"), "{user_agent}");
    }
    assert!(!format!("{client:?}").contains("s3cret"));
}

#[tokio::test]
async fn nothing_at_the_address_is_unavailable() {
    // Bound without listening: nobody answers there, and no parallel test can begin to.
    let silent = TcpSocket::new_v4().expect("a socket");
    silent.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = silent.local_addr().expect("an address");
    let error = Client::builder(format!("http://{address}")).retry(QUICK).connect().await.expect_err("nobody");
    assert_eq!((error.code(), error.was_answered()), (&Code::Unavailable, false));
    assert!(error.to_string().starts_with("[UNAVAILABLE] the controller cannot be reached: "), "{error}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for_twice() {
    // Takes connections and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let builder = Client::builder(format!("http://{address}")).retry(QUICK).call_timeout(Duration::from_millis(50));
    let client = builder.connect().await.expect("connected");
    let error = client.get_experiment("a").await.expect_err("no answer");
    assert_eq!((error.code(), error.grpc_code()), (&Code::Unavailable, GrpcCode::DeadlineExceeded));
    assert!(!error.was_answered());
    let request = v1::StreamUpdatesRequest::default();
    let error = client.stream_experiment_updates(request).await.expect_err("no answer");
    assert_eq!(error.grpc_code(), GrpcCode::DeadlineExceeded);
    drop(listener);
}
