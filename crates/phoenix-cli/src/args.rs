//! What `phoenixctl` takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// A/B tests of OpenTelemetry Collector pipelines.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or invalid input, 3 not found, 4 not allowed, 5 unavailable; `run` and `watch` end with
/// 0 promote, 10 reject, 11 inconclusive, 12 experiment failed, 13 cancelled, 14 waited too long.
#[derive(Debug, Parser)]
#[command(name = "phoenixctl", version)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How to reach the server.
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How answers are printed.
    #[arg(short, long, value_enum, default_value_t, global = true)]
    pub(crate) output: Format,
}

/// How to reach the server.
#[derive(Clone, Debug, Args)]
pub(crate) struct Connection {
    /// URL of the server's REST API [default: the server of the data directory, else `http://127.0.0.1:8081`].
    #[arg(long, env = "PHOENIX_SERVER", value_name = "URL", global = true)]
    pub(crate) server: Option<String>,
    /// Data directory of a server on this host: its token and addresses are found there.
    #[arg(long, env = "PHOENIX_DATA_DIR", value_name = "DIR", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
}

/// How answers are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// JSON, as the server's REST API answers.
    Json,
    /// The same as YAML.
    Yaml,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check an experiment file: every mistake at once, without a server.
    Validate(File),
    /// Show both collector configurations that an experiment file leads to, without a server.
    Preview(File),
    /// Create, start and watch an experiment, and print its report.
    ///
    /// The first Ctrl-C cancels the experiment, a second one stops waiting. An experiment with a scheduled start is not started earlier.
    Run(Run),
    /// Create an experiment.
    Create(File),
    /// List experiments, newest first.
    List(List),
    /// Show an experiment.
    Get(Reference),
    /// Follow an experiment until it ends, and print its report.
    ///
    /// Ctrl-C ends the watching, not the experiment.
    Watch(Watch),
    /// Start an experiment that waits for it.
    Start(Reference),
    /// End the run of an experiment and judge what there is.
    Stop(WithReason),
    /// End an experiment without a verdict.
    Cancel(WithReason),
    /// Delete an experiment that has ended.
    Delete(Reference),
    /// Show what has happened to an experiment.
    History(Reference),
    /// Show the comparison and the verdict.
    Report(ReportArgs),
}

/// An experiment file.
#[derive(Clone, Debug, Args)]
pub(crate) struct File {
    /// Experiment file (YAML or JSON); `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
}

/// Flags of `run`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Run {
    /// The experiment file.
    #[command(flatten)]
    pub(crate) file: File,
    /// Longest time to wait for the end, such as 45m; the experiment goes on when it has passed.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<phoenix_core::time::Span>,
}

/// Flags of `watch`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Watch {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// Longest time to wait for the end, such as 45m; the experiment goes on when it has passed.
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<phoenix_core::time::Span>,
}

/// Flags of `list`.
#[derive(Clone, Debug, Args)]
pub(crate) struct List {
    /// Only these states, separated by commas.
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    pub(crate) state: Vec<phoenix_core::experiment::State>,
    /// Most experiments to show.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// An experiment.
#[derive(Clone, Debug, Args)]
pub(crate) struct Reference {
    /// Its name or id.
    #[arg(value_name = "EXPERIMENT")]
    pub(crate) experiment: String,
}

/// Flags of `stop` and `cancel`.
#[derive(Clone, Debug, Args)]
pub(crate) struct WithReason {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// Why; recorded in the history.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

/// Flags of `report`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArgs {
    /// The experiment.
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// List every executable that the candidate did not see.
    #[arg(long)]
    pub(crate) lost: bool,
}
