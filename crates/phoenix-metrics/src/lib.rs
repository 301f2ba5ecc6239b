//! Reads collectors by scraping them directly.
//!
//! [`DirectScrapeSource`] is the core's port `MetricsSource` where there is no Prometheus: for every target it fetches the exporter's page
//! and the collector's own telemetry, and makes one raw reading of both. It keeps no history and takes no differences.
//!
//! Reading order: `source` (a batch of targets), `fetch` (one page over HTTP), `text` (the exposition format), `exporter` and `telemetry`
//! (what a page means), `epoch` (since when a collector counts).
//!
//! What this crate does **not** know: how collectors are deployed, which experiment a pipeline belongs to, what readings are used for.

mod epoch;
mod exporter;
mod fetch;
mod owner;
mod source;
mod telemetry;
mod text;

pub use source::{DirectScrapeSource, Options};
