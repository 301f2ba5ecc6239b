//! One struct per concern. Unknown keys are errors; every key has a default that fits a laptop.

use std::net::IpAddr;
use std::path::PathBuf;

use phoenix_core::analysis::Prices;
use phoenix_core::time::Span;
use serde::{Deserialize, Serialize};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How the service calls itself.
    pub service: ServiceSection,
    /// Where it listens.
    pub server: ServerSection,
    /// Where the truth is kept.
    pub database: DatabaseSection,
    /// Where what is read often is kept.
    pub cache: CacheSection,
    /// The cluster to deploy to; without it collectors run on this host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<serde_json::Value>,
    /// The Prometheus to sample; without it collectors are scraped directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prometheus: Option<serde_json::Value>,
    /// How configurations are generated and checked.
    pub pipeline_generator: PipelineGeneratorSection,
    /// How experiments are driven.
    pub scheduler: SchedulerSection,
    /// Who is told.
    pub notifications: NotificationsSection,
    /// Who may call.
    pub auth: AuthSection,
    /// What is logged.
    pub logging: LoggingSection,
    /// The collectors of the embedded mode.
    pub collector: CollectorSection,
    /// How long things are kept.
    pub retention: RetentionSection,
    /// What telemetry costs.
    pub pricing: PricingSection,
    /// What may start.
    pub admission: AdmissionSection,
}

/// How the service calls itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSection {
    /// Its name, for people.
    pub name: String,
    /// Its version, for people.
    pub version: String,
}

impl Default for ServiceSection {
    fn default() -> Self {
        Self { name: "phoenix-experiment-controller".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// Where the service listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// REST, health and, unless it has a port of its own, metrics.
    pub http: HttpSection,
    /// gRPC.
    pub grpc: GrpcSection,
    /// Prometheus metrics.
    pub metrics: MetricsSection,
}

/// The REST listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    /// Address to listen on; unset: loopback without a configuration file, all interfaces with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<IpAddr>,
    /// Port; 0 takes a free one.
    pub port: u16,
    /// Longest time to read a request.
    pub read_timeout: Span,
    /// Longest time to answer one; streams are exempt.
    pub write_timeout: Span,
}

impl Default for HttpSection {
    fn default() -> Self {
        Self { host: None, port: 8081, read_timeout: Span::from_secs(30), write_timeout: Span::from_secs(30) }
    }
}

/// The gRPC listener.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GrpcSection {
    /// Address to listen on; see [`HttpSection::host`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<IpAddr>,
    /// Port; 0 takes a free one.
    pub port: u16,
    /// How long a connection may stay without a request.
    pub max_connection_idle: Span,
    /// How long a connection may live.
    pub max_connection_age: Span,
}

impl Default for GrpcSection {
    fn default() -> Self {
        Self {
            host: None,
            port: 50051,
            max_connection_idle: Span::from_secs(900),
            max_connection_age: Span::from_secs(3_600),
        }
    }
}

/// The metrics endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsSection {
    /// Address to listen on; see [`HttpSection::host`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<IpAddr>,
    /// A port of its own; unset: on the REST listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Path of the endpoint.
    pub path: String,
}

impl Default for MetricsSection {
    fn default() -> Self {
        Self { host: None, port: None, path: "/metrics".to_owned() }
    }
}

/// Where the truth is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSection {
    /// PostgreSQL; without it a SQLite file in the data directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postgres: Option<serde_json::Value>,
}

/// Where what is read often is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSection {
    /// Redis; without it the memory of this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis: Option<serde_json::Value>,
}

/// How configurations are generated and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineGeneratorSection {
    /// A directory with more templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_dir: Option<PathBuf>,
    /// What a configuration may hold.
    pub validation: ValidationSection,
}

/// What a configuration may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ValidationSection {
    /// Warnings count as errors.
    pub strict_mode: bool,
    /// Most processors of one pipeline.
    pub max_processors: usize,
    /// Types of exporters that may be used.
    pub allowed_exporters: Vec<String>,
}

impl Default for ValidationSection {
    fn default() -> Self {
        Self {
            strict_mode: false,
            max_processors: 10,
            allowed_exporters: vec!["otlp".to_owned(), "prometheus".to_owned()],
        }
    }
}

/// How experiments are driven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SchedulerSection {
    /// Safety net: how often to look although nothing woke the loops.
    pub interval: Span,
    /// Most experiments that are driven at the same time.
    pub max_concurrent: usize,
}

impl Default for SchedulerSection {
    fn default() -> Self {
        Self { interval: Span::from_secs(30), max_concurrent: 10 }
    }
}

/// Who is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NotificationsSection {
    /// Endpoints that events are posted to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<serde_json::Value>,
}

/// Who may call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSection {
    /// How callers prove who they are.
    pub mode: AuthMode,
}

/// How callers prove who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// The token that the server makes in its data directory.
    #[default]
    Token,
    /// Not at all.
    None,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoggingSection {
    /// A filter such as `info` or `info,phoenix_local=debug`.
    pub level: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for LoggingSection {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// The collectors of the embedded mode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CollectorSection {
    /// Path of the collector; unset: `PHOENIX_COLLECTOR`, else found on `PATH`, else in the cache, else built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Memory ceiling of one collector in MiB, handed to its runtime.
    pub memory_limit_mib: u64,
    /// Names of environment variables that collectors get; without it they start with Phoenix' own alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pass_env: Vec<String>,
    /// Label `phoenix_installation` on every series.
    pub installation: String,
}

impl Default for CollectorSection {
    fn default() -> Self {
        Self { path: None, memory_limit_mib: 512, pass_env: Vec::new(), installation: "local".to_owned() }
    }
}

/// How long things are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSection {
    /// Experiments that ended longer ago are deleted, with their samples; their history stays. Unset: they are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished: Option<Span>,
}

/// What telemetry costs: an assumption, printed wherever an amount is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PricingSection {
    /// Price of 1 000 active series for a month; zero when they cost nothing.
    pub per_thousand_series_month: f64,
    /// Price of a million ingested datapoints; zero when they cost nothing.
    pub per_million_datapoints: f64,
    /// The currency of both.
    pub currency: String,
}

impl Default for PricingSection {
    fn default() -> Self {
        let Prices { per_thousand_series_month, per_million_datapoints, currency } = Prices::default();
        Self { per_thousand_series_month, per_million_datapoints, currency }
    }
}

impl From<PricingSection> for Prices {
    fn from(section: PricingSection) -> Self {
        let PricingSection { per_thousand_series_month, per_million_datapoints, currency } = section;
        Self { per_thousand_series_month, per_million_datapoints, currency }
    }
}

/// What may start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdmissionSection {
    /// What this host must have left before two collectors are put on it.
    pub head_room: HeadRoomSection,
}

/// What a host must have left before two collectors are put on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeadRoomSection {
    /// What happens to an experiment when the host has less.
    pub action: HeadRoomAction,
    /// Least available memory in MiB.
    pub memory_mib: u64,
    /// Largest load average of five minutes per processor.
    pub load: f64,
    /// Least free space of the data directory in MiB.
    pub disk_mib: u64,
}

impl Default for HeadRoomSection {
    fn default() -> Self {
        Self { action: HeadRoomAction::Warn, memory_mib: 512, load: 2.0, disk_mib: 256 }
    }
}

/// What happens to an experiment on a loaded host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadRoomAction {
    /// It starts, and its history says so.
    #[default]
    Warn,
    /// It fails before anything is deployed.
    Refuse,
    /// Nobody looks.
    Ignore,
}
