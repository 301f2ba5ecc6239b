//! The listeners: bound before anything is promised, served until the stop, drained for a while.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How long requests under way may take after the stop.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Takes an address. `key` is the configuration key of its port.
///
/// # Errors
///
/// The address is taken or not this host's; says which key to change.
pub async fn bind(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(anyhow::Error::from).with_context(|| {
        format!(
            "cannot listen on {address}\n  stop what uses it, or choose another port with {key} (0 takes a free one)"
        )
    })
}

/// Serves HTTP until `stop`, then waits for the requests under way.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve_http(listener: TcpListener, router: axum::Router, stop: CancellationToken) -> anyhow::Result<()> {
    let stopped = stop.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { stopped.cancelled().await });
    drained("HTTP", stop, async { server.await.context("the HTTP listener failed") }).await
}

/// Lets a server end by itself after the stop, and leaves it when that takes too long.
///
/// # Errors
///
/// Those of the server.
pub async fn drained(
    name: &str,
    stop: CancellationToken,
    server: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        ended = server => ended,
        () = too_long => {
            warn!("{name} requests were still under way {} s after the stop and are given up", DRAIN.as_secs());
            Ok(())
        }
    }
}
