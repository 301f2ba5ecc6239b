//! What the binary takes: it serves, or checks and prints a configuration, applies migrations, or finds a collector.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The Phoenix experiment controller.
///
/// Without any flag it runs the embedded mode: a SQLite store in the data directory, collectors as processes of this host, everything on
/// loopback.
#[derive(Debug, Parser)]
#[command(name = "phoenix-server", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
}

/// Flags of serving; they win over the environment and the file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Serve {
    /// Configuration file (YAML).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory [default: `PHOENIX_DATA_DIR`, else `phoenix` in the user's state directory].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Port of the REST API; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    pub http_port: Option<u16>,
    /// Port of the gRPC API; 0 takes a free one.
    #[arg(long, value_name = "PORT")]
    pub grpc_port: Option<u16>,
    /// Path of the collector.
    #[arg(long, value_name = "FILE")]
    pub collector: Option<PathBuf>,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Apply the store's migrations and end.
    Migrate(Serve),
    /// Print the path of the collector, building it once when there is none.
    Collector(Serve),
}

/// Looks at the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check it, and end with 2 when it cannot be used.
    Check(Serve),
    /// Print it as it is in effect.
    Print(Serve),
}
