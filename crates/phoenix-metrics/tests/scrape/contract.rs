//! The source keeps the contract of the port, reading collectors that are only pages.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::support::{Answer, Server, exporter_page, telemetry_page};
use phoenix_core::experiment::Endpoints;
use phoenix_core::ports::clock::Clock as _;
use phoenix_core::ports::metrics::MetricsSource;
use phoenix_core::testing::build::at;
use phoenix_core::testing::contract::metrics::{MetricsFixture, Report};
use phoenix_core::testing::fake::FakeClock;
use phoenix_core::time::Span;
use phoenix_metrics::DirectScrapeSource;
use tokio::net::TcpSocket;

struct Pages {
    clock: Arc<FakeClock>,
    source: DirectScrapeSource,
    servers: Mutex<HashMap<String, Server>>,
    /// The ports of those that were stopped.
    silences: Mutex<Vec<TcpSocket>>,
}

impl Pages {
    fn serve(&self, server: &Server, report: &Report) {
        server.page("/metrics", exporter_page(report));
        let (report, clock) = (report.clone(), self.clock.clone());
        server.answer(
            "/telemetry",
            Answer::Page(Arc::new(move || {
                let age = clock.now().since(at(report.collector.epoch)).as_secs_f64();
                telemetry_page(&report, age)
            })),
        );
    }
}

impl MetricsFixture for Pages {
    fn source(&self) -> &dyn MetricsSource {
        &self.source
    }

    async fn start(&self, report: &Report) -> Endpoints {
        let server = Server::start().await;
        self.serve(&server, report);
        let endpoints = server.endpoints();
        self.servers.lock().unwrap().insert(endpoints.telemetry.clone(), server);
        endpoints
    }

    async fn replace(&self, endpoints: &Endpoints, report: Option<&Report>) {
        if let Some(report) = report {
            self.serve(&self.servers.lock().unwrap()[&endpoints.telemetry], report);
            return;
        }
        let server = self.servers.lock().unwrap().remove(&endpoints.telemetry).unwrap();
        let silence = server.stop().await;
        self.silences.lock().unwrap().push(silence);
    }

    async fn pass(&self, span: Span) {
        self.clock.advance(span);
    }
}

#[expect(clippy::unused_async, reason = "fixtures are async functions")]
async fn pages() -> Pages {
    let clock = Arc::new(FakeClock::at(at(0)));
    let source = DirectScrapeSource::new(clock.clone()).unwrap();
    Pages { clock, source, servers: Mutex::default(), silences: Mutex::default() }
}

phoenix_core::metrics_contract!(pages);
