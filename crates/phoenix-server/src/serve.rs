//! A serving process from start to stop: wire, listen, say so, run, drain, close. Collectors are left running: the next server adopts them.

use std::net::SocketAddr;

use anyhow::Context as _;
use phoenix_local::collector::Collector;
use phoenix_local::{Supply, Visibility};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::config::{AuthMode, Settings};
use crate::endpoint::{self, Endpoint};
use crate::wire::{Wired, wire};
use crate::{grpc, http, listen, supply};

/// Serves until a signal.
///
/// # Errors
///
/// What cannot be used at the start, or a listener that fails.
pub async fn serve(settings: Settings) -> anyhow::Result<()> {
    let stop = stop_on_signal()?;
    warn_of_open_doors(&settings);
    let located = supply::locate(&settings).await?;
    warn_of_hidden_processes(located.as_ref());
    let is_missing = located.is_none();
    let supplied = located.map_or_else(|| Supply::Pending("looking for a collector".to_owned()), Supply::Ready);
    let wired = wire(&settings, supplied).await?;
    let listeners = Listeners::bind(&settings).await?;
    let endpoint = listeners.endpoint()?;
    endpoint::publish(&settings.data_dir, &endpoint).context("cannot write the addresses to the data directory")?;
    if is_missing {
        tokio::spawn(supply::build(settings.clone(), wired.deployer.clone()));
    }
    let ended = run(&settings, wired, listeners, &endpoint, stop).await;
    endpoint::withdraw(&settings.data_dir);
    ended
}

/// Runs everything until the stop, in the order in which things may end: first no new work, then the answers, then the store.
async fn run(
    settings: &Settings,
    wired: Wired,
    listeners: Listeners,
    endpoint: &Endpoint,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let Wired { api, ready, store, worker, sampler, keeper, changed, .. } = wired;
    let mut loops = JoinSet::new();
    loops.spawn(worker.run(api.commits.clone(), stop.clone()));
    loops.spawn(sampler.run(api.commits.clone(), stop.clone()));
    loops.spawn(keeper.run(changed, stop.clone()));

    let mut servers = listeners.serve(settings, &api, &stop);
    ready.send_replace(true);
    info!(http = %endpoint.http, grpc = %endpoint.grpc, data_dir = %settings.data_dir.display(), "ready");

    let mut outcome = Ok(());
    tokio::select! {
        () = stop.cancelled() => {}
        Some(ended) = servers.join_next() => outcome = ended.context("a listener panicked").and_then(|ended| ended),
        Some(ended) = loops.join_next() => outcome = ended.context("a loop panicked"),
    }
    // Streams end when they see this; probes say that nothing more should be sent here.
    ready.send_replace(false);
    stop.cancel();
    while let Some(ended) = servers.join_next().await {
        outcome = outcome.and(ended.context("a listener panicked").and_then(|ended| ended));
    }
    while let Some(ended) = loops.join_next().await {
        outcome = outcome.and(ended.context("a loop panicked"));
    }
    store.close().await;
    match &outcome {
        Ok(()) => info!("stopped"),
        Err(error) => error!("stopped by a failure: {error:#}"),
    }
    outcome
}

/// Bound listeners.
struct Listeners {
    http: tokio::net::TcpListener,
    grpc: tokio::net::TcpListener,
    metrics: Option<tokio::net::TcpListener>,
}

impl Listeners {
    async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let metrics = match settings.metrics_address() {
            Some(address) => Some(listen::bind(address, "server.metrics.port").await?),
            None => None,
        };
        Ok(Self {
            http: listen::bind(settings.http_address(), "--http-port or server.http.port").await?,
            grpc: listen::bind(settings.grpc_address(), "--grpc-port or server.grpc.port").await?,
            metrics,
        })
    }

    /// How programs on this host reach them.
    fn endpoint(&self) -> anyhow::Result<Endpoint> {
        let reachable = |listener: &tokio::net::TcpListener| -> anyhow::Result<SocketAddr> {
            let mut address = listener.local_addr().context("a listener has no address")?;
            if address.ip().is_unspecified() {
                address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
            }
            Ok(address)
        };
        Ok(Endpoint { pid: std::process::id(), http: reachable(&self.http)?, grpc: reachable(&self.grpc)? })
    }

    fn serve(
        self,
        settings: &Settings,
        api: &crate::api::Api,
        stop: &CancellationToken,
    ) -> JoinSet<anyhow::Result<()>> {
        let section = &settings.config.server;
        let options = http::Options {
            loopback_only: settings.http_address().ip().is_loopback(),
            read_timeout: section.http.read_timeout,
            write_timeout: section.http.write_timeout,
            metrics_path: self.metrics.is_none().then(|| section.metrics.path.clone()),
        };
        let mut servers = JoinSet::new();
        servers.spawn(listen::serve_http(self.http, http::router(api.clone(), &options), stop.clone()));
        servers.spawn(grpc::serve(self.grpc, api.clone(), section.grpc.clone(), stop.clone()));
        if let Some(listener) = self.metrics {
            let router = http::metrics_router(api.clone(), &section.metrics.path);
            servers.spawn(listen::serve_http(listener, router, stop.clone()));
        }
        servers
    }
}

/// A token that SIGTERM and SIGINT cancel.
fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot watch for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot watch for SIGINT")?;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("stopping; collectors of unfinished experiments go on and are adopted at the next start");
        stopped.cancel();
        // Whoever asks twice does not want to wait for requests under way. Every commit is on disk, so nothing is lost.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        warn!("stopped at once by a second signal");
        std::process::exit(1);
    });
    Ok(stop)
}

/// Says at every start that collectors will see less than what runs on this host.
fn warn_of_hidden_processes(collector: Option<&Collector>) {
    match Visibility::look(collector.map(Collector::path)) {
        Ok(seen) => {
            if let Some(problem) = seen.problem() {
                warn!("{problem}; {}", seen.remedy());
            }
        }
        Err(failure) => warn!("it cannot be told which processes collectors will see: {}", failure.message()),
    }
}

/// Says at every start that nobody is asked who they are.
fn warn_of_open_doors(settings: &Settings) {
    let beyond = [settings.http_address(), settings.grpc_address()].iter().any(|address| !address.ip().is_loopback());
    if settings.config.auth.mode == AuthMode::None && beyond {
        warn!("auth.mode is none and the server listens beyond loopback: anyone who reaches it may do everything");
    }
}
