//! The gRPC service in front of a controller in memory, and its clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phoenix_client::{Client, RetryPolicy};
use phoenix_server::config::GrpcSection;
use phoenix_server::grpc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

use crate::world::{TOKEN, World};

/// Repetitions with pauses that nobody notices.
pub(crate) const QUICK: RetryPolicy =
    RetryPolicy { repetitions: 50, first_pause: Duration::from_millis(5), longest_pause: Duration::from_millis(20) };

/// The service of a world.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) task: JoinHandle<anyhow::Result<()>>,
}

impl World {
    /// Puts the service in front.
    pub(crate) async fn serve(&self) -> Served {
        self.serve_with(GrpcSection::default()).await
    }

    pub(crate) async fn serve_with(&self, section: GrpcSection) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let task = tokio::spawn(grpc::serve(listener, self.api.clone(), section, stop.clone()));
        Served { address, stop, task }
    }

    /// A client of a service of its own.
    pub(crate) async fn client(&self) -> Client {
        self.serve().await.client().await
    }
}

impl Served {
    pub(crate) async fn client(&self) -> Client {
        client_of(self.address).await
    }

    /// A bare connection, for what the client does not let one do.
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", self.address)).expect("an address");
        endpoint.connect().await.expect("connected")
    }
}

/// A client that holds the token and repeats quickly.
pub(crate) async fn client_of(address: SocketAddr) -> Client {
    let builder = Client::builder(format!("http://{address}")).token(TOKEN).retry(QUICK).resume(QUICK);
    builder.connect().await.expect("connected")
}

/// The details of an error as pairs.
pub(crate) fn details(error: &phoenix_client::Error) -> BTreeMap<&str, &str> {
    error.details().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
