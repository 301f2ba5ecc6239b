//! Messages that would eat the stack or memory are refused soon and readably. They are written byte by byte: no client would make them.

use std::time::Instant;

use serde_json::{Map, Value};

use crate::request::pipeline;
use crate::world::{TOKEN, World};

const METHOD: &str = "phoenix.controller.v1.ExperimentController/GeneratePipeline";
/// No experiment of this format is nested deeper.
const ENOUGH: usize = 50;

/// A message, written from its end.
#[derive(Default)]
struct Backwards(Vec<u8>);

impl Backwards {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend(bytes.iter().rev());
    }

    /// Makes everything so far the value of a field of the message around it.
    fn wrap(&mut self, field: u8) {
        let mut length = self.0.len();
        let mut header = vec![field << 3 | 2];
        while length >= 128 {
            header.push(u8::try_from(length % 128).expect("small") | 128);
            length /= 128;
        }
        header.push(u8::try_from(length).expect("small"));
        self.put(&header);
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.reverse();
        self.0
    }
}

/// A pipeline whose parameter `a` is a list in a list in a list.
fn nested(levels: usize) -> Vec<u8> {
    let mut message = Backwards::default();
    message.put(&[0x08, 0x00]);
    for _ in 0..levels {
        message.wrap(1);
        message.wrap(6);
    }
    message.wrap(2);
    message.put(b"\x0a\x01a");
    message.wrap(1);
    message.wrap(3);
    message.put(b"\x12\x10process-baseline");
    message.wrap(1);
    message.finish()
}

/// Sends bytes as a call, and answers with its status and message.
async fn call(client: &reqwest::Client, address: std::net::SocketAddr, message: &[u8]) -> (u32, String) {
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).expect("small").to_be_bytes());
    body.extend(message);
    let request = client.post(format!("http://{address}/{METHOD}")).bearer_auth(TOKEN);
    let request = request.header("content-type", "application/grpc").header("te", "trailers").body(body);
    let answer = request.send().await.expect("answered");
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    (header("grpc-status").parse().expect("refused without an answer"), header("grpc-message"))
}

#[tokio::test]
async fn a_struct_that_is_nested_without_end_is_refused_and_the_service_lives_on() {
    let world = World::new();
    let served = world.serve().await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().expect("a client");
    for levels in [ENOUGH, 1_000, 20_000, 100_000] {
        let message = nested(levels);
        assert!(message.len() < 1 << 20, "{levels} levels take {} bytes", message.len());
        let begin = Instant::now();
        let (status, said) = call(&client, served.address, &message).await;
        assert!([3, 13].contains(&status), "{levels} levels: {status} {said}");
        assert!(!said.is_empty() && said.len() < 8_192, "{levels} levels: {said}");
        assert!(begin.elapsed().as_secs() < 10, "{levels} levels took {:?}", begin.elapsed());
    }
    served.client().await.generate_pipeline(pipeline("mine")).await.expect("the service lives on");
}

#[tokio::test]
async fn a_struct_with_many_members_is_refused_by_name() {
    let world = World::new();
    let many: Map<String, Value> = (0..40_000).map(|key| (format!("k{key}"), Value::Null)).collect();
    let mut spec = pipeline("mine");
    let parameters = spec.parameters.as_mut().expect("it has some");
    parameters.fields.extend(many.keys().map(|key| (key.clone(), 1.0.into())));
    let begin = Instant::now();
    let error = world.client().await.generate_pipeline(spec).await.expect_err("refused");
    assert!(error.to_string().contains("parameters") && error.to_string().len() < 64 << 10, "{error}");
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}
