//! Answers that no collector should give: none of them is taken for a measurement, and none of them holds up the others.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{Answer, Gathering, Server, exporter_page, telemetry_page};
use phoenix_core::analysis::sample::HostReading;
use phoenix_core::experiment::Endpoints;
use phoenix_core::ports::metrics::{MetricsSource as _, ReadTarget, Unreadable};
use phoenix_core::testing::build::at;
use phoenix_core::testing::build_samples::collector;
use phoenix_core::testing::contract::metrics::{Report, report};
use phoenix_core::testing::fake::FakeClock;
use phoenix_core::time::Span;
use phoenix_metrics::{DirectScrapeSource, Options};

/// Longer than the limits of the options, so that those decide.
const WITHIN: Span = Span::from_mins(10);

/// Limits that no loopback answer meets, on a busy machine neither; tests of a limit make it shorter.
fn options() -> Options {
    Options {
        target_timeout: Duration::from_mins(1),
        batch_timeout: Duration::from_mins(2),
        largest_page: 1 << 20,
        ..Options::default()
    }
}

fn source(options: Options) -> DirectScrapeSource {
    DirectScrapeSource::with(Arc::new(FakeClock::at(at(0))), options).unwrap()
}

fn one() -> Report {
    report("one", collector().seeing("postgres", 2, 1.0).with_series(5.0))
}

/// A collector whose two pages are as they should be.
async fn healthy() -> Server {
    let server = Server::start().await;
    server.page("/metrics", exporter_page(&one()));
    server.page("/telemetry", telemetry_page(&one(), 100.0));
    server
}

fn target(endpoints: Endpoints) -> ReadTarget {
    ReadTarget { pipeline: one().pipeline, host: one().host, endpoints: Some(endpoints) }
}

async fn read(source: &DirectScrapeSource, server: &Server) -> Result<HostReading, Unreadable> {
    source.read(at(0), WITHIN, &[target(server.endpoints())]).await.unwrap().remove(0).result
}

async fn refused(path: &str, answer: Answer) -> String {
    let server = healthy().await;
    server.answer(path, answer);
    match read(&source(options()), &server).await {
        Err(Unreadable::NoData(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

fn raw(head: &str, body: &[u8]) -> Answer {
    Answer::Raw([head.as_bytes(), b"\r\n\r\n", body].concat())
}

#[tokio::test]
async fn the_pages_are_asked_for_in_plain_text_without_compression() {
    let server = healthy().await;
    read(&source(options()), &server).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for head in requests {
        let head = head.to_lowercase();
        assert!(head.contains("accept: text/plain;version=0.0.4;escaping=underscores"), "{head}");
        assert!(head.contains("accept-encoding: identity"), "{head}");
    }
}

#[tokio::test]
async fn a_wrong_status_is_no_page() {
    for (status, words) in [("503 Service Unavailable", "status 503"), ("204 No Content", "status 204")] {
        let answer = raw(&format!("HTTP/1.1 {status}\r\nContent-Length: 0"), b"");
        assert_eq!(refused("/metrics", answer).await, format!("the exporter's page answers with {words}"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = healthy().await;
    let head = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0", elsewhere.url("/telemetry"));
    let reason = refused("/telemetry", raw(&head, b"")).await;
    assert_eq!(reason, "the collector's telemetry answers with status 302");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_page_of_something_else_is_refused() {
    let reason = refused("/metrics", Answer::Page(Arc::new(|| "<html><body>Welcome</body></html>\n".to_owned()))).await;
    assert_eq!(reason, "the exporter's page is not in the Prometheus text format: line 1: a series has no name");
    let reason = refused("/metrics", raw("HTTP/1.1 200 OK\r\nContent-Length: 4", b"a \xff\n")).await;
    assert_eq!(reason, "the exporter's page is not in the Prometheus text format: it is not UTF-8");
    let reason = refused("/telemetry", Answer::Page(Arc::new(|| "node_load1 0.5\n".to_owned()))).await;
    assert!(reason.starts_with("the collector's telemetry carries no pipeline"), "{reason}");
}

#[tokio::test]
async fn a_compressed_page_is_refused() {
    let reason =
        refused("/metrics", raw("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2", b"\x1f\x8b")).await;
    assert_eq!(reason, "the exporter's page is compressed, although plain text was asked for");
}

#[tokio::test]
async fn a_page_that_breaks_off_is_refused() {
    let page = exporter_page(&one());
    let half = &page.as_bytes()[..page.len() / 2];
    let announced = raw(&format!("HTTP/1.1 200 OK\r\nContent-Length: {}", page.len()), half);
    assert_eq!(refused("/metrics", announced).await, "the exporter's page breaks off");
    let chunked = raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"10\r\nabc");
    assert_eq!(refused("/metrics", chunked).await, "the exporter's page breaks off");
    // Without a length only the last line tells.
    let unannounced = raw("HTTP/1.0 200 OK", half);
    let reason = refused("/metrics", unannounced).await;
    assert!(reason.contains("it breaks off in line"), "{reason}");
    let hung_up = Answer::Raw(Vec::new());
    assert_eq!(
        refused("/telemetry", hung_up).await,
        "the collector's telemetry does not come: the connection ends without an answer"
    );
}

#[tokio::test]
async fn a_page_that_is_too_large_is_refused_without_being_read_to_its_end() {
    let reason = refused("/metrics", Answer::Endless).await;
    assert_eq!(reason, "the exporter's page is larger than 1 MiB, the limit of a page");
    // The length alone is enough.
    let announced = Answer::Stalls(b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n".to_vec());
    let reason = refused("/telemetry", announced).await;
    assert_eq!(reason, "the collector's telemetry is larger than 1 MiB, the limit of a page");
}

#[tokio::test]
async fn a_collector_that_does_not_answer_in_time_is_no_data() {
    for begun in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab"] {
        let server = healthy().await;
        server.answer("/metrics", Answer::Stalls(begun.to_vec()));
        let source = source(Options { target_timeout: Duration::from_millis(100), ..options() });
        let reason = "the collector does not answer within 0.1 s".to_owned();
        assert_eq!(read(&source, &server).await, Err(Unreadable::NoData(reason)));
    }
}

#[tokio::test]
async fn a_batch_that_takes_too_long_says_nothing_about_its_collectors() {
    let server = healthy().await;
    server.answer("/metrics", Answer::Stalls(Vec::new()));
    let source = source(Options { batch_timeout: Duration::from_millis(100), ..options() });
    let reason = "not all collectors could be read within 0.1 s".to_owned();
    assert_eq!(read(&source, &server).await, Err(Unreadable::ProviderError(reason)));
}

#[tokio::test]
async fn an_address_that_is_none_is_the_source_s_own_failure() {
    for address in ["", "nonsense", "ftp://127.0.0.1/metrics"] {
        let endpoints = Endpoints { metrics: address.to_owned(), telemetry: address.to_owned() };
        let readings = source(options()).read(at(0), WITHIN, &[target(endpoints)]).await.unwrap();
        assert!(matches!(&readings[0].result, Err(Unreadable::ProviderError(_))), "{address:?}: {:?}", readings[0]);
    }
}

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    let server = healthy().await;
    let endpoints = server.endpoints();
    let _silence = server.stop().await;
    let result = source(options()).read(at(0), WITHIN, &[target(endpoints)]).await.unwrap().remove(0).result;
    // Both pages are asked for at the same time, and either answer is the first.
    match result {
        Err(Unreadable::NoData(reason)) => {
            assert!(reason.ends_with("cannot be reached: nobody listens there"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

/// Every page waits for as many requests as may be in flight: with fewer at a time the batch would never end.
#[tokio::test]
async fn collectors_are_read_at_the_same_time_and_not_too_many_of_them() {
    let server = Server::start().await;
    let gathering = Gathering::of(8);
    let page = exporter_page(&one());
    server.answer("/metrics", Answer::Gathers(gathering.clone(), page));
    server.page("/telemetry", telemetry_page(&one(), 100.0));
    let source = source(Options { concurrency: 8, ..options() });
    let targets = vec![target(server.endpoints()); 24];
    let readings = source.read(at(0), WITHIN, &targets).await.unwrap();
    assert!(readings.iter().all(|reading| reading.result.is_ok()), "{readings:?}");
    assert_eq!(gathering.largest(), 8);
}

/// The slow one answers only when all others were asked: if they had to wait for it, it would never answer.
#[tokio::test]
async fn a_slow_collector_does_not_hold_up_the_others() {
    let (slow, quick) = (healthy().await, healthy().await);
    let others = quick.requests_counted();
    let were_asked = Arc::new(move || others() == 3 * 2);
    slow.answer("/metrics", Answer::Once(were_asked, exporter_page(&one())));
    let source = source(Options { concurrency: 2, ..options() });
    let targets = [&slow, &quick, &quick, &quick].map(|server| target(server.endpoints()));
    let readings = source.read(at(0), WITHIN, &targets).await.unwrap();
    assert!(readings.iter().all(|reading| reading.result.is_ok()), "{readings:?}");
}

#[tokio::test]
async fn whoever_asks_may_allow_less_time() {
    let (hanging, alive) = (healthy().await, healthy().await);
    hanging.answer("/telemetry", Answer::Stalls(Vec::new()));
    let targets = [target(hanging.endpoints()), target(alive.endpoints())];
    let readings = source(options()).read(at(0), Span::from_secs(1), &targets).await.unwrap();
    let reason = "the collector does not answer within 1 s".to_owned();
    assert_eq!(readings[0].result, Err(Unreadable::NoData(reason)));
    assert!(readings[1].result.is_ok(), "{readings:?}");
}
