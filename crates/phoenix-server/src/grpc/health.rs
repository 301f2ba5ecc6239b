//! `grpc.health.v1`: serving as long as the server is ready.

use std::convert::Infallible;

use phoenix_proto::controller::v1::experiment_controller_server::SERVICE_NAME;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The services that can be asked about: the server as a whole, and the controller.
const SERVICES: [&str; 2] = ["", SERVICE_NAME];

/// Tells whether the server is ready.
pub(super) async fn report(reporter: &HealthReporter, is_ready: bool) {
    let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
    for service in SERVICES {
        reporter.set_service_status(service, status).await;
    }
}

/// Reports every change until `stop`, then ends the streams of those who watch: they would hold up the stop.
pub(super) async fn follow(
    mut reporter: HealthReporter,
    mut ready: watch::Receiver<bool>,
    stop: CancellationToken,
) -> Infallible {
    loop {
        let is_ready = *ready.borrow_and_update();
        report(&reporter, is_ready).await;
        tokio::select! {
            changed = ready.changed() => if changed.is_err() { break },
            () = stop.cancelled() => break,
        }
    }
    report(&reporter, false).await;
    stop.cancelled().await;
    for service in SERVICES {
        reporter.clear_service_status(service).await;
    }
    std::future::pending().await
}
