//! The gRPC service: the experiment controller, health and server reflection on one listener.
//!
//! Reading order: [`serve`], `controller` (one small function per RPC), `updates` (the stream), `convert` (messages to and from the domain),
//! `boundary` (what every call passes), `health`, `idle`.
//!
//! Knows no rule of experiments and no adapter. Specifications travel as messages and are checked as the document that the REST service
//! takes, so both name the same fields in their errors.

mod access;
mod boundary;
mod controller;
mod convert;
mod health;
mod idle;
mod page;
mod refusal;
mod show;
mod updates;

use std::time::Duration;

use anyhow::Context as _;
use axum::middleware;
use futures::TryStreamExt as _;
use phoenix_proto::controller::v1::experiment_controller_server::ExperimentControllerServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::Api;
use crate::config::GrpcSection;
use crate::grpc::controller::Controller;
use crate::grpc::idle::Connection;
use crate::listen;

/// Largest accepted message, as in REST: an experiment is a few kilobytes.
const LARGEST_MESSAGE: usize = 1 << 20;
/// Most calls at the same time on one connection.
const MOST_CALLS: u32 = 256;
/// How often a connection with open calls is asked whether its peer still lives; a stream could wait for ever for a dead one.
const PING_INTERVAL: Duration = Duration::from_mins(1);
/// How long the peer may take to say so.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Serves gRPC until `stop`, then waits for the calls under way. Streams of updates end once [`Api::ready`] is false.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    section: GrpcSection,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (reporter, health) = tonic_health::server::health_reporter();
    let is_ready = *api.ready.borrow();
    health::report(&reporter, is_ready).await;
    let routes = routes(&api)?.add_service(health);

    let idle = section.max_connection_idle.to_std();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let incoming = incoming.map_ok(move |io| Connection::new(io, idle));
    let stopped = stop.clone();
    let server = Server::builder()
        .max_connection_age(section.max_connection_age.to_std())
        .max_concurrent_streams(MOST_CALLS)
        .http2_keepalive_interval(Some(PING_INTERVAL))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
        .add_routes(bounded(routes))
        .serve_with_incoming_shutdown(incoming, async move { stopped.cancelled().await });
    let server = async { server.await.context("the gRPC listener failed") };
    tokio::select! {
        ended = listen::drained("gRPC", stop.clone(), server) => ended,
        never = health::follow(reporter, api.ready, stop) => match never {},
    }
}

/// The services but health.
fn routes(api: &Api) -> anyhow::Result<Routes> {
    let controller =
        ExperimentControllerServer::new(Controller::new(api.clone())).max_decoding_message_size(LARGEST_MESSAGE);
    // Descriptions of the interface are no secret: like probes, reflection asks for no token.
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(phoenix_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    Ok(Routes::new(controller)
        .add_service(reflection().build_v1().context("the descriptors cannot be served")?)
        .add_service(reflection().build_v1alpha().context("the descriptors cannot be served")?))
}

/// Puts the boundary around all services.
fn bounded(services: Routes) -> Routes {
    let router = services
        .into_axum_router()
        .layer(CatchPanicLayer::custom(boundary::panicked))
        .layer(middleware::from_fn(boundary::pass));
    Routes::from(router).prepare()
}
